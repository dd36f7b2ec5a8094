/** Timers: a running measurement that is a function to end it, and disposable, so that `using` ends it on every path. */

/** Ends the measurement: records the seconds since the start and returns them. Calling it again records again. */
export interface Timer<A extends unknown[] = []> {
  (...args: A): number;
  [Symbol.dispose](): void;
}

/** Starts a timer on the monotonic clock that gives the elapsed seconds to `record`. */
export function startTimer<A extends unknown[]>(record: (seconds: number, ...args: A) => void): Timer<A> {
  const startMs = performance.now();
  const end = (...args: A): number => {
    const seconds = (performance.now() - startMs) / 1_000;
    record(seconds, ...args);
    return seconds;
  };
  // Called by `using` without arguments; a record function takes its own defaults for them.
  return Object.assign(end, { [Symbol.dispose]: () => void (end as (...args: unknown[]) => number)() });
}

/** A timer that observes the elapsed seconds with one handle. */
export function observeTimer(handle: { observe(seconds: number): void }): Timer {
  return startTimer(seconds => handle.observe(seconds));
}
