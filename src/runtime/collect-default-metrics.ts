/**
 * Default metrics: what every Node.js program wants to know of its process and of its threads.
 *
 * Each thread that is to be seen calls it once; what belongs to the process is there once, whichever threads call it.
 */
import { createRequire } from 'node:module';
import type { DefaultMetricsCollectorConfiguration } from './default-metrics-options.js';

export type { DefaultMetricsCollectorConfiguration, ThreadMetrics } from './default-metrics-options.js';

/** Ends what one call of collectDefaultMetrics has begun. */
export interface DefaultMetricsHandle {
  /**
   * Stops collecting in this thread: its gauges end, what was counted stays, and what belongs to the process stays at its
   * last values until another thread reads it. Further calls do nothing.
   */
  stop(): void;
  [Symbol.dispose](): void;
}

type Implementation = typeof import('./running-collection.js');

/** A file that must be imported; one that is in a bundle, which has no place to look from if it is one of CommonJS. */
const CANNOT_LOAD_NOW = /^(ERR_REQUIRE_ESM|MODULE_NOT_FOUND|ERR_INVALID_ARG_VALUE)$/;

let implementation: Implementation | undefined;

const METRICS_LIST = [
  'processCpuTotal',
  'processStartTime',
  'osMemoryHeap',
  'processOpenFileDescriptors',
  'processMaxFileDescriptors',
  'eventLoopLag',
  'eventLoopUtilization',
  'processResources',
  'processHandles',
  'processRequests',
  'heapSizeAndUsed',
  'heapSpacesSizeAndUsed',
  'version',
  'gc',
];

/**
 * Collects metrics of the process and of the calling thread from now on, whichever thread scrapes. A call for a registry
 * and a prefix that are collected already takes the place of the earlier one, so that a module may be loaded again.
 *
 * In a bundle, and before Node.js 22.12 in its line, it begins some turns of the event loop later; what is thrown below
 * is an unhandled rejection then.
 *
 * @returns a handle that ends it
 * @throws TypeError when `config` is no object, always at once; ConfigurationError listing every other problem; nothing
 *   is defined then. DefinitionConflictError when another thread collects with other options; nothing is collected then
 */
function collect(config?: DefaultMetricsCollectorConfiguration | null): DefaultMetricsHandle {
  if (config !== null && config !== undefined && typeof config !== 'object')
    throw new TypeError('config must be null, undefined, or an object');
  implementation ??= loadNow();
  return implementation === undefined ? new LateCollection(config) : implementation.startCollection(config);
}

export const collectDefaultMetrics: {
  (config?: DefaultMetricsCollectorConfiguration | null): DefaultMetricsHandle;
  /** The groups that there are, by the names that prom-client gives them. */
  readonly metricsList: string[];
} = Object.assign(collect, { metricsList: METRICS_LIST });

/** Undefined where a module cannot be loaded without waiting: Node.js does not do that, or the file is in a bundle. */
function loadNow(): Implementation | undefined {
  try {
    return createRequire(import.meta.url)('./running-collection.js') as Implementation;
  } catch (error) {
    if (CANNOT_LOAD_NOW.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}

/** One that begins when what it needs has been loaded, unless it was stopped by then. */
class LateCollection implements DefaultMetricsHandle {
  private isStopped = false;
  private handle: DefaultMetricsHandle | undefined;

  constructor(config: DefaultMetricsCollectorConfiguration | null | undefined) {
    void import('./running-collection.js').then(loaded => {
      implementation = loaded;
      if (!this.isStopped) this.handle = loaded.startCollection(config);
    });
  }

  stop(): void {
    this.isStopped = true;
    this.handle?.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
