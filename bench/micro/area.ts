/** Micro: one operation in one thread. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { MICRO_CASES } from './case-list.js';
import { WARMUP_CALLS } from './warmup-calls.js';

export const microArea: Area = {
  name: 'micro',
  title: 'One operation, one thread',
  about:
    'Time of one call in a loop that is unrolled four times, as mitata does, from batches of 4,096 calls: the median ' +
    'batch and the 99th percentile of the batches, each the median of the runs; then in a loop that is not unrolled. ' +
    `Each operation was called ${WARMUP_CALLS.toLocaleString('en-US')} times before. ` +
    'The loop itself is in it, see the empty call. Bytes are what a call allocates on the ' +
    'heap. `threadtally striped` is the default; `threadtally atomic` is `sharing: "atomic"`, for whatever has no ' +
    'single writer.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: MICRO_CASES,
  columns: [
    { heading: 'ns a call', reading: 'nsMedian', digits: 2, isCompared: true, showsSpread: true },
    { heading: 'p99', reading: 'nsP99', digits: 2 },
    { heading: 'ns, plain loop', reading: 'nsPlainLoop', digits: 2, isCompared: true },
    { heading: 'bytes a call', reading: 'bytesPerCall', digits: 0 },
  ],
  refusal: () => undefined,
};
