/** Calls that each thread makes before its first round; they are recorded too. */
export const WARMUP_CALLS = 2_000_000;
