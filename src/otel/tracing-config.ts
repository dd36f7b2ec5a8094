/** Tracing configuration: what startTracing() takes. What it does not name, the environment does, or a default. */
import type { Registry } from '../registry/registry.js';
import type { RegistryToken } from '../registry/registry-token.js';
import type { ExportProtocol } from './export-protocol.js';

export const SAMPLING_STRATEGIES = [
  'always_on',
  'always_off',
  'trace_id_ratio',
  'parent_based',
  'rate_limited',
] as const;

/**
 * `trace_id_ratio` decides by the trace id alone, also for spans whose parent is sampled. `parent_based` follows the parent,
 * and decides by the trace id where there is none. `rate_limited` follows the parent too, and lets in new traces as long
 * as this thread's sampled spans, those of let-in traces included, stay below so many per second on average.
 */
export type SamplerConfig =
  | { readonly strategy: 'always_on' | 'always_off' }
  | { readonly strategy: 'trace_id_ratio' | 'parent_based'; readonly ratio: number }
  | { readonly strategy: 'rate_limited'; readonly spansPerSecond: number };

export interface BatchConfig {
  /** Most ended spans that wait for their export, 1..1,000,000. Default 2,048. */
  readonly queueSizeMax?: number;
  /** Most spans of one export, 1..queueSizeMax. Default 512, or queueSizeMax if that is less. */
  readonly batchSizeMax?: number;
  /** How long a span waits for others, 0..600,000 ms. Default 5,000. */
  readonly delayMs?: number;
  /** An export that takes longer is given up, its own retries included: 1..600,000 ms. Default 30,000. */
  readonly exportTimeoutMs?: number;
}

export interface BreakerConfig {
  /** Failures in a row, repeated attempts included, after which none is made for a while, 1..1,000. Default 3. */
  readonly failuresMax?: number;
  /** For how long, 1..3,600,000 ms; then one export is tried. Default 30,000. */
  readonly openMs?: number;
  /** Successes in a row after which exports go on as before, 1..1,000. Default 1. */
  readonly successesMin?: number;
}

export interface SpanLimitsConfig {
  /** Most attributes of a span, 1..1,000,000. Default 128. */
  readonly attributeCountLimit?: number;
  /** Longest text of an attribute, in UTF-16 code units, 1..1,000,000; the rest is cut off. Default: no limit. */
  readonly attributeValueLengthLimit?: number;
  /** Most events of a span, 1..1,000,000. Default 128. */
  readonly eventCountLimit?: number;
  /** Most links of a span, 1..1,000,000. Default 128. */
  readonly linkCountLimit?: number;
}

export type PropagatorName = 'tracecontext' | 'baggage';

/**
 * A SpanExporter of @opentelemetry/sdk-trace-base, written here so that programs without that package can be compiled: its
 * spans are ReadableSpan.
 */
export interface TraceExporter {
  export(spans: never[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

export interface TracingConfig {
  /** `service.name`. Default: OTEL_SERVICE_NAME, service.name of OTEL_RESOURCE_ATTRIBUTES, or `unknown_service:node`. */
  readonly serviceName?: string;
  /** `service.version`. */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`: production, staging. */
  readonly environment?: string;
  /** `service.instance.id`, the same for all threads of the process. Default: random. */
  readonly instanceId?: string;
  /** Further attributes of the resource. They win over what is detected and over OTEL_RESOURCE_ATTRIBUTES. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** URL of the OTLP/HTTP receiver; `/v1/traces` is appended if it does not end so. Default http://localhost:4318. */
  readonly endpoint?: string;
  /** Default `http/json`. Protobuf is smaller, and has a package of its own: exporter-trace-otlp-proto. */
  readonly protocol?: ExportProtocol;
  /** Sent with each export: keys of the receiver. They win over those of the environment, name by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the exporter tries to deliver one batch, and waits for an answer, 1..600,000 ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none';
  /** Default: `parent_based` with the ratio 1, which is every trace that begins here. */
  readonly sampler?: SamplerConfig;
  readonly batch?: BatchConfig;
  readonly breaker?: BreakerConfig;
  readonly spanLimits?: SpanLimitsConfig;
  /** What is read from and written into requests and messages. Default: both. `[]` for none. */
  readonly propagators?: readonly PropagatorName[];
  /** Longest wait of shutdown() for the receiver, 0..600,000 ms. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  /** Where the state of the exports is counted. Default: `register`. A worker may be given the token of its parent's. */
  readonly registry?: Registry | RegistryToken;
  /** Takes the spans instead of the OTLP/HTTP exporter. Of this thread only: a worker names its own. */
  readonly exporter?: TraceExporter;
}

/** A configuration that can be sent to a worker: as startTracing() of the main thread was given it. */
export type SharedTracingConfig = Omit<TracingConfig, 'exporter' | 'registry'> & {
  readonly registry?: RegistryToken;
};
