/** All micro cases, in the order of the table: by operation, this library first. */
import { openTelemetryCases } from '../baselines/opentelemetry.js';
import { promCounterCases } from '../baselines/prom-counters.js';
import { promGaugeCases } from '../baselines/prom-gauges.js';
import { promHistogramCases } from '../baselines/prom-histograms.js';
import { PROM_CLIENT, PROMETHEUS_IO } from '../baselines/prom-library.js';
import { promSummaryCases } from '../baselines/prom-summaries.js';
import { rawMemoryCases } from '../baselines/raw-memory.js';
import { bucketSearchCases } from './bucket-search-cases.js';
import { OPERATIONS } from './operations.js';
import { ownCounterCases } from './own-counter-cases.js';
import { ownGaugeCases } from './own-gauge-cases.js';
import { ownHistogramCases } from './own-histogram-cases.js';
import { ownSketchCases } from './own-sketch-cases.js';
import { OWN_IMPLEMENTATIONS } from './own-implementation.js';
import { PLANTED_LOSS } from './planted-loss.js';
import type { MicroCase } from './workload.js';

export const MICRO_CASES: readonly MicroCase[] = [...byOperation(allCases()), PLANTED_LOSS];

function allCases(): MicroCase[] {
  const own = OWN_IMPLEMENTATIONS.flatMap(implementation => [
    ...ownCounterCases(implementation),
    ...ownGaugeCases(implementation),
    ...ownHistogramCases(implementation),
    ...ownSketchCases(implementation),
  ]);
  const prom = [PROM_CLIENT, PROMETHEUS_IO].flatMap(library => [
    ...promCounterCases(library),
    ...promGaugeCases(library),
    ...promHistogramCases(library),
    ...promSummaryCases(library),
  ]);
  return [...own, ...rawMemoryCases(), ...prom, ...openTelemetryCases(), ...bucketSearchCases()];
}

function byOperation(cases: readonly MicroCase[]): MicroCase[] {
  return Object.values(OPERATIONS).flatMap(operation => cases.filter(one => one.operation === operation));
}
