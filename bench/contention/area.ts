/** Contention: two threads that record at the same time, against one alone. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { CONTENTION_CASES } from './case-list.js';
import { WARMUP_CALLS } from './warmup-calls.js';

const CORES_MIN = 2;

export const contentionArea: Area = {
  name: 'contention',
  title: 'Two threads at the same time',
  about:
    'The slower of two threads that record into the same series, against one thread alone in the same process: 1.0 is ' +
    `no contention at all. Each thread has made ${WARMUP_CALLS.toLocaleString('en-US')} calls before. ` +
    'Overlap is the share of the time in which both ran. The words show what a cache line that ' +
    'two threads write costs; stripes are kept further apart than that.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: CONTENTION_CASES,
  columns: [
    { heading: 'ns together', reading: 'nsTogether', digits: 2, isCompared: true },
    { heading: 'ns alone', reading: 'nsAlone', digits: 2 },
    { heading: 'together / alone', reading: 'ratio', digits: 2, showsSpread: true },
    { heading: 'overlap', reading: 'overlap', digits: 2 },
  ],
  refusal: () => {
    const cores = availableParallelism();
    if (cores >= CORES_MIN) return undefined;
    return `two threads on ${cores} core take turns and never meet; run it where this process has ${CORES_MIN} cores`;
  },
};
