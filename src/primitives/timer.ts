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

interface Observer {
  observe(seconds: number): void;
}

/**
 * The handle class of a cell class: the cell, and a timer that observes the elapsed seconds. A subclass for each cell, so
 * that a handle is its cell, and a recording reaches it without a step between.
 */
export function timed<A extends unknown[], T extends Observer>(
  Cell: new (...args: A) => T,
): new (...args: A) => T & { startTimer(): Timer } {
  // TypeScript knows a mixin's base class by `any[]` only.
  // oxlint-disable-next-line typescript/no-explicit-any
  const Base = Cell as new (...args: any[]) => Observer;
  class TimedCell extends Base {
    startTimer(): Timer {
      return startTimer(seconds => this.observe(seconds));
    }
  }
  return TimedCell as unknown as new (...args: A) => T & TimedCell;
}
