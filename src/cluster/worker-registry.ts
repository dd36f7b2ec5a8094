/**
 * WorkerRegistry: the names of another client library for what needs nothing here, because the threads of a process share
 * their metrics.
 */
import { threadId } from 'node:worker_threads';
import { register } from '../registry/default-registry.js';
import { Registry } from '../registry/registry.js';
import type { RegistryContentType } from '../registry/content-types.js';
import type { ScrapeOptions } from '../registry/render-options.js';
import { textOf } from '../registry/view.js';
import { checkRegistries } from './registry-list.js';

let shown: readonly Registry[] | undefined;

export class WorkerRegistry<T extends RegistryContentType = RegistryContentType> extends Registry<T> {
  /** @param _isPrimary has no effect: any thread can scrape */
  constructor(contentType?: T, _isPrimary?: boolean) {
    super(contentType);
  }

  /**
   * Sets what workerMetrics() of this thread shows. Default: the default registry.
   *
   * @throws TypeError when something of it is no registry; nothing changes then
   */
  static setRegistries(registries: Registry | readonly Registry[]): void {
    shown = checkRegistries(registries);
  }

  /** Threads beside this one that record into the default registry. */
  static workerCount(): number {
    return register.threads().filter(thread => thread.threadId !== threadId).length;
  }

  /** The metrics of all threads: what metrics() of the default registry returns. */
  async workerMetrics(options: ScrapeOptions = {}): Promise<string> {
    const [first, ...others] = shown ?? [register];
    if (first === undefined) return '';
    if (others.length === 0) return first.metrics(options);
    const { ClusterScraper } = await import('./cluster-scraper.js');
    const { CLUSTER_COLLECT_TIMEOUT_MS } = await import('./cluster-options.js');
    const scraper = new ClusterScraper(undefined, () => [first, ...others], CLUSTER_COLLECT_TIMEOUT_MS);
    return textOf(await scraper.render({ ...options, accept: this.contentType }));
  }

  /** Resolves at once: what this thread has counted is in shared memory, and stays there when the thread ends. */
  shutdown(_timeoutMs?: number): Promise<void> {
    return Promise.resolve();
  }
}
