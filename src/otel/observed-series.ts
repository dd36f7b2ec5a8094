/**
 * Observed series: what one thread has observed of one stream, as values of slots.
 *
 * A callback gives totals and states as they are; slots of counters take differences. So this thread's last total of each
 * series is kept here: the sum over the threads is right, also once a thread has ended and another one begins at zero.
 */
import type { CounterHandle } from '../primitives/counter.js';
import type { CounterFamily, GaugeFamily, TotalFamily } from './instrument-families.js';
import { ATTRIBUTES_LABEL } from '../primitives/attribute-set.js';
import type { GaugeHandle } from '../primitives/gauge.js';

/** The values of one collection, by the text of attribute-set.ts; of two for one series the later one. */
export type Observations = ReadonlyMap<string, number>;

/** Totals that are kept of series which a callback observes no more: they may come back, and must not count twice. */
const FORGOTTEN_TOTALS_MAX = 10_000;

export interface ObservedSeries {
  /**
   * Takes over what the callbacks of one collection have observed. Never throws.
   *
   * @param isWhole false when a callback has failed: what it has not observed may be there
   */
  take(observations: Observations, isWhole: boolean): void;
}

interface Total {
  readonly handle: CounterHandle;
  last: number;
}

/** A counter: a total that falls has begun anew, and counts as a whole. A series that is observed no more stays. */
export class ObservedCounter implements ObservedSeries {
  private readonly totals = new Map<string, Total>();

  constructor(private readonly family: CounterFamily) {}

  take(observations: Observations, isWhole: boolean): void {
    for (const [text, value] of observations) {
      if (!(value >= 0 && value < Infinity)) continue;
      const total = this.totalOf(text);
      total.handle.inc(value >= total.last ? value - total.last : value);
      total.last = value;
    }
    // After a failure nobody knows what is observed no more.
    if (isWhole && this.totals.size > observations.size + FORGOTTEN_TOTALS_MAX) this.forget(observations);
  }

  private totalOf(text: string): Total {
    let total = this.totals.get(text);
    if (total === undefined) {
      total = { handle: this.family.labels(text), last: 0 };
      this.totals.set(text, total);
    }
    return total;
  }

  private forget(observed: Observations): void {
    for (const text of this.totals.keys()) if (!observed.has(text)) this.totals.delete(text);
  }
}

/** A counter whose total is that of the process, whichever thread observes it. */
export class ObservedTotal implements ObservedSeries {
  constructor(private readonly family: TotalFamily) {}

  take(observations: Observations): void {
    for (const [text, value] of observations) {
      if (value >= 0 && value < Infinity) this.family.raise({ [ATTRIBUTES_LABEL]: text }, value);
    }
  }
}

/** A gauge, or an up-down counter: this thread's value. What is observed no more ends. */
export class ObservedGauge implements ObservedSeries {
  private handles = new Map<string, GaugeHandle>();

  /** @param isShared the value of a series is one of all threads, and ends only with the series */
  constructor(
    private readonly family: GaugeFamily,
    private readonly isShared: boolean,
  ) {}

  take(observations: Observations, isWhole: boolean): void {
    const before = this.handles;
    this.handles = new Map();
    for (const [text, value] of observations) {
      const handle = before.get(text) ?? this.family.labels(text);
      handle.set(value);
      this.handles.set(text, handle);
      before.delete(text);
    }
    for (const [text, handle] of before) {
      if (!isWhole) this.handles.set(text, handle);
      else if (this.isShared) this.family.remove(text);
      else handle.withdraw();
    }
  }
}
