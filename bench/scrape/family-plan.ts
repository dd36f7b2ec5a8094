/** Family plan: which families and series a registry under test has, and what each series is given. */
import type { Check } from '../harness/bench-case.js';
import { countSamples, sumOfSamples } from '../harness/exposition-text.js';

export interface FamilyPlan {
  readonly type: 'counter' | 'histogram';
  readonly families: number;
  readonly seriesPerFamily: number;
  /** Of how many series one changes between two renders; one of sixteen if absent. */
  readonly touchStep?: number;
}

export const LABEL_NAMES = ['method', 'route'] as const;
export type PlanLabels = Record<(typeof LABEL_NAMES)[number], string>;

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'];
const BUCKET_LINES = 12;
/** Lines of each of the two types: buckets, sum and count. */
export const LINES_PER_SERIES = { counter: 1, histogram: BUCKET_LINES + 2 } as const;

export function seriesCount({ families, seriesPerFamily }: FamilyPlan): number {
  return families * seriesPerFamily;
}

export function familyName({ type }: FamilyPlan, family: number): string {
  return type === 'counter' ? `bench_${family}_events_total` : `bench_${family}_duration_seconds`;
}

export function labelsOf(series: number): PlanLabels {
  return { method: METHODS[series & 3], route: `/api/v1/resources/${series >> 2}` };
}

/** What one thread gives to a series: counts of one to six digits; a histogram gets it as 1/1024 s, an exact double. */
export function amountOf(series: number): number {
  return ((series * 7_919) % 1_000_003) + 1;
}

export function observationOf(series: number): number {
  return ((amountOf(series) % 12_000) + 1) / 1_024;
}

/** Compares a rendered text with `times` full recordings of the plan, and `touches` further increments by 1. */
export function checksOfText(plan: FamilyPlan, text: string, times: number, touches: number): Check[] {
  const series = seriesCount(plan);
  const names = Array.from({ length: plan.families }, (_, family) => familyName(plan, family));
  const total = (suffix: string): number => sumOver(names, name => sumOfSamples(text, name + suffix));
  const lines = (suffix: string): number => sumOver(names, name => countSamples(text, name + suffix));
  if (plan.type === 'counter') {
    const given = times * plan.families * sumOver(indexes(plan.seriesPerFamily), amountOf);
    return [
      { what: 'counter lines', expected: series, found: lines('') },
      { what: 'sum of counters', expected: given + touches, found: total('') },
    ];
  }
  const given = times * plan.families * sumOver(indexes(plan.seriesPerFamily), observationOf);
  return [
    { what: 'bucket lines', expected: series * BUCKET_LINES, found: lines('_bucket') },
    { what: 'sum of counts', expected: times * series + touches, found: total('_count') },
    { what: 'sum of sums', expected: given + touches, found: total('_sum') },
  ];
}

function indexes(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function sumOver<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
