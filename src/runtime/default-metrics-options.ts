/** Default metrics options: what collectDefaultMetrics takes, checked, with the defaults filled in. */
import { inspect } from 'node:util';
import { threadId } from 'node:worker_threads';
import { ConfigurationError } from '../errors.js';
import { misspeltNameProblems } from '../primitives/option-names.js';
import { register } from '../registry/default-registry.js';
import type { Registry } from '../registry/registry.js';
import { GC_DURATION, UTILIZATION_HISTOGRAM, UTILIZATION_SUMMARY } from './default-names.js';

/** How values that each thread has for itself are shown. */
export type ThreadMetrics = 'aggregate' | 'label';

/** Options of collectDefaultMetrics; give the same in every thread. */
export interface DefaultMetricsCollectorConfiguration {
  /** Default: the default registry. */
  readonly register?: Registry | undefined;
  /** Stands before every name. Default: nothing. */
  readonly prefix?: string | undefined;
  /** Labels of every series; the process is measured once for each set of values. Default: none. */
  readonly labels?: object | undefined;
  /** Bounds of nodejs_gc_duration_seconds. Default: 0.001, 0.01, 0.1, 1, 2, 5. */
  readonly gcDurationBuckets?: readonly number[] | undefined;
  /** Milliseconds between two looks at the delay of the event loop, an integer from 1 on. Default: 10. */
  readonly eventLoopMonitoringPrecision?: number | undefined;
  /**
   * Milliseconds between two samples of nodejs_eventloop_utilization_summary and _histogram, 1 or more. There are none
   * unless this, or an option below, is given: then 100.
   */
  readonly eventLoopUtilizationTimeout?: number | undefined;
  readonly eventLoopUtilizationBuckets?: readonly number[] | undefined;
  readonly eventLoopUtilizationPercentiles?: readonly number[] | undefined;
  readonly eventLoopUtilizationAgeBuckets?: number | undefined;
  readonly eventLoopUtilizationMaxAgeSeconds?: number | undefined;
  /**
   * `aggregate`, the default: one value for all threads, under the names and labels of prom-client. `label`: one for each
   * thread, with a label `thread`.
   */
  readonly threads?: ThreadMetrics | undefined;
}

/** How the utilization of the event loop is sampled. */
export interface UtilizationSettings {
  readonly timeoutMs: number;
  readonly buckets: readonly number[];
  readonly percentiles: readonly number[];
  readonly ageBuckets: number;
  readonly maxAgeSeconds: number;
}

export interface DefaultMetricsSettings {
  readonly registry: Registry;
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly isByThread: boolean;
  readonly gcDurationBuckets: readonly number[];
  readonly precisionMs: number;
  /** Undefined when it is not sampled. */
  readonly utilization: UtilizationSettings | undefined;
}

/** Label of values that each thread has for itself. */
export const THREAD_LABEL = 'thread';

const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];
const UTILIZATION_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 1];
const UTILIZATION_PERCENTILES = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
const TIMER_MS_MAX = 0x7fff_ffff;
const PREFIX = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/;
const UTILIZATION_OPTIONS = [
  'eventLoopUtilizationTimeout',
  'eventLoopUtilizationBuckets',
  'eventLoopUtilizationPercentiles',
  'eventLoopUtilizationAgeBuckets',
  'eventLoopUtilizationMaxAgeSeconds',
] as const;
const OPTIONS: readonly string[] = [
  'register',
  'prefix',
  'labels',
  'gcDurationBuckets',
  'eventLoopMonitoringPrecision',
  ...UTILIZATION_OPTIONS,
  'threads',
];

/** @throws TypeError when `register` is no Registry; ConfigurationError listing every other problem */
export function defaultMetricsSettings(
  config: DefaultMetricsCollectorConfiguration | null | undefined,
): DefaultMetricsSettings {
  const options = config ?? {};
  const registry = registryOf(options.register);
  const problems: string[] = [];
  // Packages on top pass on what they are given: fastify-metrics its own `enabled`, too.
  problems.push(...misspeltNameProblems(options, OPTIONS, 'collectDefaultMetrics'));
  checkLabels(options, problems);
  checkChoices(options, problems);
  if (problems.length > 0) throw new ConfigurationError('collectDefaultMetrics', problems);
  const settings: DefaultMetricsSettings = {
    registry,
    prefix: options.prefix ?? '',
    labels: { ...options.labels },
    isByThread: options.threads === 'label',
    gcDurationBuckets: options.gcDurationBuckets ?? GC_BUCKETS,
    precisionMs: options.eventLoopMonitoringPrecision ?? 10,
    utilization: utilizationOf(options),
  };
  checkDistributions(settings);
  return settings;
}

/** The labels that this thread's values have; their names are those that every thread's have. */
export function threadLabels({
  labels,
  isByThread,
}: DefaultMetricsSettings): Record<string, string | number> {
  return isByThread ? { ...labels, [THREAD_LABEL]: threadId } : { ...labels };
}

function registryOf(given: Registry | null | undefined): Registry {
  if (given === undefined || given === null) return register;
  // Not instanceof: another copy of the package has a class of its own.
  if (typeof given === 'object' && typeof given.onCollect === 'function') return given;
  throw new TypeError(`register is ${inspect(given, { depth: 0 })}; it must be a Registry of this package`);
}

function utilizationOf(options: DefaultMetricsCollectorConfiguration): UtilizationSettings | undefined {
  if (UTILIZATION_OPTIONS.every(name => options[name] === undefined)) return undefined;
  return {
    timeoutMs: options.eventLoopUtilizationTimeout ?? 100,
    buckets: options.eventLoopUtilizationBuckets ?? UTILIZATION_BUCKETS,
    percentiles: options.eventLoopUtilizationPercentiles ?? UTILIZATION_PERCENTILES,
    ageBuckets: options.eventLoopUtilizationAgeBuckets ?? 5,
    maxAgeSeconds: options.eventLoopUtilizationMaxAgeSeconds ?? 60,
  };
}

function checkLabels({ labels, threads }: DefaultMetricsCollectorConfiguration, problems: string[]): void {
  if (labels === undefined) return;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    problems.push(`labels is ${inspect(labels)}; it must be an object`);
    return;
  }
  for (const [name, value] of Object.entries(labels as Record<string, unknown>)) {
    if (typeof value !== 'string' && typeof value !== 'number')
      problems.push(`label ${name} is ${inspect(value)}; it must be a string or a number`);
  }
  if (threads === 'label' && THREAD_LABEL in labels)
    problems.push(`label ${THREAD_LABEL} is added by threads: 'label'; rename it`);
}

function checkChoices(options: DefaultMetricsCollectorConfiguration, problems: string[]): void {
  const { prefix, threads, eventLoopMonitoringPrecision: precision } = options;
  if (prefix !== undefined && (typeof prefix !== 'string' || !PREFIX.test(prefix)))
    problems.push(`prefix is ${inspect(prefix)}; it must be the beginning of a metric name`);
  if (threads !== undefined && threads !== 'aggregate' && threads !== 'label')
    problems.push(`threads is ${inspect(threads)}; it must be aggregate or label`);
  if (
    precision !== undefined &&
    !(Number.isInteger(precision) && precision >= 1 && precision <= TIMER_MS_MAX)
  )
    problems.push(
      `eventLoopMonitoringPrecision is ${inspect(precision)}; it must be an integer in 1..${TIMER_MS_MAX} ms`,
    );
  const timeout = options.eventLoopUtilizationTimeout;
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 1 && timeout <= TIMER_MS_MAX))
    problems.push(`eventLoopUtilizationTimeout is ${inspect(timeout)}; it must be in 1..${TIMER_MS_MAX} ms`);
}

/** Before anything is defined. @throws ConfigurationError as the definitions would */
function checkDistributions({ registry, gcDurationBuckets, utilization }: DefaultMetricsSettings): void {
  registry.describe('histogram', { ...GC_DURATION, buckets: gcDurationBuckets });
  if (utilization === undefined) return;
  const { buckets, percentiles, maxAgeSeconds, ageBuckets } = utilization;
  registry.describe('histogram', { ...UTILIZATION_HISTOGRAM, buckets });
  registry.describe('summary', { ...UTILIZATION_SUMMARY, percentiles, maxAgeSeconds, ageBuckets });
}
