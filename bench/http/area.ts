/** HTTP: the server under more load than scrapers make. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { LOAD_CASES } from './case-list.js';
import { WRK_ABSENCE } from './wrk.js';

export const httpArea: Area = {
  name: 'http',
  title: 'The server under load',
  about:
    'wrk asks for the metrics over as many connections as the operation says, as often as it gets an answer; meanwhile ' +
    'another process asks for /health every 5 ms over a connection of its own. Server, wrk and probe are three processes ' +
    'that share the cores, and wrk runs where nobody else wants one: by the scheduling policy of idle programs where the ' +
    'system has it, else with less priority. ' +
    'Times of a scrape are from the request to the last byte, so they grow with the number of connections; those of the ' +
    'probe are what a liveness probe would see. prom-client compresses nothing by itself: where the scrapers ask for ' +
    'gzip, its handler does it in the thread pool, at the level that is the default of zlib.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: LOAD_CASES,
  columns: [
    { heading: 'requests/s', reading: 'requestsPerSecond', digits: 0, showsSpread: true },
    { heading: 'MB/s', reading: 'megabytesPerSecond', digits: 1 },
    { heading: 'ms', reading: 'msMedian', digits: 2 },
    { heading: 'p95', reading: 'msP95', digits: 2, isCompared: true },
    { heading: 'p99', reading: 'msP99', digits: 2 },
    { heading: '/health ms', reading: 'healthMsMedian', digits: 2 },
    {
      heading: '/health p95',
      reading: 'healthMsP95',
      digits: 2,
      isCompared: true,
      showsSpread: true,
    },
    { heading: '/health p99', reading: 'healthMsP99', digits: 2 },
  ],
  refusal: () => WRK_ABSENCE,
};
