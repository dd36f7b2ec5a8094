/**
 * Tracing: the OpenTelemetry SDK of one thread, from one configuration.
 *
 * Each thread that makes spans calls startTracing(): it has its own queue, circuit breaker and connection, so that a thread
 * which is busy, or dies, holds up nobody else's spans. A worker inherits the configuration of the thread that created it.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from 'node:worker_threads';
import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ConfigurationError } from '../errors.js';
import type { BreakerState } from './circuit-breaker.js';
import { shownReceiver } from './failure-warning.js';
import { processTimers } from './export-timers.js';
import { isToken, registryOf } from './given-registry.js';
import { processInstanceId } from './instance-id.js';
import { detectedAttributes } from './resource-attributes.js';
import { samplerOf } from './samplers.js';
import type { SdkPackages } from './sdk-packages.js';
import { loadSdkPackages, loadTraceExporter } from './sdk-packages.js';
import { OtlpExporter } from './otlp-exporter.js';
import { SpanExportMetrics } from './span-export-metrics.js';
import { SpanExports } from './span-exports.js';
import type { SharedTracingConfig, TracingConfig } from './tracing-config.js';
import type { TracingSettings } from './tracing-settings.js';
import { tracingSettingsOf } from './tracing-settings.js';

const ENVIRONMENT_KEY = 'threadtally.tracing';

/** How the exports of this thread are doing. All threads together are in the families `otel_exporter_...`. */
export interface TracingStatus {
  /** Spans that wait for their export. */
  readonly queueSize: number;
  readonly breaker: BreakerState;
}

/** Tracing of this thread, as startTracing() has started it. */
export interface Tracing {
  /** False when OTEL_SDK_DISABLED is set: contexts are passed on then, but there are no spans. */
  readonly isEnabled: boolean;
  /** For the workerData of a worker that was created before, or of another thread: `startTracing(workerData)`. */
  readonly configuration: SharedTracingConfig;
  status(): TracingStatus;
  /** Exports what has ended so far. Resolves to false when an export has failed, or the circuit breaker is open. */
  flush(): Promise<boolean>;
  /**
   * Ends tracing in this thread: exports what has ended, within shutdownTimeoutMs, counts the rest as dropped, and takes
   * the SDK out of the API, so that startTracing() may be called again. Never rejects. A request that is unanswered is
   * ended; the pause before an attempt that the exporter will not make may keep the process alive for some seconds.
   */
  shutdown(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Set from the call on, so that two calls in one turn do not both start. */
let isStarted = false;

/**
 * Starts tracing in this thread: spans of the API @opentelemetry/api are exported from now on. In a worker, what `config`
 * leaves open is as in the thread that created it, if that had started tracing by then.
 *
 * Loads the packages of the SDK, which importing this module does not.
 *
 * @throws ConfigurationError listing every problem of the configuration and of the environment, or the packages that are
 *   missing, or that tracing has started already; DefinitionConflictError when the registry has a family of that name.
 *   Nothing is started then
 */
export async function startTracing(config: TracingConfig = {}): Promise<Tracing> {
  if (typeof config !== 'object' || config === null) {
    throw new ConfigurationError('startTracing', ['the configuration must be an object']);
  }
  const inherited = inheritedConfig();
  const whole = { ...inherited, ...withoutUndefined(config) };
  const isInherited = inherited !== undefined && config.endpoint === undefined;
  const settings = tracingSettingsOf(whole, process.env, isInherited);
  if (isStarted) throw new ConfigurationError('startTracing', ['it runs in this thread already']);
  isStarted = true;
  try {
    const needsExporter = whole.exporter === undefined && !settings.isDisabled;
    const packages = await loadSdkPackages(needsExporter ? settings.protocol : undefined);
    const identified = withInstance(settings);
    const registration = registerContext(packages, settings);
    try {
      const parts = settings.isDisabled ? undefined : await startSpans(whole, identified, packages);
      return new ThreadTracing(settings, sharedConfig(whole, identified), registration, parts);
    } catch (error) {
      registration();
      throw error;
    }
  } catch (error) {
    isStarted = false;
    throw error;
  }
}

interface SpanParts {
  readonly exports: SpanExports<ReadableSpan>;
  readonly metrics: SpanExportMetrics;
}

class ThreadTracing implements Tracing {
  private stopping: Promise<void> | undefined;
  private readonly exited = (): void => this.parts?.exports.abandon();

  constructor(
    private readonly settings: TracingSettings,
    readonly configuration: SharedTracingConfig,
    private readonly unregisterContext: () => void,
    private readonly parts: SpanParts | undefined,
  ) {
    setEnvironmentData(ENVIRONMENT_KEY, configuration as never);
    // What is queued when the thread ends cannot be sent any more; it is counted, in memory that outlives the thread.
    process.once('exit', this.exited);
  }

  get isEnabled(): boolean {
    return this.parts !== undefined;
  }

  status(): TracingStatus {
    const { exports } = this.parts ?? {};
    return { queueSize: exports?.queueSize ?? 0, breaker: exports?.breakerState ?? 'closed' };
  }

  async flush(): Promise<boolean> {
    return (await this.parts?.exports.flush()) ?? true;
  }

  shutdown(): Promise<void> {
    return (this.stopping ??= this.stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  private async stop(): Promise<void> {
    setEnvironmentData(ENVIRONMENT_KEY, undefined as never);
    if (this.parts !== undefined) {
      // First: what begins from here on is no span, rather than one that is dropped.
      trace.disable();
      await this.parts.exports.stop(this.settings.shutdownTimeoutMs);
      this.parts.metrics.stopped();
    }
    this.unregisterContext();
    process.removeListener('exit', this.exited);
    isStarted = false;
  }
}

/** What the thread that created this one had started tracing with. */
function inheritedConfig(): TracingConfig | undefined {
  return isMainThread ? undefined : (getEnvironmentData(ENVIRONMENT_KEY) as TracingConfig | undefined);
}

/** `{ endpoint: undefined }` leaves the endpoint open, as a missing key does. */
function withoutUndefined(config: TracingConfig): TracingConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function withInstance(settings: TracingSettings): TracingSettings {
  return {
    ...settings,
    attributes: { 'service.instance.id': processInstanceId(), ...settings.attributes },
  };
}

function sharedConfig(config: TracingConfig, { attributes }: TracingSettings): SharedTracingConfig {
  const { exporter: _, registry, ...shared } = config;
  return {
    ...shared,
    instanceId: String(attributes['service.instance.id']),
    ...(registry !== undefined && { registry: isToken(registry) ? registry : registry.share() }),
  };
}

/** Makes contexts follow asynchronous code, and pass from process to process. Returns what undoes it. */
function registerContext({ contextHooks, core }: SdkPackages, { propagators }: TracingSettings): () => void {
  const manager = new contextHooks.AsyncLocalStorageContextManager().enable();
  if (!context.setGlobalContextManager(manager)) {
    manager.disable();
    throw otherSdk();
  }
  const chosen = propagators.map(name =>
    name === 'tracecontext' ? new core.W3CTraceContextPropagator() : new core.W3CBaggagePropagator(),
  );
  if (!propagation.setGlobalPropagator(new core.CompositePropagator({ propagators: chosen }))) {
    context.disable();
    throw otherSdk();
  }
  return () => {
    propagation.disable();
    context.disable();
  };
}

async function startSpans(
  config: TracingConfig,
  settings: TracingSettings,
  packages: SdkPackages,
): Promise<SpanParts> {
  const { traceBase, resources, core } = packages;
  const exporter =
    config.exporter ??
    new OtlpExporter(await loadTraceExporter(settings.protocol), settings, () => exports.attemptFailed());
  const metrics = new SpanExportMetrics(
    registryOf(config),
    settings.batch.queueSizeMax,
    config.exporter === undefined ? shownReceiver(settings.url) : 'the receiver of the given exporter',
  );
  const suppressed = core.suppressTracing(ROOT_CONTEXT);
  const exports: SpanExports<ReadableSpan> = new SpanExports({
    exporter,
    batch: settings.batch,
    breaker: settings.breaker,
    timers: processTimers,
    observer: metrics,
    untraced: action => context.with(suppressed, action),
  });
  const attributes = { ...detectedAttributes(), ...settings.attributes };
  const provider = new traceBase.BasicTracerProvider({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes(attributes)),
    sampler: samplerOf(settings.sampler, traceBase, {
      nowMs: () => processTimers.nowMs(),
      refused: () => metrics.refusedTrace(),
    }),
    spanLimits: settings.spanLimits,
    spanProcessors: [threadAttribute, exports],
  });
  if (!trace.setGlobalTracerProvider(provider)) {
    metrics.stopped();
    throw otherSdk();
  }
  return { exports, metrics };
}

/** The thread of a span is an attribute of the span: all threads of a process are one resource. */
const threadAttribute: SpanProcessor = {
  onStart: span => void span.setAttribute('thread.id', threadId),
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

function otherSdk(): ConfigurationError {
  return new ConfigurationError('startTracing', [
    'another OpenTelemetry SDK is registered in this thread; start only one of them',
  ]);
}
