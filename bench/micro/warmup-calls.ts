/**
 * Calls before the first that is measured: the first recording of a handle finds its series, and V8 compiles the
 * operation. They are recorded too.
 */
export const WARMUP_CALLS = 20_000;
