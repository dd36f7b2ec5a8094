/** The process of one memory case: resident memory before the library, with a registry, with series, after a scrape. */
import type { CaseReport, CaseRequest } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { countSamples, sumOfSamples } from '../harness/exposition-text.js';
import { MEMORY_CASES } from './case-list.js';
import { counterName, FAMILIES, SERIES_PER_FAMILY } from './memory-subject.js';
import type { LoadedRegistry } from './memory-subject.js';
import type { SettledMemory } from './settled-memory.js';
import { settledMemory } from './settled-memory.js';

const SERIES = FAMILIES * SERIES_PER_FAMILY;

await reportCase(measureCase);

async function measureCase({ id }: CaseRequest): Promise<CaseReport> {
  const { subject, hasSeries } = MEMORY_CASES.find(one => one.id === id)!;
  const before = await settledMemory();
  const newRegistry = await subject.load();
  const loaded = await settledMemory();
  const registry = newRegistry();
  const created = await settledMemory();
  const readings = { mbLoaded: growth(before, loaded), mbCreated: growth(before, created) };
  if (!hasSeries) return { readings, checks: await checksOf(registry, 0) };
  registry.recordCounters();
  const recorded = await settledMemory();
  const checks = await checksOf(registry, SERIES);
  const scraped = await settledMemory();
  return {
    readings: {
      ...readings,
      mbRecorded: growth(before, recorded),
      mbScraped: growth(before, scraped),
      mbOfFilesScraped: scraped.mbOfFiles - before.mbOfFiles,
      bytesPerSeries: (growth(created, recorded) * 1e6) / SERIES,
      bytesPerSeriesScraped: (growth(created, scraped) * 1e6) / SERIES,
      heapBytesPerSeriesScraped: (scraped.heapBytes - created.heapBytes) / SERIES,
    },
    checks,
  };
}

function growth(from: SettledMemory, to: SettledMemory): number {
  return to.mbResident - from.mbResident;
}

/** Renders the registry: the first scrape. */
async function checksOf(registry: LoadedRegistry, series: number) {
  const text = await registry.metrics();
  const names = Array.from({ length: FAMILIES }, (_, family) => counterName(family));
  const total = (valueOf: (name: string) => number): number =>
    names.reduce((sum, name) => sum + valueOf(name), 0);
  return [
    { what: 'counter lines', expected: series, found: total(name => countSamples(text, name)) },
    { what: 'sum of counters', expected: series, found: total(name => sumOfSamples(text, name)) },
  ];
}
