/** Values that tell a torn one from a whole one: no half of one is a half of the other. */
export const PATTERNS = [Math.PI * 1e10, -Math.E * 1e-20] as const;
/** Values of exemplars, each of which has labels of another length. */
export const EXEMPLAR_IDS = [7, 1_234_567, 22, 88_888_888, 135] as const;
/** Atomic accesses between two exemplars, at most. */
export const PAUSE_ROUNDS = 400;
export const CELLS_OFFSET = 256;
/** Every second increment turns bit 31, every fourth wraps the low word. */
export const BIG_STEP = 2 ** 30;
