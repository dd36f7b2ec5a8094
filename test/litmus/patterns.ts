/** Values that tell a torn one from a whole one: no half of one is a half of the other. */
export const PATTERNS = [Math.PI * 1e10, -Math.E * 1e-20] as const;
export const CELLS_OFFSET = 256;
/** Every second increment turns bit 31, every fourth wraps the low word. */
export const BIG_STEP = 2 ** 30;
