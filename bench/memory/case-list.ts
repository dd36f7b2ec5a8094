/** All memory cases. */
import type { PromImplementation } from '../baselines/prom-library.js';
import { PROM_CLIENT, PROMETHEUS_IO } from '../baselines/prom-library.js';
import type { BenchCase } from '../harness/bench-case.js';
import type { MemorySubject } from './memory-subject.js';
import { BARE_SUBJECT, OWN_SUBJECT, promSubject } from './memory-subject.js';

export interface MemoryCase extends BenchCase {
  readonly subject: MemorySubject;
  /** False for an idle registry. */
  readonly hasSeries: boolean;
}

const WHY =
  'The arena has the labels of every series for all threads, and this thread a Map of label values and a row of numbers ' +
  'besides, by which it finds them again without making a key; from the first scrape on, also the beginning of every line, ready to be copied.';

export const MEMORY_CASES: readonly MemoryCase[] = [
  ...casesOf('threadtally', 'threadtally', OWN_SUBJECT).map(one => ({ ...one, why: WHY })),
  ...casesOf('bare', 'no library', BARE_SUBJECT).map(one => ({ ...one, isVariant: true })),
  ...promCases(PROM_CLIENT),
  ...promCases(PROMETHEUS_IO),
].sort((a, b) => Number(a.hasSeries) - Number(b.hasSeries));

function promCases(library: PromImplementation): MemoryCase[] {
  const { key, name, isVariant } = library;
  return casesOf(key, name, promSubject(library)).map(one => ({ ...one, isVariant }));
}

function casesOf(key: string, implementation: string, subject: MemorySubject): MemoryCase[] {
  return [
    {
      id: `idle/${key}`,
      operation: 'idle registry',
      implementation,
      call: 'new Registry()',
      subject,
      hasSeries: false,
    },
    {
      id: `counters-10k/${key}`,
      operation: '10,000 counters, two labels',
      implementation,
      call: 'counter.inc({ method, route })',
      subject,
      hasSeries: true,
    },
  ];
}
