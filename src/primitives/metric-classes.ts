/**
 * Metric classes: the classes as user code sees them, under the type names that client libraries for Node.js have.
 *
 * Made without `labelNames`, a metric has no labels, and its type says so; a type that names none stands for any.
 */
import type { Aggregator } from '../memory/cell-reader.js';
import type { CounterHandle, CounterOptions } from './counter.js';
import { Counter } from './counter.js';
import type { FamilyType } from './family-descriptor.js';
import type { GaugeHandle, GaugeOptions } from './gauge.js';
import { Gauge } from './gauge.js';
import type { HistogramHandle, HistogramOptions } from './histogram.js';
import { Histogram } from './histogram.js';
import type { SummaryHandle, SummaryOptions } from './summary.js';
import { Summary } from './summary.js';

/** Options that other clients have and that change nothing here; metrics of `registry.counter()` and so on have none. */
export interface UnusedOptions {
  /** Gauges alone have one. */
  readonly aggregator?: Aggregator | undefined;
}

/** As UnusedOptions, of summaries: there is nothing to compress, and a series stays until it is removed. */
export interface UnusedSummaryOptions extends UnusedOptions {
  readonly compressCount?: number | undefined;
  readonly pruneAgedBuckets?: boolean | undefined;
}

export type TypedCounter<L extends string = string> = Counter<L>;
export const TypedCounter = Counter as {
  new <const L extends string = never>(options: CounterConfiguration<L>): Counter<L>;
  readonly prototype: Counter;
};
export declare namespace TypedCounter {
  export type Internal = CounterHandle;
}

export type TypedGauge<L extends string = string> = Gauge<L>;
export const TypedGauge = Gauge as {
  new <const L extends string = never>(options: GaugeOptions<L>): Gauge<L>;
  readonly prototype: Gauge;
};
export declare namespace TypedGauge {
  export type Internal<L extends string = string> = [L] extends [string] ? GaugeHandle : never;
}

export type TypedHistogram<L extends string = string> = Histogram<L>;
export const TypedHistogram = Histogram as {
  new <const L extends string = never>(options: HistogramConfiguration<L>): Histogram<L>;
  readonly prototype: Histogram;
};
export declare namespace TypedHistogram {
  export type Internal<L extends string = string> = [L] extends [string] ? HistogramHandle : never;
  export type Config = Pick<HistogramOptions, 'buckets'>;
}

export type TypedSummary<L extends string = string> = Summary<L>;
export const TypedSummary = Summary as {
  new <const L extends string = never>(options: SummaryConfiguration<L>): Summary<L>;
  readonly prototype: Summary;
};
export declare namespace TypedSummary {
  export type Internal<L extends string = string> = [L] extends [string] ? SummaryHandle : never;
  export type Config = Pick<SummaryOptions, 'percentiles'>;
}

export type CounterConfiguration<L extends string = string> = CounterOptions<L> & UnusedOptions;
export type GaugeConfiguration<L extends string = string> = GaugeOptions<L>;
export type HistogramConfiguration<L extends string = string> = HistogramOptions<L> & UnusedOptions;
export type SummaryConfiguration<L extends string = string> = SummaryOptions<L> & UnusedSummaryOptions;
export type MetricType = FamilyType;
/** Label values by name, that a program may build up; metrics take them as they take Labels. */
export type LabelValues<L extends string = string> = Partial<Record<L, string | number>>;
/** A collect callback, and what its `this` is. */
export type CollectFunction<T> = (this: T) => void | Promise<void>;
/** What the options of a counter, a gauge, a histogram and a summary have in common. */
export type MetricConfiguration<L extends string = string> = Pick<
  CounterConfiguration<L>,
  'name' | 'help' | 'labelNames' | 'registers' | 'aggregator'
> & {
  // Each type calls it with a metric of its own.
  readonly collect?: CollectFunction<any> | undefined;
  readonly enableExemplars?: boolean | undefined;
};
/** The label names of a metric that has none. */
export type NoLabelNameType = never;
/** A collect callback. */
export type Collector = () => void | Promise<void>;
