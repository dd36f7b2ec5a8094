/**
 * Metric classes: the classes as user code sees them, under the type names that client libraries for Node.js have.
 *
 * Made without `labelNames`, a metric has no labels, and its type says so; a type that names none stands for any.
 */
import type { CounterHandle, CounterOptions } from './counter.js';
import { Counter as CounterClass } from './counter.js';
import type { FamilyType } from './family-descriptor.js';
import type { GaugeHandle, GaugeOptions } from './gauge.js';
import { Gauge as GaugeClass } from './gauge.js';
import type { HistogramHandle, HistogramOptions } from './histogram.js';
import { Histogram as HistogramClass } from './histogram.js';
import type { SummaryHandle, SummaryOptions } from './summary.js';
import { Summary as SummaryClass } from './summary.js';

export type Counter<L extends string = string> = CounterClass<L>;
export const Counter = CounterClass as {
  new <const L extends string = never>(options: CounterOptions<L>): CounterClass<L>;
  readonly prototype: CounterClass;
};
export declare namespace Counter {
  export type Internal = CounterHandle;
}

export type Gauge<L extends string = string> = GaugeClass<L>;
export const Gauge = GaugeClass as {
  new <const L extends string = never>(options: GaugeOptions<L>): GaugeClass<L>;
  readonly prototype: GaugeClass;
};
export declare namespace Gauge {
  export type Internal<L extends string = string> = [L] extends [string] ? GaugeHandle : never;
}

export type Histogram<L extends string = string> = HistogramClass<L>;
export const Histogram = HistogramClass as {
  new <const L extends string = never>(options: HistogramOptions<L>): HistogramClass<L>;
  readonly prototype: HistogramClass;
};
export declare namespace Histogram {
  export type Internal<L extends string = string> = [L] extends [string] ? HistogramHandle : never;
  export type Config = Pick<HistogramOptions, 'buckets'>;
}

export type Summary<L extends string = string> = SummaryClass<L>;
export const Summary = SummaryClass as {
  new <const L extends string = never>(options: SummaryOptions<L>): SummaryClass<L>;
  readonly prototype: SummaryClass;
};
export declare namespace Summary {
  export type Internal<L extends string = string> = [L] extends [string] ? SummaryHandle : never;
  export type Config = Pick<SummaryOptions, 'percentiles'>;
}

export type CounterConfiguration<L extends string = string> = CounterOptions<L>;
export type GaugeConfiguration<L extends string = string> = GaugeOptions<L>;
export type HistogramConfiguration<L extends string = string> = HistogramOptions<L>;
export type SummaryConfiguration<L extends string = string> = SummaryOptions<L>;
export type MetricType = FamilyType;
/** A collect callback. */
export type Collector = () => void | Promise<void>;
