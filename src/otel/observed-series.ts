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

export interface Observation {
  /** The text of attribute-set.ts. */
  readonly series: string;
  readonly value: number;
}

/**
 * The values of one collection, of two for one key the later one. The key is the text of the series; where a view leaves
 * attributes out and values of one series add up, that of all attributes.
 */
export type Observations = ReadonlyMap<string, Observation>;

/** Totals that are kept of series which a callback observes no more: they may come back, and must not count twice. */
const FORGOTTEN_TOTALS_MAX = 10_000;

export interface ObservedSeries {
  /** Whether values that a view makes one series are added up: totals are, states are not. */
  readonly isAdded: boolean;
  readonly family: object;

  /**
   * Takes over what the callbacks of one collection have observed. Never throws.
   *
   * @param isWhole false when a callback has failed: what it has not observed may be there
   */
  take(observations: Observations, isWhole: boolean): void;
  /** Nothing will be observed any more. */
  end(): void;
}

interface Total {
  readonly handle: CounterHandle;
  last: number;
}

/** Totals of providers that were closed, by their families: the next provider of this thread goes on from there. */
const totalsLeft = new WeakMap<CounterFamily, Map<string, Total>>();

/** A counter: a total that falls has begun anew, and counts as a whole. A series that is observed no more stays. */
export class ObservedCounter implements ObservedSeries {
  readonly isAdded = true;
  private readonly totals = new Map<string, Total>();

  constructor(readonly family: CounterFamily) {}

  take(observations: Observations, isWhole: boolean): void {
    for (const [key, { series, value }] of observations) {
      if (!(value >= 0 && value < Infinity)) continue;
      const total = this.totalOf(key, series);
      total.handle.inc(value >= total.last ? value - total.last : value);
      total.last = value;
    }
    // After a failure nobody knows what is observed no more.
    if (isWhole && this.totals.size > observations.size + FORGOTTEN_TOTALS_MAX) this.forget(observations);
  }

  end(): void {
    const left = totalsLeft.get(this.family) ?? new Map<string, Total>();
    totalsLeft.set(this.family, left);
    for (const [key, total] of this.totals) left.set(key, total);
    this.totals.clear();
  }

  private totalOf(key: string, series: string): Total {
    let total = this.totals.get(key);
    if (total === undefined) {
      const left = totalsLeft.get(this.family);
      total = left?.get(key) ?? { handle: this.family.labels(series), last: 0 };
      left?.delete(key);
      this.totals.set(key, total);
    }
    return total;
  }

  private forget(observed: Observations): void {
    for (const key of this.totals.keys()) if (!observed.has(key)) this.totals.delete(key);
  }
}

/** A counter whose total is that of the process, whichever thread observes it. */
export class ObservedTotal implements ObservedSeries {
  readonly isAdded = true;

  constructor(readonly family: TotalFamily) {}

  take(observations: Observations): void {
    const counted = [...observations].filter(([, { value }]) => value >= 0 && value < Infinity);
    for (const [series, value] of valuesOf(new Map(counted), this.isAdded))
      this.family.raise({ [ATTRIBUTES_LABEL]: series }, value);
  }

  end(): void {}
}

export interface GaugeTraits {
  /** The value of a series is one of all threads, and ends only with the series. */
  readonly isShared: boolean;
  /** As ObservedSeries has it. */
  readonly isAdded: boolean;
}

/** A gauge, or an up-down counter: this thread's value. What is observed no more ends. */
export class ObservedGauge implements ObservedSeries {
  readonly isAdded: boolean;
  private readonly isShared: boolean;
  private handles = new Map<string, GaugeHandle>();
  /** What a series is the sum of: a callback that fails has observed a part of it. */
  private summands: Observations = new Map();

  constructor(
    readonly family: GaugeFamily,
    { isShared, isAdded }: GaugeTraits,
  ) {
    this.isShared = isShared;
    this.isAdded = isAdded;
  }

  take(observations: Observations, isWhole: boolean): void {
    const before = this.handles;
    this.handles = new Map();
    for (const [series, value] of valuesOf(this.wholeOf(observations, isWhole), this.isAdded)) {
      const handle = before.get(series) ?? this.family.labels(series);
      handle.set(value);
      this.handles.set(series, handle);
      before.delete(series);
    }
    for (const [series, handle] of before) {
      if (!isWhole) this.handles.set(series, handle);
      else if (this.isShared) this.family.remove(series);
      else handle.withdraw();
    }
  }

  end(): void {
    this.take(new Map(), true);
  }

  private wholeOf(observations: Observations, isWhole: boolean): Observations {
    if (!this.isAdded) return observations;
    this.summands = isWhole ? observations : new Map([...this.summands, ...observations]);
    return this.summands;
  }
}

/** By series: the values of all its keys added up, or the last one. */
function valuesOf(observations: Observations, isAdded: boolean): Map<string, number> {
  const values = new Map<string, number>();
  for (const { series, value } of observations.values())
    values.set(series, isAdded ? (values.get(series) ?? 0) + value : value);
  return values;
}
