/** Blocked: what a scrape shows, and how long it takes, when a worker has crashed and another does not answer. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { BLOCKED_CASES } from './case-list.js';
import { BLOCK_MS, EVENTS } from './thread.js';

export const blockedArea: Area = {
  name: 'blocked',
  title: 'A worker has crashed, another is blocked',
  about:
    `Three workers have recorded ${EVENTS.toLocaleString('en-US')} events each, in a counter with a collect callback. One ` +
    `has thrown since, one blocks its event loop for ${BLOCK_MS / 1_000} s. The main thread scrapes twice while it does, ` +
    'and once afterwards. A scrape that fails shows nothing.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: BLOCKED_CASES,
  columns: [
    { heading: 'ms of the first scrape', reading: 'msFirst', digits: 0, isCompared: true, showsSpread: true },
    { heading: '% of the events in it', reading: 'percentFirst', digits: 0 },
    { heading: 'ms of the next scrape', reading: 'msNext', digits: 0, isCompared: true },
    { heading: '% in it', reading: 'percentNext', digits: 0 },
    { heading: 'ms when it is not blocked', reading: 'msAfter', digits: 0, isCompared: true },
    { heading: '% of the events then', reading: 'percentAfter', digits: 0 },
  ],
  refusal: () => undefined,
};
