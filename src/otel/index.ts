/**
 * threadtally with OpenTelemetry. Needs the package @opentelemetry/api. startTracing() loads further packages when it is
 * called: sdk-trace-base, resources, core, context-async-hooks, and exporter-trace-otlp-http or -proto.
 */
export { exemplarsFromActiveSpan } from './active-span.js';
export type { BreakerState } from './circuit-breaker.js';
export { bindInstrument } from './bind.js';
export { extractHttpHeaders, injectHttpHeaders } from './http-headers.js';
export type { HttpHeaders } from './http-headers.js';
export { extractKafkaHeaders, injectKafkaHeaders } from './kafka-headers.js';
export type { KafkaHeaderFields, KafkaHeaderList, KafkaHeaders, KafkaHeaderValue } from './kafka-headers.js';
export type { MeterConfig, SharedMeterConfig } from './meter-config.js';
export { startMeterProvider } from './meter-provider.js';
export type { Metering, SlotMeterProvider } from './meter-provider.js';
export type { ExportProtocol } from './export-protocol.js';
export type { FailureReason } from './export-failure.js';
export { startMetricsPush } from './metrics-push.js';
export type { MetricsPush, MetricsPushStatus } from './metrics-push.js';
export type { MetricsPushConfig } from './metrics-push-config.js';
export { registryMetricProducer } from './metric-producer.js';
export type { RegistryMetricProducer } from './metric-producer.js';
export { eventSpan, kafkaSpan, stateSpan, windowSpan } from './pipeline-spans.js';
export type {
  DescribedOptions,
  EventSpanOptions,
  KafkaOperationType,
  KafkaSpanOptions,
  StateSpanOptions,
  WindowSpanOptions,
} from './pipeline-spans.js';
export type { SlotMeter } from './slot-meter.js';
export type { Adder, BoundAdder, BoundRecorder, Recorder } from './slot-instruments.js';
export { SpanGuard } from './span-guard.js';
export type { DurationRecorder } from './span-guard.js';
export { startSpan, withSpan } from './spans.js';
export type { SpanDescription } from './spans.js';
export { contextOf, continueTrace, linkTo, traceCarrier } from './trace-carrier.js';
export type { TraceCarrier } from './trace-carrier.js';
export type { TemporalityPreference } from './temporality.js';
export { startTracing } from './tracing.js';
export type { Tracing, TracingStatus } from './tracing.js';
export type {
  BatchConfig,
  BreakerConfig,
  PropagatorName,
  SamplerConfig,
  SharedTracingConfig,
  SpanLimitsConfig,
  TraceExporter,
  TracingConfig,
} from './tracing-config.js';
export type { Aggregator, InstrumentType, ViewAggregation, ViewConfig } from './view-config.js';
