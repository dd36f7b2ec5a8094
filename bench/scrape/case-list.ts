/** All scrape cases. */
import { PROM_CLIENT, PROMETHEUS_IO } from '../baselines/prom-library.js';
import type { NamedPlan, ScrapeCase } from './scrape-case.js';
import { blockCase, httpCase, otelRenderCase, ownRenderCase, promRenderCase } from './scrape-case.js';

const COUNTERS_10K: NamedPlan = {
  key: 'counters-10k',
  operation: '10,000 counters',
  plan: { type: 'counter', families: 10, seriesPerFamily: 1_000 },
};
const HISTOGRAMS_1K: NamedPlan = {
  key: 'histograms-1k',
  operation: '1,000 histograms of 14 lines',
  plan: { type: 'histogram', families: 1, seriesPerFamily: 1_000 },
};
const COUNTERS_10K_ALL: NamedPlan = {
  key: 'counters-10k-all',
  operation: '10,000 counters, every value changes',
  plan: { type: 'counter', families: 10, seriesPerFamily: 1_000, touchStep: 1 },
};
const HISTOGRAMS_1K_ALL: NamedPlan = {
  key: 'histograms-1k-all',
  operation: '1,000 histograms of 14 lines, each changes',
  plan: { type: 'histogram', families: 1, seriesPerFamily: 1_000, touchStep: 1 },
};
const COUNTERS_100K: NamedPlan = {
  key: 'counters-100k',
  operation: '100,000 counters',
  plan: { type: 'counter', families: 10, seriesPerFamily: 10_000 },
  isHeavy: true,
};
const COUNTERS_1M: NamedPlan = {
  key: 'counters-1m',
  operation: '1,000,000 counters',
  plan: { type: 'counter', families: 10, seriesPerFamily: 100_000 },
  isHeavy: true,
};

/** As docs/guides/serving.md advises where threads record without a pause. */
const RECORDER_NICE = 10;

export const SCRAPE_CASES: readonly ScrapeCase[] = [
  ownRenderCase(COUNTERS_10K),
  ownRenderCase(COUNTERS_10K, 'text 1.0.0'),
  ownRenderCase(COUNTERS_10K, 'OpenMetrics'),
  ownRenderCase(COUNTERS_10K, 'protobuf'),
  ownRenderCase(COUNTERS_10K, 'OTLP protobuf'),
  otelRenderCase(COUNTERS_10K),
  ownRenderCase(COUNTERS_10K, 'string'),
  promRenderCase(COUNTERS_10K, PROM_CLIENT),
  promRenderCase(COUNTERS_10K, PROMETHEUS_IO),
  ownRenderCase(HISTOGRAMS_1K),
  ownRenderCase(HISTOGRAMS_1K, 'text 1.0.0'),
  ownRenderCase(HISTOGRAMS_1K, 'OpenMetrics'),
  ownRenderCase(HISTOGRAMS_1K, 'protobuf'),
  ownRenderCase(HISTOGRAMS_1K, 'OTLP protobuf'),
  otelRenderCase(HISTOGRAMS_1K),
  promRenderCase(HISTOGRAMS_1K, PROM_CLIENT),
  promRenderCase(HISTOGRAMS_1K, PROMETHEUS_IO),
  ownRenderCase(COUNTERS_10K_ALL),
  ownRenderCase(COUNTERS_10K_ALL, 'OpenMetrics'),
  ownRenderCase(COUNTERS_10K_ALL, 'protobuf'),
  promRenderCase(COUNTERS_10K_ALL, PROM_CLIENT),
  promRenderCase(COUNTERS_10K_ALL, PROMETHEUS_IO),
  ownRenderCase(HISTOGRAMS_1K_ALL),
  promRenderCase(HISTOGRAMS_1K_ALL, PROM_CLIENT),
  promRenderCase(HISTOGRAMS_1K_ALL, PROMETHEUS_IO),
  ownRenderCase(COUNTERS_100K),
  promRenderCase(COUNTERS_100K, PROM_CLIENT),
  ownRenderCase(COUNTERS_1M),
  promRenderCase(COUNTERS_1M, PROM_CLIENT),
  blockCase(COUNTERS_10K),
  blockCase(COUNTERS_100K),
  blockCase(COUNTERS_1M),
  blockCase(COUNTERS_100K, 'OTLP protobuf'),
  httpCase(2),
  httpCase(2, { nice: RECORDER_NICE }),
  httpCase(2, { transport: 'node' }),
  httpCase(1),
  httpCase(0),
];
