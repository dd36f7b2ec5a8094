/**
 * AggregatorRegistry: the metrics of all processes of a node:cluster, in its primary.
 *
 * Both sides make one, the primary and each worker. Until then the package knows nothing of node:cluster: it is not even
 * loaded. What the sides do is loaded with the first one, and what a scrape does with the first scrape.
 */
import { isMainThread } from 'node:worker_threads';
import { ConfigurationError } from '../errors.js';
import type { MetricObjectWithValues } from '../primitives/readings.js';
import { register } from '../registry/default-registry.js';
import { metricObjectOf } from '../registry/plain-values.js';
import { Registry } from '../registry/registry.js';
import type { RegistryContentType } from '../registry/content-types.js';
import { checkRenderOptions, checkScrapeOptions } from '../registry/render-options.js';
import type { RenderOptions, ScrapeOptions } from '../registry/render-options.js';
import { textOf } from '../registry/view.js';
import { CLUSTER_COLLECT_TIMEOUT_MS, checkClusterOptions } from './cluster-options.js';
import type { ClusterOptions } from './cluster-options.js';
import type { ClusterRendering, ClusterScraper } from './cluster-scraper.js';
import { openPrimary, openWorker } from './cluster-sides.js';
import { clusterState } from './cluster-state.js';
import { checkRegistries } from './registry-list.js';

type Cluster = (typeof import('node:cluster'))['default'];

const SHUTDOWN_TIMEOUT_MS = 5_000;

export class AggregatorRegistry<T extends RegistryContentType = RegistryContentType> extends Registry<T> {
  private readonly scraper: Promise<ClusterScraper>;
  private readonly scrapes = new Set<Promise<unknown>>();

  /**
   * Connects this process to its cluster: a primary listens to its workers, a worker answers its primary.
   *
   * @param options of the cluster, or a content type as other client libraries take it
   * @throws ConfigurationError listing every problem, also in a worker thread, to which node:cluster does not speak
   */
  constructor(options: ClusterOptions | T = {}) {
    const isType = typeof options === 'string';
    if (!isType) checkClusterOptions(options);
    if (!isMainThread) {
      throw new ConfigurationError('AggregatorRegistry', [
        'it was made in a worker thread; make it in the main thread, which the metrics of all threads are in',
      ]);
    }
    super(isType ? options : {});
    const { collectTimeoutMs = CLUSTER_COLLECT_TIMEOUT_MS, pushIntervalMs } = isType ? {} : options;
    this.scraper = connect(() => this.shownRegistries(), { collectTimeoutMs, pushIntervalMs });
    // Who scrapes is told; who does not is not to be ended by it.
    this.scraper.catch(() => undefined);
  }

  /**
   * Sets what this process shows in the metrics of the cluster. Default: the default registry.
   *
   * @throws TypeError when something of it is no registry; nothing changes then
   */
  static setRegistries(registries: Registry | readonly Registry[]): void {
    clusterState.registries = checkRegistries(registries);
  }

  /** As the static method: it is a property of the process. */
  setRegistries(registries: Registry | readonly Registry[]): void {
    AggregatorRegistry.setRegistries(registries);
  }

  /**
   * One exposition over the primary and all workers, those that are gone included: see docs/guides/cluster.md. Runs the
   * collect callbacks of all processes and waits for them up to collectTimeoutMs; a worker that does not answer is shown
   * by its last snapshot. In a worker it shows that worker alone.
   *
   * @throws ConfigurationError when an option is none, or out of range
   */
  async clusterMetrics(options: ScrapeOptions = {}): Promise<string> {
    checkScrapeOptions(options);
    return textOf(await this.render(options));
  }

  /** As clusterMetrics(). */
  override metrics(options: ScrapeOptions = {}): Promise<string> {
    return this.clusterMetrics(options);
  }

  /** As clusterMetrics(), as bytes in the format that `accept` asks for; a server takes this registry as any other. */
  override async render(options: RenderOptions = {}): Promise<ClusterRendering> {
    checkRenderOptions(options);
    const accept = options.accept ?? this.contentType;
    return this.during((await this.scraper).render({ ...options, accept }));
  }

  /** As clusterMetrics(), as plain objects; those alone that have an aggregator, if it is named. */
  override async getMetricsAsJSON(options: ScrapeOptions | string = {}): Promise<MetricObjectWithValues[]> {
    const isName = typeof options === 'string';
    const scrapeOptions = isName ? {} : options;
    checkScrapeOptions(scrapeOptions);
    const { snapshot } = await this.during((await this.scraper).scrape(scrapeOptions));
    const metrics = snapshot.families.map(metricObjectOf);
    return isName ? metrics.filter(({ aggregator }) => aggregator === options) : metrics;
  }

  /**
   * In a worker: sends what it has counted and waits until the primary has it, so that nothing is lost when the process
   * ends. Call it when the work is done, before `process.exit()` or `cluster.worker.disconnect()`. In the primary: waits for
   * the scrapes that go on.
   *
   * @param timeoutMs longest wait
   * @throws MetricsError when the primary has not confirmed in time
   */
  async shutdown(timeoutMs = SHUTDOWN_TIMEOUT_MS): Promise<void> {
    const worker = await clusterState.worker;
    if (worker !== undefined) await worker.shutdown(timeoutMs);
    else await Promise.allSettled(this.scrapes);
  }

  private shownRegistries(): readonly Registry[] {
    const registries = clusterState.registries ?? [register];
    // What is registered in this one is of the cluster, too.
    return registries.includes(this) ? registries : [...registries, this];
  }

  private async during<T>(scrape: Promise<T>): Promise<T> {
    this.scrapes.add(scrape);
    try {
      return await scrape;
    } finally {
      this.scrapes.delete(scrape);
    }
  }
}

/** Opens this process's side of the cluster, if that was not done; what scrapes it is returned. */
async function connect(
  registriesOf: () => readonly Registry[],
  { collectTimeoutMs, pushIntervalMs }: ClusterOptions & { readonly collectTimeoutMs: number },
): Promise<ClusterScraper> {
  // Not at the top: whoever loads the package does not want node:cluster, and some hosts cannot load it.
  const cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  const state = clusterState;
  if (pushIntervalMs !== undefined) state.pushIntervalMs = pushIntervalMs;
  const isWorker = cluster.isWorker;
  const primary = isWorker ? undefined : openPrimary(cluster as never);
  const worker = isWorker ? openWorker(process as never, registriesOf) : undefined;
  const { ClusterScraper } = await import('./cluster-scraper.js');
  if (pushIntervalMs !== undefined) (await worker)?.restartPushing();
  return new ClusterScraper(await primary, registriesOf, collectTimeoutMs);
}
