/**
 * Negotiation: which format a scrape is answered in (RFC 9110, 12.5.1; prometheus.io/docs/instrumenting/content_negotiation).
 *
 * Of the formats that are there, the one that the client gives the highest weight. At equal weights a format that the
 * client names comes before one that only a wildcard covers; named ones go from the richest to the plainest, those of a
 * wildcard the other way round: what sends nothing but a wildcard is a browser, or a person with a command line.
 *
 * There is always an answer. A client that accepts nothing of what is there gets the text format 0.0.4: a scrape that is
 * refused loses more than one that is not understood.
 */
import type { Escaping } from '../primitives/name-escaping.js';
import { parseWeightedList } from './weighted-list.js';
import type { WeightedMember } from './weighted-list.js';

export type ExpositionFormat = 'text' | 'openmetrics' | 'protobuf';

export interface Exposition {
  readonly format: ExpositionFormat;
  /** Of the text formats; `delimited`, its encoding, for protobuf. */
  readonly version: '0.0.1' | '0.0.4' | '1.0.0' | 'delimited';
  readonly escaping: Escaping;
  /** The value of the Content-Type header. */
  readonly contentType: string;
}

interface Variant {
  readonly format: ExpositionFormat;
  readonly version: Exposition['version'];
  readonly mediaType: string;
  /** What a range that names none of these means; it must name them all otherwise. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly isDefaultOfType: boolean;
  /** Content type without escaping. */
  readonly contentType: string;
  /** Its content type always tells the escaping. */
  readonly tellsEscaping: boolean;
}

interface Candidate {
  readonly variant: Variant;
  readonly range: WeightedMember;
  readonly specificity: number;
}

const NAMED_WITH_VERSION = 3;
const NAMED = 2;
const TYPE_WILDCARD = 1;
const WILDCARD = 0;

const PROTOBUF: Variant = {
  format: 'protobuf',
  version: 'delimited',
  mediaType: 'application/vnd.google.protobuf',
  parameters: { proto: 'io.prometheus.client.MetricFamily', encoding: 'delimited' },
  isDefaultOfType: false,
  contentType: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  tellsEscaping: false,
};
const OPENMETRICS_1_0_0 = textVariant('openmetrics', '1.0.0', { isDefaultOfType: true });
const OPENMETRICS_0_0_1 = textVariant('openmetrics', '0.0.1', {});
const TEXT_1_0_0 = textVariant('text', '1.0.0', { tellsEscaping: true });
const TEXT_0_0_4 = textVariant('text', '0.0.4', { isDefaultOfType: true });

/** In the order in which equal weights are decided among the formats that a client names. */
const NAMED_ORDER: readonly Variant[] = [
  PROTOBUF,
  OPENMETRICS_1_0_0,
  OPENMETRICS_0_0_1,
  TEXT_1_0_0,
  TEXT_0_0_4,
];
const WILDCARD_ORDER: readonly Variant[] = [
  TEXT_0_0_4,
  TEXT_1_0_0,
  OPENMETRICS_1_0_0,
  OPENMETRICS_0_0_1,
  PROTOBUF,
];

const ESCAPING_BY_NAME: ReadonlyMap<string, Escaping> = new Map<string, Escaping>([
  ['allow-utf-8', 'allow-utf-8'],
  // The specification spells it so in its list of values, and in the other way everywhere else.
  ['allow-utf8', 'allow-utf-8'],
  ['underscores', 'underscores'],
  ['dots', 'dots'],
  ['values', 'values'],
]);
const ESCAPING_DEFAULT: Escaping = 'underscores';

/**
 * The format for a client that sends this Accept header. Never throws.
 *
 * @param accept undefined or empty when the client sends none
 * @param offered the formats that can be rendered, each in all of its versions; text always can
 */
export function negotiateExposition(
  accept: string | undefined,
  offered: readonly ExpositionFormat[] = ['text'],
): Exposition {
  const ranges = parseWeightedList(accept ?? '');
  let best: Candidate | undefined;
  for (const variant of NAMED_ORDER) {
    if (variant.format !== 'text' && !offered.includes(variant.format)) continue;
    const candidate = candidateOf(variant, ranges);
    if (candidate === undefined || candidate.range.quality === 0) continue;
    if (best === undefined || isBetter(candidate, best)) best = candidate;
  }
  if (best === undefined) return expositionOf(TEXT_0_0_4, undefined);
  return expositionOf(best.variant, escapingFor(best, ranges));
}

/** The range that speaks of this variant: the most specific one, and of equally specific ones the one with most weight. */
function candidateOf(variant: Variant, ranges: readonly WeightedMember[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const range of ranges) {
    const specificity = specificityOf(variant, range);
    if (specificity === undefined) continue;
    const isMore = best === undefined || specificity > best.specificity;
    const isHeavier = specificity === best?.specificity && range.quality > best.range.quality;
    if (isMore || isHeavier) best = { variant, range, specificity };
  }
  return best;
}

/** How closely a range names a variant; undefined when it does not cover it. */
function specificityOf(variant: Variant, { value, parameters }: WeightedMember): number | undefined {
  // A lone star is no media range, but Java sends it as one.
  if (value === '*/*' || value === '*') return WILDCARD;
  if (value === `${variant.mediaType.split('/', 1)[0]}/*`) return TYPE_WILDCARD;
  if (value !== variant.mediaType) return undefined;
  const wanted = Object.entries(variant.parameters);
  if (wanted.every(([name]) => !parameters.has(name))) return variant.isDefaultOfType ? NAMED : undefined;
  const isWanted = wanted.every(([name, text]) => parameters.get(name)?.toLowerCase() === text.toLowerCase());
  return isWanted ? NAMED_WITH_VERSION : undefined;
}

/** `candidate` comes behind `best` in the order of named variants. */
function isBetter(candidate: Candidate, best: Candidate): boolean {
  const quality = candidate.range.quality - best.range.quality;
  if (quality !== 0) return quality > 0;
  if (isNamed(candidate) !== isNamed(best)) return isNamed(candidate);
  if (isNamed(candidate)) return false;
  return WILDCARD_ORDER.indexOf(candidate.variant) < WILDCARD_ORDER.indexOf(best.variant);
}

function isNamed({ specificity }: Candidate): boolean {
  return specificity >= NAMED;
}

/**
 * The escaping that the range names. A scraper names it beside its text formats only, and means all of its series: for
 * protobuf the one counts that it gives the most weight, or a series would be called otherwise in each format.
 */
function escapingFor({ variant, range }: Candidate, ranges: readonly WeightedMember[]): Escaping | undefined {
  const own = escapingOf(range);
  if (own !== undefined || variant !== PROTOBUF) return own;
  const others = ranges.filter(other => other.quality > 0 && escapingOf(other) !== undefined);
  others.sort((a, b) => b.quality - a.quality);
  return others.length === 0 ? undefined : escapingOf(others[0]);
}

function escapingOf({ parameters }: WeightedMember): Escaping | undefined {
  return ESCAPING_BY_NAME.get(parameters.get('escaping')?.toLowerCase() ?? '');
}

/** @param named the escaping that the client asks for, if it does */
function expositionOf(variant: Variant, named: Escaping | undefined): Exposition {
  const { format, version, tellsEscaping } = variant;
  const escaping = named ?? ESCAPING_DEFAULT;
  const isTold = tellsEscaping || named !== undefined;
  const contentType = isTold ? `${variant.contentType}; escaping=${escaping}` : variant.contentType;
  return { format, version, escaping, contentType };
}

function textVariant(
  format: 'text' | 'openmetrics',
  version: '0.0.1' | '0.0.4' | '1.0.0',
  { isDefaultOfType = false, tellsEscaping = false },
): Variant {
  const mediaType = format === 'text' ? 'text/plain' : 'application/openmetrics-text';
  const contentType = `${mediaType}; version=${version}; charset=utf-8`;
  return {
    format,
    version,
    mediaType,
    parameters: { version },
    isDefaultOfType,
    contentType,
    tellsEscaping,
  };
}
