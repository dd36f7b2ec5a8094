/**
 * Metrics push: the metrics of a registry, those of all threads, to a receiver of OTLP/HTTP at every interval.
 *
 * One thread of a process does it for all. It needs of OpenTelemetry the API alone: what it sends is written here.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ROOT_CONTEXT, context, createContextKey } from '@opentelemetry/api';
import { ConfigurationError } from '../errors.js';
import { warn } from '../registry/cardinality.js';
import type { Registry } from '../registry/registry.js';
import { exportRegistry, memoryOf } from '../registry/registry-export.js';
import type { BreakerState } from './circuit-breaker.js';
import { DeliveredValues } from './delivered-values.js';
import type { FailureReason } from './export-failure.js';
import { ExportMetrics } from './export-metrics.js';
import { processTimers } from './export-timers.js';
import { secretsOf, withoutSecrets } from './failure-detail.js';
import { rejectionWarning, shownReceiver } from './failure-warning.js';
import { registryOf } from './given-registry.js';
import { processInstanceId } from './instance-id.js';
import type { MetricsPushConfig } from './metrics-push-config.js';
import type { MetricsPushSettings } from './metrics-push-settings.js';
import { metricsPushSettingsOf } from './metrics-push-settings.js';
import type { MetricsEncoder } from './metrics-encoder.js';
import { openConnections } from './otlp-attempt.js';
import type { DeliveryOutcome } from './otlp-delivery.js';
import { deliver } from './otlp-delivery.js';
import { OtlpJsonEncoder } from './otlp-json.js';
import { OtlpProtobufEncoder } from './otlp-protobuf.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from './package-version.js';
import { PeriodicPush } from './periodic-push.js';
import { PUSH_DROP_REASONS } from './push-attempt.js';
import type { PushDropReason, PushObserver, PushSteps } from './push-attempt.js';
import { PushRequests } from './push-requests.js';
import { detectedAttributes } from './resource-attributes.js';
import { METRICS } from './signal.js';

/** How the pushes of this thread are doing. The families `otel_exporter_...` say it, too. */
export interface MetricsPushStatus {
  readonly isPushing: boolean;
  readonly breaker: BreakerState;
  /** Why the last push has failed; undefined when it has not. */
  readonly lastFailure: FailureReason | undefined;
}

/** The pushes of a registry, as startMetricsPush() has started them. */
export interface MetricsPush {
  /** False when OTEL_SDK_DISABLED is set: nothing is pushed then. */
  readonly isEnabled: boolean;
  status(): MetricsPushStatus;
  /** Pushes what there is now. Resolves to false when a request has failed, or the circuit breaker is open. */
  flush(): Promise<boolean>;
  /** Pushes once more, within shutdownTimeoutMs, and ends the pushes. Never rejects. */
  shutdown(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Pushes the metrics of a registry from now on, those of all threads. Call it in one thread of a process; `collect`
 * callbacks of all threads run for each push as they do for a scrape.
 *
 * @throws ConfigurationError listing every problem of the configuration and of the environment, or that this thread pushes
 *   the registry to that receiver already; DefinitionConflictError when the registry has a family of the name of one that
 *   counts pushes. Nothing is started then
 */
export function startMetricsPush(config: MetricsPushConfig = {}): MetricsPush {
  if (typeof config !== 'object' || config === null) {
    throw new ConfigurationError('startMetricsPush', ['the configuration must be an object']);
  }
  const settings = metricsPushSettingsOf(config, process.env);
  return settings.isDisabled ? DISABLED : new RegistryPush(registryOf(config), settings);
}

const DISABLED: MetricsPush = {
  isEnabled: false,
  status: () => ({ isPushing: false, breaker: 'closed', lastFailure: undefined }),
  flush: () => Promise.resolve(true),
  shutdown: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** What one receiver has been told of one registry. A push that is started again goes on from there. */
interface Told {
  readonly delivered: DeliveredValues;
  isBusy: boolean;
}

/** By the memory of the registry: a token is another registry object each time. */
const toldByMemory = new WeakMap<object, Map<string, Told>>();

class RegistryPush implements MetricsPush {
  readonly isEnabled = true;
  private readonly told: Told;
  private readonly metrics: PushMetrics;
  private readonly pushes: PeriodicPush;
  private stopping: Promise<void> | undefined;

  private readonly shutdownTimeoutMs: number;

  constructor(registry: Registry, settings: MetricsPushSettings) {
    const { url, breaker, intervalMs, exportTimeoutMs } = settings;
    // No more of them: an object that is printed must not show the headers.
    this.shutdownTimeoutMs = settings.shutdownTimeoutMs;
    this.told = toldTo(registry, url);
    this.metrics = new PushMetrics(registry, shownReceiver(url));
    this.told.isBusy = true;
    const steps = pushSteps(registry, settings, this.told.delivered);
    const common = { breaker, intervalMs, exportTimeoutMs, timers: processTimers };
    this.pushes = new PeriodicPush({ ...common, ...steps, observer: this.metrics });
  }

  status(): MetricsPushStatus {
    const { isPushing, breakerState, lastFailure } = this.pushes;
    return { isPushing, breaker: breakerState, lastFailure };
  }

  flush(): Promise<boolean> {
    return this.pushes.flush();
  }

  shutdown(): Promise<void> {
    return (this.stopping ??= this.stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  private async stop(): Promise<void> {
    await this.pushes.stop(this.shutdownTimeoutMs);
    this.metrics.stopped();
    this.told.isBusy = false;
  }
}

class PushMetrics extends ExportMetrics<PushDropReason> implements PushObserver {
  private isTold = false;

  constructor(
    registry: Registry,
    private readonly receiver: string,
  ) {
    super(registry, { signal: METRICS, dropReasons: PUSH_DROP_REASONS, receiver });
  }

  rejected(points: number, message: string): void {
    if (this.isTold) return;
    this.isTold = true;
    warn(rejectionWarning(points, this.receiver, message), METRICS.warningCode);
  }
}

/** @throws ConfigurationError when two pushes would tell the same */
function toldTo(registry: Registry, url: string): Told {
  const memory = memoryOf(registry);
  let receivers = toldByMemory.get(memory);
  if (receivers === undefined) toldByMemory.set(memory, (receivers = new Map<string, Told>()));
  let told = receivers.get(url);
  if (told?.isBusy === true) {
    throw new ConfigurationError('startMetricsPush', [
      `this registry is pushed to ${shownReceiver(url)} already; shut that down first`,
    ]);
  }
  if (told === undefined) receivers.set(url, (told = { delivered: new DeliveredValues(), isBusy: false }));
  return told;
}

function pushSteps(registry: Registry, settings: MetricsPushSettings, delivered: DeliveredValues): PushSteps {
  const { exportTimeoutMs, pointsMax, temporality, timeoutMs, url, compression } = settings;
  const encoder = encoderOf(settings);
  const wallMs = (): number => Date.now();
  const requests = new PushRequests({ encoder, temporality, pointsMax, delivered, wallMs });
  const headers = {
    'user-agent': `OTel-OTLP-Exporter-JavaScript/${PACKAGE_VERSION} ${PACKAGE_NAME}`,
    ...settings.headers,
    'content-type': encoder.contentType,
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
  };
  const limits = { timers: processTimers, wallMs, random: Math.random };
  const secrets = secretsOf(url, settings.headers);
  return {
    read: async signal =>
      (await exportRegistry(registry, requests, { timeoutMs: exportTimeoutMs, signal })).result,
    connect: () => {
      const connections = openConnections(url, headers, processTimers);
      return {
        close: () => connections.close(),
        deliver: async ({ body }, signal) => {
          const coded = compression === 'gzip' ? await compress(body) : body;
          const deadlineMs = processTimers.nowMs() + timeoutMs;
          const outcome = await untraced(() =>
            deliver(coded, connections.send, { deadlineMs, signal }, limits),
          );
          return shareable(outcome, secrets);
        },
      };
    },
  };
}

/** A receiver may repeat in its words what it was sent. */
function shareable(outcome: DeliveryOutcome, secrets: readonly string[]): DeliveryOutcome {
  return outcome.failure === undefined
    ? { ...outcome, message: withoutSecrets(outcome.message, secrets) }
    : { ...outcome, detail: withoutSecrets(outcome.detail, secrets) };
}

const compress = promisify(gzip);

function encoderOf({ attributes, protocol }: MetricsPushSettings): MetricsEncoder {
  const resource = Object.entries({
    'service.name': 'unknown_service:node',
    'telemetry.sdk.name': PACKAGE_NAME,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': PACKAGE_VERSION,
    ...detectedAttributes(),
    'service.instance.id': processInstanceId(),
    ...attributes,
  });
  return protocol === 'http/json' ? new OtlpJsonEncoder(resource) : new OtlpProtobufEncoder(resource);
}

/**
 * Runs `action` so that its requests make no spans, which would be exported with the next ones. The key is that of
 * @opentelemetry/core: keys of the API with one description are one key.
 */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function untraced<T>(action: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true), action);
}
