/** Temporality: since when the values of a metric count - its creation, or the last export. */
import type { MetricIdentity } from './metric-identity.js';

export const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;

/**
 * Names of the specification. `delta`: of sums and histograms what they have gained since the last push that arrived.
 * `lowmemory`: as delta, but sums that are only read when they are collected are cumulative.
 */
export type TemporalityPreference = (typeof TEMPORALITIES)[number];

export type Temporality = 'cumulative' | 'delta';

/** What goes up and down is never a difference: a receiver that has missed one would be wrong for ever. */
export function temporalityOf(preference: TemporalityPreference, metric: MetricIdentity): Temporality {
  const { kind, isObserved } = metric;
  if (preference === 'cumulative') return 'cumulative';
  if (kind === 'histogram' || kind === 'exponentialHistogram') return 'delta';
  return kind === 'sum' && !(isObserved && preference === 'lowmemory') ? 'delta' : 'cumulative';
}
