/**
 * Default metrics: what every Node.js program wants to know of its process and of its threads.
 *
 * Each thread that is to be seen calls it once; what belongs to the process is there once, whichever threads call it.
 */
import { inspect } from 'node:util';
import type { DefaultMetricsCollectorConfiguration } from './default-metrics-options.js';
import { startCollection } from './running-collection.js';

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
 * @returns a handle that ends it
 * @throws TypeError when `config` is no object, ConfigurationError listing every other problem; nothing
 *   is defined then. DefinitionConflictError when another thread collects with other options; nothing is collected then
 */
function collect(config?: DefaultMetricsCollectorConfiguration | null): DefaultMetricsHandle {
  if (config !== null && config !== undefined && typeof config !== 'object')
    throw new TypeError(`config must be null, undefined, or an object, not ${inspect(config)}`);
  return startCollection(config);
}

export const collectDefaultMetrics: {
  (config?: DefaultMetricsCollectorConfiguration | null): DefaultMetricsHandle;
  /** The groups that there are, by the names that prom-client gives them. */
  readonly metricsList: string[];
} = Object.assign(collect, { metricsList: METRICS_LIST });
