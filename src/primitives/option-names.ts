/** Option names: what the options of each type are called, and which one was meant by a name that is none. */
import { inspect } from 'node:util';
import type { FamilyType } from './family-descriptor.js';

/** `collect` and `registers` included; `aggregator` is one of gauges, and ignored elsewhere, as prom-client has it. */
const OF_EVERY_TYPE = ['name', 'help', 'labelNames', 'collect', 'registers'];
/** Given by instruments of OpenTelemetry: no user is told of it. */
const INTERNAL = ['openLabels'];
const OF_VALUES = [...OF_EVERY_TYPE, 'unit', 'sharing', 'seriesMax', 'idleExpirySeconds'];

const OPTIONS: Record<FamilyType, readonly string[]> = {
  counter: [...OF_VALUES, 'enableExemplars'],
  gauge: [...OF_VALUES, 'aggregator'],
  histogram: [...OF_VALUES, 'buckets', 'native', 'enableExemplars'],
  summary: [...OF_VALUES, 'percentiles', 'relativeError', 'maxBuckets', 'maxAgeSeconds', 'ageBuckets'],
  info: OF_EVERY_TYPE,
  stateset: [...OF_EVERY_TYPE, 'states', 'initial', 'seriesMax'],
};
const NATIVE_OPTIONS = ['schema', 'maxBuckets', 'zeroThreshold'];

/** Refused by checks of their own, which say why. */
const REFUSED_ELSEWHERE: Partial<Record<FamilyType, readonly string[]>> = {
  info: ['unit', 'idleExpirySeconds'],
  stateset: ['unit', 'idleExpirySeconds'],
};
/** Options of prom-client that have no effect here. */
const TOLERATED: Partial<Record<FamilyType, readonly string[]>> = {
  summary: ['compressCount', 'pruneAgedBuckets'],
};

/** Of the longer name, the share of letters by which another may differ and still be what was meant. */
const DISTANCE_MAX = 0.4;

/**
 * What is wrong with the names of a definition's options, a line for each name, the last one with those that there are.
 * An option that is undefined is not given.
 */
export function optionNameProblems(type: FamilyType, options: object): string[] {
  const what = type === 'info' ? 'an info' : `a ${type === 'stateset' ? 'state set' : type}`;
  const known = OPTIONS[type];
  const strangers = strangersIn(options, [
    ...known,
    ...(REFUSED_ELSEWHERE[type] ?? []),
    ...(TOLERATED[type] ?? []),
    'aggregator',
    ...INTERNAL,
    ...((options as { enableExemplars?: unknown }).enableExemplars === false ? ['enableExemplars'] : []),
  ]);
  return problemsOf(strangers, known, what);
}

/** As optionNameProblems, for the options in `native`. */
export function nativeNameProblems(native: object): string[] {
  return problemsOf(strangersIn(native, NATIVE_OPTIONS), NATIVE_OPTIONS, 'native');
}

/**
 * As optionNameProblems, for options that a wrapper may pass on with some of its own: names that resemble one of `known`
 * are taken for misspelt, others are left alone.
 */
export function misspeltNameProblems(options: object, known: readonly string[], what: string): string[] {
  const misspelt = strangersIn(options, known).filter(name => nearestName(name, known) !== undefined);
  return problemsOf(misspelt, known, what);
}

/** As optionNameProblems, of an object whose options are `known`. */
export function unknownNameProblems(options: object, known: readonly string[], what: string): string[] {
  return problemsOf(strangersIn(options, known), known, what);
}

function strangersIn(options: object, accepted: readonly string[]): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined || accepted.includes(name) ? [] : [name],
  );
}

function problemsOf(strangers: readonly string[], known: readonly string[], what: string): string[] {
  if (strangers.length === 0) return [];
  const lines = strangers.map(name => {
    const meant = nearestName(name, known);
    const text = /^\w+$/.test(name) ? name : inspect(name);
    return `${text} is no option of ${what}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  });
  return [...lines, `the options of ${what} are ${known.join(', ')}`];
}

/** The known name that is most like `name`; undefined when none is. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestShare = DISTANCE_MAX;
  for (const candidate of known) {
    // One that is much longer or shorter is not meant, and a very long one would take long to compare.
    const longer = Math.max(name.length, candidate.length);
    if (Math.abs(name.length - candidate.length) > longer * DISTANCE_MAX) continue;
    const share = distance(name.toLowerCase(), candidate.toLowerCase()) / longer;
    if (share > bestShare || (share === bestShare && best !== undefined)) continue;
    best = candidate;
    bestShare = share;
  }
  return best;
}

/** Letters to insert, drop or replace, and neighbours to swap (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwapped ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
