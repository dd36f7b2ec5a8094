/** threadtally: metrics for Node.js programs with worker threads. */
import { formatFor } from './exposition/formats.js';
import { provideFormats } from './registry/renderers.js';

provideFormats(formatFor);

export { attachRegister, configureRegister, register } from './registry/default-registry.js';
export { PROMETHEUS_CONTENT_TYPE as prometheusContentType, Registry } from './registry/registry.js';
export type { PrometheusContentType, Rendering } from './registry/registry.js';
export type { CollectError, CollectOptions, LateThread } from './registry/collection.js';
export type { RenderOptions, ScrapeOptions } from './registry/render-options.js';
export type { RegistryToken } from './registry/registry-token.js';
export type { RegistryOptions } from './registry/registry-options.js';
export type { CardinalityReport, FamilyCardinality, ThreadReport } from './registry/reports.js';
export type { CardinalityStatus, OverflowReason } from './registry/cardinality.js';
export type { FamilySnapshot, Snapshot } from './registry/snapshot.js';
export { Counter } from './primitives/counter.js';
export type { CounterOptions } from './primitives/counter.js';
export { Gauge } from './primitives/gauge.js';
export type { GaugeHandle, GaugeOptions } from './primitives/gauge.js';
export { Histogram } from './primitives/histogram.js';
export type { HistogramHandle, HistogramOptions } from './primitives/histogram.js';
export { DEFAULT_PERCENTILES, Summary } from './primitives/summary.js';
export type { SummaryHandle, SummaryOptions } from './primitives/summary.js';
export type { NativeBuckets, SummarySketch } from './primitives/sketch-options.js';
export { nativeBucketsOf } from './registry/native-buckets.js';
export { quantileOfNativeBuckets } from './registry/quantile.js';
export type { NativeBucketValues } from './registry/native-buckets.js';
export { buckets, DEFAULT_BUCKETS, exponentialBuckets, linearBuckets } from './primitives/buckets.js';
export type { FamilyOptions, FamilyType, Sharing } from './primitives/family-descriptor.js';
export type { Labels, LabelValue } from './primitives/label-set.js';
export type { Timer } from './primitives/timer.js';
export type { CounterCell as CounterHandle } from './memory/counter-cell.js';
export type { Aggregator } from './memory/cell-reader.js';
export {
  ArenaFullError,
  ConfigurationError,
  DefinitionConflictError,
  LayoutMismatchError,
  MetricsError,
} from './errors.js';
