/**
 * Shown names: every name under which a family or a sample of it stands in an exposition. No two families may share one.
 *
 *     counter a or a_total   a_total and a_created in OpenMetrics, which calls both families `a`; its own name elsewhere
 *     histogram a            a, a_bucket, a_sum, a_count, a_created
 *     summary a              a, a_sum, a_count, a_created
 *     info a                 a in OpenMetrics, a_info
 *     gauge a, state set a   a
 */
import type { FamilyType } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import { escapeMetricName } from '../primitives/name-escaping.js';
import type { Escaping } from '../primitives/name-escaping.js';

const TOTAL_SUFFIX = '_total';

/** What the samples of a family add to its name, beside samples of the name itself. */
const SAMPLE_SUFFIXES: Record<FamilyType, readonly string[]> = {
  counter: [TOTAL_SUFFIX, '_created'],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  info: [INFO_SUFFIX],
  stateset: [],
};

const ALL_SUFFIXES = [...new Set(Object.values(SAMPLE_SUFFIXES).flat())];

/** A family, as far as its names depend on it. */
export interface NamedFamily {
  readonly name: string;
  readonly type: FamilyType;
}

/** In an exposition with this escaping, some twice. The suffixes of samples are never escaped: they are legacy names. */
export function shownNames({ name, type }: NamedFamily, escaping: Escaping): string[] {
  const shown = escapeMetricName(name, escaping);
  const base = openMetricsName({ name: shown, type });
  return [shown, base, ...SAMPLE_SUFFIXES[type].map(suffix => base + suffix)];
}

/** What OpenMetrics calls a family: a counter without `_total`, which only its sample has. */
export function openMetricsName({ name, type }: NamedFamily): string {
  return type === 'counter' ? (withoutSuffix(name, TOTAL_SUFFIX) ?? name) : name;
}

/** The names that a family may have which shows this name without an escaping, and others. */
export function possibleOwners(shown: string): string[] {
  const bases = [shown, ...ALL_SUFFIXES.flatMap(suffix => withoutSuffix(shown, suffix) ?? [])];
  return bases.flatMap(base => [base, base + TOTAL_SUFFIX]);
}

function withoutSuffix(name: string, suffix: string): string | undefined {
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined;
}
