/** Metric producer: the metrics of a registry for a reader of the OpenTelemetry SDK, which exports them. */
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import type { Registry } from '../registry/registry.js';
import { metricsOf } from './metric-points.js';

const COLLECT_TIMEOUT_MS_MAX = 600_000;

type Resource = CollectionResult['resourceMetrics']['resource'];

/** A reader takes the resource of its provider. */
const NO_RESOURCE: Resource = {
  attributes: {},
  merge: other => other ?? NO_RESOURCE,
  getRawAttributes: () => [],
};

/**
 * A MetricProducer of @opentelemetry/sdk-metrics, written here so that programs without that package can be compiled.
 *
 * @typeParam R its CollectionResult, which TypeScript finds where a MetricProducer is asked for
 */
export interface RegistryMetricProducer<R> {
  collect(options?: { readonly timeoutMillis?: number }): Promise<R>;
}

/**
 * Gives the metrics of a registry, those of all threads, to a reader: `new PeriodicExportingMetricReader({ exporter,
 * metricProducers: [registryMetricProducer(register)] })`. Use it in one thread of a process.
 *
 * Runs collect callbacks as a scrape does; those that fail or are late leave their families at their last values, and are
 * among the errors of the result. Values that are infinite or NaN are left out. Exemplars are in the data points as
 * `exemplars`, which the exporters of the SDK do not send.
 */
export function registryMetricProducer<R = unknown>(registry: Registry): RegistryMetricProducer<R> {
  return {
    collect: async ({ timeoutMillis } = {}) =>
      (await collectFrom(registry, timeoutMillis)) satisfies CollectionResult as R,
  };
}

async function collectFrom(registry: Registry, timeoutMillis: number | undefined): Promise<CollectionResult> {
  const timeoutMs = timeoutOf(timeoutMillis);
  // For its callbacks alone: it shows no family.
  const { collectErrors, late, release } = await registry.render({
    names: [],
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  release();
  const nowMs = Date.now();
  const scopeMetrics = metricsOf(registry.snapshot().families, nowMs);
  return {
    resourceMetrics: { resource: NO_RESOURCE, scopeMetrics },
    errors: [
      ...collectErrors.map(
        ({ family, message }) => new Error(`the collect callback of ${family}: ${message}`),
      ),
      ...late.map(({ threadId }) => new Error(`the collect callbacks of thread ${threadId} were late`)),
    ],
  };
}

/** Within what a registry takes. A reader that names no limit has none. */
function timeoutOf(timeoutMillis: number | undefined): number | undefined {
  if (timeoutMillis === undefined || !Number.isFinite(timeoutMillis)) return undefined;
  return Math.min(COLLECT_TIMEOUT_MS_MAX, Math.max(1, Math.round(timeoutMillis)));
}
