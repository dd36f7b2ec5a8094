/** All cases of a blocked thread. */
import type { BenchCase } from '../harness/bench-case.js';

export type LibraryKey = 'threadtally' | 'prometheus-io';

export interface BlockedCase extends BenchCase {
  readonly library: LibraryKey;
}

const OPERATION = 'a scrape of 3 workers: one crashed, one blocked';

export const BLOCKED_CASES: readonly BlockedCase[] = [
  {
    id: 'blocked/threadtally',
    operation: OPERATION,
    implementation: 'threadtally',
    call: 'register.metrics()',
    library: 'threadtally',
  },
  {
    id: 'blocked/prometheus-io',
    operation: OPERATION,
    implementation: '@prometheus-io/client',
    call: 'new WorkerRegistry().workerMetrics()',
    library: 'prometheus-io',
    isVariant: true,
  },
];
