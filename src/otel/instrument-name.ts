/**
 * Instrument name: what an instrument of OpenTelemetry is called in Prometheus (OpenTelemetry specification, "Prometheus and
 * OpenMetrics Compatibility": names of metrics, and UCUM units as words).
 */
import type { InstrumentKind } from '../primitives/attribute-set.js';

export interface FamilyName {
  readonly name: string;
  /** The unit as OpenMetrics has it: the word that the name ends in, before `_total`. Empty when there is none. */
  readonly unit: string;
}

const TOTAL_SUFFIX = '_total';

/** Units of UCUM whose words Prometheus uses. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};
/** What stands behind the slash of a rate. */
const RATE_WORDS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** @param kind a counter ends in `_total`, a gauge of the unit `1` in `_ratio` */
export function familyNameOf(name: string, unit: string, kind: InstrumentKind): FamilyName {
  const isCounter = kind === 'counter';
  const words = legalWords(name);
  const base = isCounter && words.endsWith(TOTAL_SUFFIX) ? words.slice(0, -TOTAL_SUFFIX.length) : words;
  const unitWords = unitWordsOf(unit, kind);
  const isThere = unitWords === '' || `_${base}_`.includes(`_${unitWords}_`);
  const withUnit = isThere ? base : `${base}_${unitWords}`;
  return {
    name: isCounter ? withUnit + TOTAL_SUFFIX : withUnit,
    unit: unitWords !== '' && withUnit.endsWith(`_${unitWords}`) ? unitWords : '',
  };
}

/** A name of the family for an instrument whose own name another family has. */
export function otherFamilyName(
  { name, unit }: FamilyName,
  kind: InstrumentKind,
  attempt: number,
): FamilyName {
  const isCounter = name.endsWith(TOTAL_SUFFIX) && kind === 'counter';
  const base = isCounter ? name.slice(0, -TOTAL_SUFFIX.length) : name;
  const number = attempt === 1 ? '' : `_${attempt}`;
  // The unit stays the end of the name, where every format looks for it.
  const words = unit === '' ? base : base.slice(0, -unit.length - 1);
  const end = unit === '' ? '' : `_${unit}`;
  return { name: `${words}_${kind}${number}${end}${isCounter ? TOTAL_SUFFIX : ''}`, unit };
}

function unitWordsOf(unit: string, kind: InstrumentKind): string {
  // What stands in braces is a remark, as {request}.
  const bare = unit.replace(/\{[^}]*\}/g, '').trim();
  if (bare === '1') return kind === 'gauge' ? 'ratio' : '';
  const slash = bare.indexOf('/');
  if (slash < 0) return wordOf(UNIT_WORDS, bare);
  const [of, per] = [wordOf(UNIT_WORDS, bare.slice(0, slash)), wordOf(RATE_WORDS, bare.slice(slash + 1))];
  if (per === '') return of;
  return of === '' ? `per_${per}` : `${of}_per_${per}`;
}

function wordOf(words: Readonly<Record<string, string>>, unit: string): string {
  const text = unit.trim();
  return Object.hasOwn(words, text)
    ? words[text]!
    : text.replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_|_$/g, '');
}

/** Of characters that no name may have, each run becomes one underscore, and none stands at an end. */
function legalWords(name: string): string {
  const legal = name.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
  if (legal === '') return 'unnamed';
  return /^\d/.test(legal) ? `_${legal}` : legal;
}
