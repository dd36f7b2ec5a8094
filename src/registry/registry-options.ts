/** Registry options: limits as users give them, checked all at once, and the arena sizes that follow from them. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { sizesProblem } from '../memory/arena.js';
import type { ArenaLimits } from '../memory/arena.js';
import type { ArenaSizes } from '../memory/layout.js';
import { LEASES_MAX, REGION_ALIGN_BYTES, alignUp } from '../memory/layout.js';
import { NAME_VALIDATION_SCHEMES } from '../primitives/name-rules.js';
import type { NameValidationScheme } from '../primitives/name-rules.js';
import { unknownNameProblems } from '../primitives/option-names.js';

/** How the numbers of `le` and `quantile` are spelled: `le="1.0"`, or `le="1"`. */
export type LabelNumbers = 'canonical' | 'prom-client';

export interface RegistryOptions {
  /** Most series of the registry; the excess is recorded in overflow series. Default 10,000. */
  readonly seriesMax?: number;
  /** Most series of one family that names no limit of its own. Default 1,000. */
  readonly familySeriesMax?: number;
  /** Most families. Default 1,000. */
  readonly familiesMax?: number;
  /** Threads with a stripe of their own; further threads record through the shared stripe, slower. Default 32. */
  readonly threadsMax?: number;
  /** Longest label value, in UTF-16 code units; longer ones are recorded in the overflow series. Default 256. */
  readonly labelValueMax?: number;
  /** Most label names of a family. Default 10. */
  readonly labelsMax?: number;
  /** Share of a cardinality limit at which a process warning is given. Default 0.8. */
  readonly warningRatio?: number;
  /** Share of a cardinality limit at which a second, critical, process warning is given. Default 0.95. */
  readonly criticalRatio?: number;
  /** Interval at which each thread beats and passes a safe point, 10..60,000 ms. Default 1,000. */
  readonly heartbeatMs?: number;
  /** Longest wait of a scrape for the collect callbacks of all threads, 1..60,000 ms. Default 100. */
  readonly collectTimeoutMs?: number;
  /**
   * Bytes of cells for each thread. Default: its share of 512 MiB, at least 256 for each series. With 32 threads that is
   * enough for 5,200 native histograms, 490 summaries or 160 with a sliding window. Address space only: what no series uses takes no memory.
   */
  readonly stripeBytes?: number;
  /** Bytes for label values and definitions. Default 512 for each series and 1,024 for each family. */
  readonly keyBytes?: number;
  /** Label names that usually have a value for each user or request. Default: user_id, session_id, request_id, trace_id. */
  readonly highCardinalityLabels?: readonly string[];
  /** What a family with such a label name gets: a process warning, an error, or nothing. Default `warn`. */
  readonly highCardinalityAction?: 'warn' | 'error' | 'ignore';
  /**
   * Which names of metrics and labels a definition may have, in the terms of Prometheus. `legacy`, the default:
   * `[a-zA-Z_:][a-zA-Z0-9_:]*` for metrics, without the colon for labels, as in other client libraries. `utf8`: any text, as
   * `http.server.duration`; scrapers that do not ask for such names get them escaped, as `http_server_duration`, so two names
   * that an escaping makes the same are refused. The same in every thread of the registry.
   */
  readonly nameValidationScheme?: NameValidationScheme;
  /**
   * How `le` and `quantile` are spelled in the text formats and in OpenMetrics. `canonical`, the default: `1.0`, `0.005`,
   * `1e+06`, `+Inf`, as OpenMetrics has them and as Prometheus itself spells what it reads from protobuf, so a series is the
   * same whatever format a scraper chooses. `prom-client`: `1`, `0.005`, `1000000`, `+Inf`. To a Prometheus before 3 a
   * bucket with another spelling is another series: switching ends the old ones and begins new ones, and quantiles over the
   * switch are taken from both. A Prometheus 3 spells all of them `1.0` itself. Protobuf has numbers there, no texts; strict
   * parsers of OpenMetrics refuse the second form.
   */
  readonly labelNumbers?: LabelNumbers;
}

/** Every option, defaults filled in. */
export type RegistrySettings = Required<RegistryOptions>;

/** What the bytes of an exposition depend on, beside its values. Without one of them, its default counts. */
export type RenderSettings = Pick<RegistryOptions, 'labelNumbers'>;

type Range = readonly [min: number, max: number];

export const COLLECT_TIMEOUT_MS: Range = [1, 60_000];

const NUMBER_RANGES: Record<string, Range> = {
  seriesMax: [1, 10_000_000],
  familySeriesMax: [1, 10_000_000],
  familiesMax: [1, 1_000_000],
  threadsMax: [1, LEASES_MAX],
  labelValueMax: [1, 16_384],
  labelsMax: [1, 100],
  heartbeatMs: [10, 60_000],
  collectTimeoutMs: COLLECT_TIMEOUT_MS,
  stripeBytes: [1_024, 0x7fff_ffff],
  keyBytes: [1_024, 0x7fff_ffff],
};
const RATIOS = ['warningRatio', 'criticalRatio'];
const CHOICES: Record<string, readonly string[]> = {
  highCardinalityAction: ['warn', 'error', 'ignore'],
  nameValidationScheme: NAME_VALIDATION_SCHEMES,
  labelNumbers: ['canonical', 'prom-client'],
};
const KNOWN = [...Object.keys(NUMBER_RANGES), ...RATIOS, 'highCardinalityLabels', ...Object.keys(CHOICES)];

const BYTES_PER_SERIES_CELLS = 256;
const STRIPES_BYTES = 512 * 1_024 * 1_024;
const BYTES_PER_SERIES_KEY = 512;
const BYTES_PER_FAMILY = 1_024;

/**
 * Checks options and fills in defaults.
 *
 * @throws ConfigurationError listing every problem; nothing is created
 */
export function settingsFrom(options: RegistryOptions): RegistrySettings {
  const problems = problemsOf(options as Record<string, unknown>);
  if (problems.length > 0) throw new ConfigurationError('registry options', problems);
  const seriesMax = options.seriesMax ?? 10_000;
  const familiesMax = options.familiesMax ?? 1_000;
  const threadsMax = options.threadsMax ?? 32;
  const settings: RegistrySettings = {
    seriesMax,
    familiesMax,
    familySeriesMax: options.familySeriesMax ?? 1_000,
    threadsMax,
    labelValueMax: options.labelValueMax ?? 256,
    labelsMax: options.labelsMax ?? 10,
    warningRatio: options.warningRatio ?? 0.8,
    criticalRatio: options.criticalRatio ?? 0.95,
    heartbeatMs: options.heartbeatMs ?? 1_000,
    stripeBytes: options.stripeBytes ?? defaultStripeBytes(seriesMax + familiesMax, threadsMax),
    collectTimeoutMs: options.collectTimeoutMs ?? 100,
    keyBytes: options.keyBytes ?? seriesMax * BYTES_PER_SERIES_KEY + familiesMax * BYTES_PER_FAMILY,
    highCardinalityLabels: options.highCardinalityLabels ?? [
      'user_id',
      'session_id',
      'request_id',
      'trace_id',
    ],
    highCardinalityAction: options.highCardinalityAction ?? 'warn',
    nameValidationScheme: options.nameValidationScheme ?? 'legacy',
    labelNumbers: options.labelNumbers ?? 'canonical',
  };
  const problem = sizesProblem(sizesFor(settings));
  if (problem !== undefined) throw new ConfigurationError('registry options', [problem]);
  return settings;
}

function defaultStripeBytes(records: number, threadsMax: number): number {
  const share = Math.floor(STRIPES_BYTES / (threadsMax + 1) / REGION_ALIGN_BYTES) * REGION_ALIGN_BYTES;
  return Math.max(share, records * BYTES_PER_SERIES_CELLS);
}

/** The arena that these settings need. */
export function sizesFor(settings: RegistrySettings): ArenaSizes {
  // Twice the series: removed ones keep their slot until every thread has passed a safe point.
  const slotCount = 2 * (settings.seriesMax + settings.familiesMax);
  return {
    stripeCount: settings.threadsMax,
    stripeBytes: alignUp(settings.stripeBytes, REGION_ALIGN_BYTES),
    // Records beyond the stripes take 56 bytes of address space each, and let that many more threads pass safe points.
    leaseCount: LEASES_MAX,
    bucketCount: 2 ** Math.ceil(Math.log2(slotCount)),
    slotCount,
    keyRegionBytes: alignUp(settings.keyBytes, REGION_ALIGN_BYTES),
  };
}

/** What every thread reads from the arena's header. */
export function limitsFor(settings: RegistrySettings): ArenaLimits {
  const { seriesMax, familySeriesMax, familiesMax, labelValueMax, labelsMax, heartbeatMs } = settings;
  return {
    seriesMax,
    familySeriesMax,
    familiesMax,
    labelValueMax,
    labelsMax,
    warningPercent: Math.round(settings.warningRatio * 100),
    criticalPercent: Math.round(settings.criticalRatio * 100),
    heartbeatMs,
  };
}

function problemsOf(options: Record<string, unknown>): string[] {
  const problems = unknownNameProblems(options, KNOWN, 'a registry');
  for (const [name, range] of Object.entries(NUMBER_RANGES)) {
    const problem = rangeProblem(name, options[name], range);
    if (problem !== undefined) problems.push(problem);
  }
  for (const name of RATIOS) {
    const value = options[name];
    if (value === undefined || (typeof value === 'number' && value >= 0.01 && value <= 1)) continue;
    problems.push(`${name} is ${inspect(value)}; it must be in 0.01..1`);
  }
  const { warningRatio = 0.8, criticalRatio = 0.95 } = options as RegistryOptions;
  if (warningRatio > criticalRatio) {
    problems.push(
      `warningRatio ${warningRatio} is above criticalRatio ${criticalRatio}; a warning comes first`,
    );
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = options[name];
    if (value === undefined || choices.includes(value as string)) continue;
    problems.push(`${name} is ${inspect(value)}; it must be one of ${choices.join(', ')}`);
  }
  const labels = options['highCardinalityLabels'];
  if (labels !== undefined && !(Array.isArray(labels) && labels.every(label => typeof label === 'string'))) {
    problems.push(`highCardinalityLabels is ${inspect(labels)}; it must be an array of label names`);
  }
  return problems;
}

/** What is wrong with an option that is an integer of a range or absent, as text for an error message. */
export function rangeProblem(name: string, value: unknown, [min, max]: Range): string | undefined {
  const isInRange = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  if (value === undefined || isInRange) return undefined;
  return `${name} is ${inspect(value)}; it must be an integer in ${min}..${max}`;
}
