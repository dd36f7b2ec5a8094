/** View configuration: what a program may change about the instruments of libraries, as it is given to startMeterProvider(). */
import type { GaugeAggregation } from '../primitives/gauge.js';

export const INSTRUMENT_TYPES = [
  'counter',
  'updowncounter',
  'gauge',
  'histogram',
  'observable_counter',
  'observable_updowncounter',
  'observable_gauge',
] as const;

export type Aggregator = NonNullable<GaugeAggregation['aggregator']>;

export const AGGREGATIONS = ['default', 'drop', 'explicit_buckets', 'exponential_buckets'] as const;

export const SHARINGS = ['striped', 'atomic'] as const;

export type InstrumentType = (typeof INSTRUMENT_TYPES)[number];

/**
 * `drop` records nothing. `explicit_buckets` and `exponential_buckets` are for histograms; other instruments that the view
 * chooses keep what they have.
 */
export type ViewAggregation =
  | { readonly type: 'default' | 'drop' }
  | { readonly type: 'explicit_buckets'; readonly boundaries: readonly number[] }
  | {
      readonly type: 'exponential_buckets';
      /** Most buckets, positive and negative ones together, 20..8,192: `maxBuckets` of a native histogram. Default 160. */
      readonly maxSize?: number;
      /** Finest resolution, -4..8: `schema` of a native histogram. Default 8. */
      readonly maxScale?: number;
    };

export interface ViewConfig {
  /** Name of the instruments that it is for; `*` stands for any text, `?` for one character. Default: any. */
  readonly instrumentName?: string;
  readonly instrumentType?: InstrumentType;
  readonly instrumentUnit?: string;
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
  /** Another name. Only for a view whose instrumentName names one instrument. */
  readonly name?: string;
  readonly description?: string;
  /** The attributes that tell series apart: these alone. Recordings that differ in others are one series. */
  readonly attributeKeys?: readonly string[];
  /** Or all but these. */
  readonly dropAttributeKeys?: readonly string[];
  readonly aggregation?: ViewAggregation;
  /**
   * How the values of several threads become one: as `aggregator` of a gauge, for up-down counters and gauges; for an
   * observable counter `max`, where each thread observes the total of the process.
   */
  readonly aggregator?: Aggregator;
  /** `atomic`: one value that all threads share and that ends with none of them. For up-down counters and gauges. */
  readonly sharing?: (typeof SHARINGS)[number];
  /** Most series, as of a family, 1..10,000,000. */
  readonly seriesMax?: number;
}
