/**
 * Family descriptor: the immutable definition of a family, as every thread of a process agrees on it.
 *
 * A definition is checked here before anything is written: names by name-rules.ts, labels, units and bounds by what the
 * formats can show.
 */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { BUCKETS_MAX } from '../memory/bucket-index.js';
import type { Aggregator } from '../memory/cell-reader.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import { ATTRIBUTES_LABEL } from './attribute-set.js';
import {
  NAME_MAX,
  escapedLabelProblem,
  labelNameProblem,
  metricNameProblem,
  shownName,
} from './name-rules.js';
import type { NameValidationScheme } from './name-rules.js';
import { optionNameProblems } from './option-names.js';
import type { NativeBuckets } from './sketch-options.js';
import { nativeSketch, summarySketch } from './sketch-options.js';
import { checkStates } from './states.js';

export { describeConflict } from './definition-conflict.js';
export { NAME_MAX };

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset';

/** `striped`: each thread its own cells, the default. `atomic`: one cell that every thread changes by exchange. */
export type Sharing = 'striped' | 'atomic';

export interface FamilyDescriptor {
  readonly type: FamilyType;
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly aggregator: Aggregator;
  readonly sharing: Sharing;
  /** Upper bounds of a histogram, increasing, without `+Inf`; empty for other types. */
  readonly bounds: readonly number[];
  /** Native buckets of a histogram, or what the quantiles of a summary are taken from; null for everything else. */
  readonly sketch: SketchShape | null;
  /** Quantiles that a summary shows, increasing; empty for other types. */
  readonly quantiles: readonly number[];
  /** True for a counter or a histogram whose series have room for exemplars. */
  readonly enableExemplars: boolean;
  /** States of a state set, in this order; empty for other types. */
  readonly states: readonly string[];
  /** The state that a series of a state set starts in; empty for other types. */
  readonly initial: string;
  /** Cardinality limit; 0 stands for the registry's familySeriesMax. */
  readonly seriesMax: number;
  /** Time after which an unchanged series is removed; 0 is never. */
  readonly idleExpirySeconds: number;
  /** True where the label names come with each series: its only label value is then the text of attribute-set.ts. */
  readonly openLabels: boolean;
}

/** Options that every family has in common. */
export interface FamilyOptions<L extends string = string> {
  /**
   * `[a-zA-Z_:][a-zA-Z0-9_:]*`, or any text when the registry's nameValidationScheme is `utf8`; at most 1,000 UTF-16 units.
   * For a counter it should end in `_total`.
   */
  readonly name: string;
  /** One sentence for people; must not be empty. */
  readonly help: string;
  readonly labelNames?: readonly L[] | undefined;
  /** Base unit, as `seconds` or `bytes`; the name must end in it, that of a counter before its `_total`. */
  readonly unit?: string | undefined;
  readonly sharing?: Sharing | undefined;
  /** Most series of this family; the excess is recorded in its overflow series. Default: the registry's limit. */
  readonly seriesMax?: number | undefined;
  /**
   * Seconds after which a series whose value has not changed is removed, as by remove(); more than 0. Default: never.
   * The next recording creates it again, from zero; one that coincides with the removal is lost with it. A gauge that
   * is set to the value that it has is unchanged. Has no effect on a family without labels.
   */
  readonly idleExpirySeconds?: number | undefined;
}

/** An option of counters and histograms. */
export interface ExemplarOption {
  /**
   * Keep the last exemplar of each bucket, or of the counter: labels that say what produced one observation, such as a
   * trace. Costs 160 bytes for each bucket of each series in each thread that records. Default false.
   */
  readonly enableExemplars?: boolean | undefined;
}

/** Everything that defines a family, whatever its type. */
export interface FamilyDescription extends FamilyOptions, ExemplarOption {
  readonly aggregator?: Aggregator | undefined;
  readonly buckets?: readonly number[] | undefined;
  readonly native?: boolean | NativeBuckets | undefined;
  readonly percentiles?: readonly number[] | undefined;
  /** As SummarySketch. */
  readonly relativeError?: number | undefined;
  readonly maxBuckets?: number | undefined;
  readonly maxAgeSeconds?: number | undefined;
  readonly ageBuckets?: number | undefined;
  readonly states?: readonly string[] | undefined;
  readonly initial?: string | undefined;
  /** As FamilyDescriptor. For instruments of OpenTelemetry, not for users. */
  readonly openLabels?: boolean | undefined;
}

/** What the sample of an info has behind the name of its family. */
export const INFO_SUFFIX = '_info';

/** Label of the overflow series (OpenTelemetry metrics SDK specification, "Overflow attribute"). */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/** Of a label name that is refused, how much an error shows. */
const LABEL_SHOWN_MAX = 100;
/** Labels that samples get beside those of their series. */
const RESERVED_LABELS: Record<FamilyType, readonly string[]> = {
  counter: [OVERFLOW_LABEL],
  gauge: [OVERFLOW_LABEL],
  histogram: ['le', OVERFLOW_LABEL],
  summary: ['quantile', OVERFLOW_LABEL],
  info: [OVERFLOW_LABEL],
  stateset: [OVERFLOW_LABEL],
};
export const AGGREGATORS: readonly Aggregator[] = [
  'sum',
  'min',
  'max',
  'average',
  'first',
  'last',
  'omit',
  'thread',
];
/** Of types that users choose none for: what a merge over processes would have to do. */
const FIXED_AGGREGATORS: Partial<Record<FamilyType, Aggregator>> = { info: 'first', stateset: 'last' };
/** What a unit may consist of in a UNIT line of OpenMetrics. */
const UNIT = /^[a-zA-Z0-9_:]+$/;
const TOTAL_SUFFIX = '_total';

/**
 * Checks the options of a family and fills in the defaults.
 *
 * @throws TypeError when there are no options, Error naming what is missing or invalid
 */
export function describeFamily(
  type: FamilyType,
  options: FamilyDescription,
  labelsMax: number,
  scheme: NameValidationScheme = 'legacy',
): FamilyDescriptor {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `constructor expected a config object, such as { name: 'jobs_total', help: 'Jobs done.' }, not ${inspect(options)}`,
    );
  if (!options.help) {
    const of = options.name ? ` of ${shownName(options.name)}` : '';
    throw new Error(`Missing mandatory help parameter${of}; say in it what is measured`);
  }
  if (!options.name)
    throw new Error(`Missing mandatory name parameter; the help is ${inspect(options.help)}`);
  checkName(options.name, scheme);
  const strangers = optionNameProblems(type, options);
  if (strangers.length > 0) throw new ConfigurationError(options.name, strangers);
  checkLists(options);
  const openLabels = options.openLabels === true;
  const labelNames = openLabels ? [ATTRIBUTES_LABEL] : [...(options.labelNames ?? [])];
  checkLabelNames(type, options, labelsMax, scheme);
  // Other types ignore the option, as other client libraries do.
  const aggregator = (type === 'gauge' ? options.aggregator : undefined) ?? 'sum';
  checkStateLike(type, options);
  checkChoices(type, options, aggregator, labelNames);
  const bounds = type === 'histogram' ? boundsOf(options) : [];
  const quantiles = type === 'summary' ? [...(options.percentiles ?? [])] : [];
  checkBounds(options.name, bounds);
  const sketch = sketchOf(type, options, quantiles);
  return {
    type,
    name: options.name,
    help: String(options.help),
    unit: options.unit ?? '',
    labelNames,
    aggregator: FIXED_AGGREGATORS[type] ?? aggregator,
    // The last value set by any thread is one value, not one per thread.
    sharing: aggregator === 'last' || type === 'stateset' ? 'atomic' : (options.sharing ?? 'striped'),
    bounds,
    sketch,
    // As every format wants them. An order of their own means nothing.
    quantiles: quantiles.sort((a, b) => a - b),
    enableExemplars: hasExemplars(type, options),
    ...statesOf(type, options),
    seriesMax: options.seriesMax ?? 0,
    idleExpirySeconds: options.idleExpirySeconds ?? 0,
    openLabels,
  };
}

export function encodeDescriptor(descriptor: FamilyDescriptor): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(descriptor));
}

export function decodeDescriptor(bytes: Uint8Array): FamilyDescriptor {
  return JSON.parse(new TextDecoder().decode(bytes)) as FamilyDescriptor;
}

function sketchOf(
  type: FamilyType,
  options: FamilyDescription,
  quantiles: readonly number[],
): SketchShape | null {
  const problems: string[] = [];
  let sketch: SketchShape | null = null;
  const { native } = options;
  if (type === 'histogram' && native !== undefined && native !== false) {
    if (native !== true && (typeof native !== 'object' || native === null || Array.isArray(native)))
      problems.push(`native is ${inspect(native)}; it must be true or an object of options`);
    else sketch = nativeSketch(native, problems);
  }
  if (type === 'summary') {
    sketch = summarySketch(options, problems);
    checkQuantiles(quantiles, problems);
  }
  if (problems.length > 0) throw new ConfigurationError(options.name, problems);
  return sketch;
}

/** Of other types, option-names.ts has let through `false` at most. */
function hasExemplars(type: FamilyType, { name, enableExemplars = false }: FamilyDescription): boolean {
  if (type !== 'counter' && type !== 'histogram') return false;
  if (typeof enableExemplars === 'boolean') return enableExemplars;
  throw new ConfigurationError(name, [
    `enableExemplars is ${inspect(enableExemplars)}; it must be true or false`,
  ]);
}

function statesOf(
  type: FamilyType,
  { states = [], initial = states[0] }: FamilyDescription,
): Pick<FamilyDescriptor, 'states' | 'initial'> {
  return type === 'stateset' ? { states: [...states], initial: initial! } : { states: [], initial: '' };
}

/** Infos and state sets say what is so, not how much (OpenMetrics, "StateSet" and "Info"): neither has a unit. */
function checkStateLike(type: FamilyType, options: FamilyDescription): void {
  if (type !== 'info' && type !== 'stateset') return;
  const problems: string[] = [];
  if (options.unit) problems.push(`unit ${options.unit} is given; type ${type} has none, leave it out`);
  // What is so stays so: nobody would set it again because time has passed.
  if (options.idleExpirySeconds !== undefined)
    problems.push(`idleExpirySeconds is given; series of type ${type} do not expire, leave it out`);
  if (type === 'stateset') checkStates(options, OVERFLOW_LABEL, problems);
  else if (!options.labelNames?.length && options.openLabels !== true)
    problems.push('labelNames is empty; an info consists of its labels');
  if (problems.length > 0) throw new ConfigurationError(options.name, problems);
}

function checkQuantiles(quantiles: readonly number[], problems: string[]): void {
  quantiles.forEach((quantile, index) => {
    if (!(typeof quantile === 'number' && quantile >= 0 && quantile <= 1))
      problems.push(`percentile ${inspect(quantile)} is not in 0..1`);
    else if (quantiles.indexOf(quantile) !== index) problems.push(`percentile ${quantile} is given twice`);
  });
}

function checkLists({ name, labelNames, buckets, percentiles }: FamilyDescription): void {
  const problems: string[] = [];
  if (labelNames !== undefined && !Array.isArray(labelNames)) {
    problems.push(`labelNames is ${inspect(labelNames)}; it must be an array of names`);
  }
  if (buckets !== undefined && !Array.isArray(buckets)) {
    problems.push(`buckets is ${inspect(buckets)}; it must be an array of numbers`);
  }
  if (percentiles !== undefined && !Array.isArray(percentiles)) {
    problems.push(`percentiles is ${inspect(percentiles)}; it must be an array of numbers in 0..1`);
  }
  if (problems.length > 0) throw new ConfigurationError(name, problems);
}

function checkName(name: string, scheme: NameValidationScheme): void {
  const problem = metricNameProblem(name, scheme);
  if (problem !== undefined) throw new Error(`Invalid metric name: ${shownName(name)}; ${problem}`);
}

function checkLabelNames(
  type: FamilyType,
  { name, labelNames = [] }: FamilyDescription,
  labelsMax: number,
  scheme: NameValidationScheme,
): void {
  const invalid = labelNames.filter(label => labelNameProblem(label, scheme) !== undefined);
  if (invalid.length > 0) {
    throw new Error(
      `Invalid label name: ${invalid.map(label => String(label).slice(0, LABEL_SHOWN_MAX)).join(', ')} of ${name}; ` +
        `${labelNameProblem(invalid[0], scheme)}`,
    );
  }
  const reserved = RESERVED_LABELS[type].find(label => labelNames.includes(label));
  if (reserved !== undefined) {
    throw new Error(
      `${reserved} is a reserved label keyword; samples of the ${type} ${name} have it by themselves, rename the label`,
    );
  }
  const internal = labelNames.find(label => label.startsWith('__'));
  if (internal !== undefined) {
    throw new Error(
      `Invalid label name: ${internal} of ${name}; names that start with __ are reserved for Prometheus`,
    );
  }
  const twice = labelNames.find((label, index) => labelNames.indexOf(label) !== index);
  if (twice !== undefined) throw new Error(`Invalid label name: ${twice} of ${name} is given twice`);
  const clash = escapedLabelProblem(labelNames, RESERVED_LABELS[type]);
  if (clash !== undefined) throw new Error(`Invalid label name: of ${name}, ${clash}`);
  if (labelNames.length > labelsMax) {
    throw new Error(
      `${name} has ${labelNames.length} label names, the limit is ${labelsMax}; drop some or raise labelsMax`,
    );
  }
}

function checkChoices(
  type: FamilyType,
  options: FamilyOptions,
  aggregator: Aggregator,
  labelNames: readonly string[],
): void {
  const problems: string[] = [];
  if (!AGGREGATORS.includes(aggregator)) {
    problems.push(`aggregator ${inspect(aggregator)} is not one of ${AGGREGATORS.join(', ')}`);
  }
  if (aggregator === 'thread' && labelNames.includes('thread')) {
    problems.push('label thread is added by aggregator thread; rename the label');
  }
  if (options.sharing !== undefined && options.sharing !== 'striped' && options.sharing !== 'atomic') {
    problems.push(`sharing ${inspect(options.sharing)} is not one of striped, atomic`);
  }
  if (options.seriesMax !== undefined && (!Number.isInteger(options.seriesMax) || options.seriesMax < 1)) {
    problems.push(`seriesMax ${inspect(options.seriesMax)} is no positive integer`);
  }
  const { idleExpirySeconds } = options;
  if (idleExpirySeconds !== undefined && !isPositiveNumber(idleExpirySeconds)) {
    problems.push(
      `idleExpirySeconds ${inspect(idleExpirySeconds)} is no positive, finite number; leave it out to keep idle series`,
    );
  }
  const unitProblem = unitProblemOf(type, options);
  if (unitProblem !== undefined) problems.push(unitProblem);
  if (problems.length > 0) throw new ConfigurationError(options.name, problems);
}

function isPositiveNumber(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

/** A unit is a line of OpenMetrics and a field of protobuf; a server drops the whole scrape for one that is not in the name. */
function unitProblemOf(type: FamilyType, { name, unit }: FamilyOptions): string | undefined {
  if (unit === undefined || unit === '') return undefined;
  if (typeof unit !== 'string' || !UNIT.test(unit))
    return `unit is ${inspect(unit)}; it must match ${UNIT.source}`;
  if ((type === 'counter' ? withoutTotal(name) : name).endsWith(`_${unit}`)) return undefined;
  return `unit ${unit} is not the end of the name; rename it to ${nameWithUnit(type, name, unit)}`;
}

/** Only the sample of a counter goes on behind the unit. */
function nameWithUnit(type: FamilyType, name: string, unit: string): string {
  const base = withoutTotal(name);
  if (type === 'counter') return `${base}_${unit}${base === name ? '' : TOTAL_SUFFIX}`;
  return base.endsWith(`_${unit}`) ? base : `${base}_${unit}`;
}

function withoutTotal(name: string): string {
  return name.endsWith(TOTAL_SUFFIX) ? name.slice(0, -TOTAL_SUFFIX.length) : name;
}

/** A trailing Infinity is what is there anyway: `+Inf` is never listed. */
function boundsOf({ buckets = [] }: FamilyDescription): number[] {
  return buckets.at(-1) === Infinity ? buckets.slice(0, -1) : [...buckets];
}

function checkBounds(name: string, bounds: readonly number[]): void {
  const problems: string[] = [];
  bounds.forEach((bound, index) => {
    if (typeof bound !== 'number' || Number.isNaN(bound))
      problems.push(`bucket ${inspect(bound)} is no number`);
    else if (!Number.isFinite(bound))
      problems.push(`bucket ${bound} is not finite; leave it out, +Inf is always there`);
    else if (index > 0 && bound <= bounds[index - 1]!) {
      problems.push(
        `bucket ${bound} does not follow ${bounds[index - 1]}; sort them and leave out duplicates`,
      );
    }
  });
  if (bounds.length >= BUCKETS_MAX)
    problems.push(`${bounds.length} buckets are more than ${BUCKETS_MAX - 1}`);
  if (problems.length > 0) throw new ConfigurationError(name, problems);
}
