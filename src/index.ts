/** threadtally: metrics for Node.js programs with worker threads. */
import { formatFor } from './exposition/formats.js';
import { provideFormats } from './registry/renderers.js';

provideFormats(formatFor);

export { attachRegister, configureRegister, contentType, register } from './registry/default-registry.js';
export { Registry } from './registry/registry.js';
export type { Rendering } from './registry/registry.js';
export {
  OPENMETRICS_CONTENT_TYPE as openMetricsContentType,
  PROMETHEUS_CONTENT_TYPE as prometheusContentType,
} from './registry/content-types.js';
export type {
  Charset,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMIME,
  PrometheusMetricsVersion,
  RegistryContentType,
} from './registry/content-types.js';
export type { GuestMetric } from './registry/guests.js';
export { aggregators } from './registry/aggregators.js';
export type { AggregateFunction } from './registry/aggregators.js';
export {
  TypedCounter as Counter,
  TypedGauge as Gauge,
  TypedHistogram as Histogram,
  TypedSummary as Summary,
} from './primitives/metric-classes.js';
export type {
  CollectFunction,
  Collector,
  CounterConfiguration,
  GaugeConfiguration,
  HistogramConfiguration,
  LabelValues,
  MetricConfiguration,
  MetricType,
  NoLabelNameType,
  SummaryConfiguration,
} from './primitives/metric-classes.js';
export { validateMetricName } from './primitives/metric.js';
export type { Metric, MetricObject } from './primitives/metric.js';
export type { CollectError, CollectOptions, LateThread } from './registry/collection.js';
export type { RenderOptions, ScrapeOptions } from './registry/render-options.js';
export type { RegistryToken } from './registry/registry-token.js';
export type { LabelNumbers, RegistryOptions } from './registry/registry-options.js';
export type { NameValidationScheme } from './primitives/name-rules.js';
export type { CardinalityReport, FamilyCardinality, MemoryReport, ThreadReport } from './registry/reports.js';
export type { CardinalityStatus, OverflowReason } from './registry/cardinality.js';
export type { FamilySnapshot, Snapshot } from './registry/snapshot.js';
export { exemplarsOf } from './registry/exemplars.js';
export type { ExemplarReading } from './registry/exemplars.js';
export { collectDefaultMetrics } from './runtime/collect-default-metrics.js';
export type {
  DefaultMetricsCollectorConfiguration,
  DefaultMetricsHandle,
  ThreadMetrics,
} from './runtime/collect-default-metrics.js';
export type { CounterHandle, CounterOptions } from './primitives/counter.js';
export { setExemplarSource } from './primitives/exemplar-source.js';
export type { ExemplarSource } from './primitives/exemplar-source.js';
export type { ExemplarLabels } from './primitives/exemplar-labels.js';
export type { IncreaseDataWithExemplar, ObserveDataWithExemplar } from './primitives/exemplar-form.js';
export type { GaugeHandle, GaugeOptions } from './primitives/gauge.js';
export type { HistogramHandle, HistogramOptions, LabelledTimer } from './primitives/histogram.js';
export { Info } from './primitives/info.js';
export type { InfoLabels, InfoOptions } from './primitives/info.js';
export { StateSet } from './primitives/state-set.js';
export type { StateSetHandle, StateSetOptions } from './primitives/state-set.js';
export { DEFAULT_PERCENTILES } from './primitives/summary.js';
export type { SummaryHandle, SummaryOptions } from './primitives/summary.js';
export type { NativeBuckets, SummarySketch } from './primitives/sketch-options.js';
export { nativeBucketsOf } from './registry/native-buckets.js';
export { quantileOfNativeBuckets } from './registry/quantile.js';
export type {
  HistogramBucket,
  HistogramValue,
  MetricExemplar,
  MetricObjectWithValues,
  MetricValue,
  MetricValueWithName,
  NativeBucketValues,
  SeriesValue,
  SummaryQuantile,
  SummaryValue,
} from './primitives/readings.js';
export { buckets, DEFAULT_BUCKETS, exponentialBuckets, linearBuckets } from './primitives/buckets.js';
export type { ExemplarOption, FamilyOptions, FamilyType, Sharing } from './primitives/family-descriptor.js';
export type { Labels, LabelValue } from './primitives/label-set.js';
export type { Timer } from './primitives/timer.js';
export type { Aggregator } from './memory/cell-reader.js';
export {
  ArenaFullError,
  ConfigurationError,
  DefinitionConflictError,
  LayoutMismatchError,
  StaleSnapshotError,
  SnapshotFormatError,
  MetricsError,
} from './errors.js';
export { AggregatorRegistry, AggregatorRegistry as ClusterRegistry } from './cluster/aggregator-registry.js';
export type { ClusterOptions } from './cluster/cluster-options.js';
export type { ClusterRendering } from './cluster/cluster-scraper.js';
export type { LateWorker } from './cluster/primary-link.js';
export { WorkerRegistry } from './cluster/worker-registry.js';
export { Pushgateway } from './push/pushgateway.js';
export type { PushgatewayOptions, PushParameters, PushResult } from './push/pushgateway.js';
export type { SeriesEntry } from './registry/catalogue.js';
export type { RegisteredMetric } from './primitives/registrar.js';
/** `import client from`, and `require` by compilers that expect one: the same objects under their names. */
export * as default from './index.js';
