/** Aggregated registry: what was combined of the JSON of several registries, to be read and rendered. It never changes. */
import type { MetricObjectWithValues } from '../primitives/readings.js';
import type { RegisteredMetric } from '../primitives/registrar.js';
import { aggregateMetrics } from '../registry/aggregators.js';
import { Registry } from '../registry/registry.js';
import type { PrometheusContentType, Rendering } from '../registry/registry.js';

export class AggregatedRegistry extends Registry {
  private readonly combined: readonly MetricObjectWithValues[];

  /** @throws Error when a family has an aggregator that there is not */
  constructor(metrics: readonly (readonly MetricObjectWithValues[])[], contentType: PrometheusContentType) {
    super();
    this.setContentType(contentType);
    this.combined = aggregateMetrics(metrics);
  }

  override async metrics(): Promise<string> {
    const { textOfMetrics } = await import('./sample-text.js');
    return textOfMetrics(this.combined);
  }

  /** In the text format 0.0.4, whatever the client prefers. */
  override async render(): Promise<Rendering> {
    const body = Buffer.from(await this.metrics(), 'utf8');
    const release = (): void => undefined;
    return { body, contentType: Registry.PROMETHEUS_CONTENT_TYPE, release, late: [], collectErrors: [] };
  }

  override contentTypeFor(): string {
    return Registry.PROMETHEUS_CONTENT_TYPE;
  }

  override async getMetricsAsJSON(): Promise<MetricObjectWithValues[]> {
    return [...this.combined];
  }

  override getSingleMetric(name: string): RegisteredMetric | undefined {
    const metric = this.combined.find(one => one.name === name);
    if (metric === undefined) return undefined;
    return { name, collect: undefined, get: async () => metric, purge: () => undefined };
  }
}
