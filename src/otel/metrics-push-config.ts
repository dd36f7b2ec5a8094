/** Metrics push configuration: what startMetricsPush() takes. What it does not name, the environment does, or a default. */
import type { Registry } from '../registry/registry.js';
import type { RegistryToken } from '../registry/registry-token.js';
import type { ExportProtocol } from './export-protocol.js';
import type { TemporalityPreference } from './temporality.js';
import type { BreakerConfig } from './tracing-config.js';

export interface MetricsPushConfig {
  /** `service.name`. Default: OTEL_SERVICE_NAME, service.name of OTEL_RESOURCE_ATTRIBUTES, or `unknown_service:node`. */
  readonly serviceName?: string;
  /** `service.version`. */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`: production, staging. */
  readonly environment?: string;
  /** `service.instance.id`. Default: random, the same as of the traces of this process. */
  readonly instanceId?: string;
  /** Further attributes of the resource. They win over what is detected and over OTEL_RESOURCE_ATTRIBUTES. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** URL of the OTLP/HTTP receiver; `/v1/metrics` is appended if it does not end so. Default http://localhost:4318. */
  readonly endpoint?: string;
  /** Sent with each request: keys of the receiver. They win over those of the environment, name by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `http/protobuf`. */
  readonly protocol?: ExportProtocol;
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none';
  /** How long one request is tried, 1..600,000 ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** From one push to the next, 1..86,400,000 ms. Default 60,000. */
  readonly intervalMs?: number;
  /** A push that takes longer is given up, all of its requests included: 1..600,000 ms. Default 30,000. */
  readonly exportTimeoutMs?: number;
  /** Since when sums and histograms count. Default `cumulative`: since their creation. */
  readonly temporality?: TemporalityPreference;
  /** Most data points of one request, 1..1,000,000; a registry with more is pushed in several. Default 10,000. */
  readonly pointsMax?: number;
  readonly breaker?: BreakerConfig;
  /** Longest wait of shutdown() for the receiver, 0..600,000 ms. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  /** What is pushed, and where the state of the pushes is counted. Default: `register`. */
  readonly registry?: Registry | RegistryToken;
}
