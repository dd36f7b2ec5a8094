/** Export timers: the clock and the timers of exports, so that tests can turn them by hand. */

export interface ExportTimers {
  /** Milliseconds of a monotonic clock. */
  nowMs(): number;
  /** Runs `action` in so many ms. Does not keep the process alive. Returns what takes it back. */
  after(ms: number, action: () => void): () => void;
  /** Runs `action` as soon as this turn of the event loop is over. Returns what takes it back. */
  soon(action: () => void): () => void;
  /** As after(), but keeps the process alive: somebody awaits it. */
  deadline(ms: number, action: () => void): () => void;
}

export const processTimers: ExportTimers = {
  nowMs: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms).unref();
    return () => clearTimeout(timer);
  },
  soon(action) {
    const immediate = setImmediate(action);
    return () => clearImmediate(immediate);
  },
  deadline(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
