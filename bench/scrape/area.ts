/** Scrape: from the values to the text, and to a scraper. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { SCRAPE_CASES } from './case-list.js';

export const scrapeArea: Area = {
  name: 'scrape',
  title: 'Scrapes',
  about:
    'Time of one render of a whole registry, while which its thread does nothing else; every sixteenth value changes ' +
    'by 1 between two renders, or every value where the operation says so. The first render of a process is told apart: compilers are cold then, and caches empty. ' +
    'Blocks are the longest times between two turns of the event loop while a render goes on; in the first one also ' +
    'less the time for which the thread waited for a core, because compilers and collectors of V8 had all of them. ' +
    'Over HTTP: from the request to the last byte, in a process of its own, one request after the other on one ' +
    'connection, with as many recording threads as the operation says competing with the server for the cores. The ' +
    'scraper goes before all of them where the system allows it: it stands for one on another machine.',
  processFile: join(import.meta.dirname, 'process.js'),
  // A million series of prom-client, and the text of them, need more than V8 takes by itself.
  execArgv: ['--max-old-space-size=8192'],
  cases: SCRAPE_CASES,
  columns: [
    { heading: 'ms', reading: 'msMedian', digits: 2, isCompared: true, showsSpread: true },
    { heading: 'p95', reading: 'msP95', digits: 2 },
    { heading: 'p99', reading: 'msP99', digits: 2 },
    { heading: 'first', reading: 'msFirst', digits: 1, isCompared: true },
    { heading: 'longest block', reading: 'msBlock', digits: 1 },
    { heading: 'in the first', reading: 'msBlockFirst', digits: 1 },
    { heading: 'less waits', reading: 'msBlockFirstOnCore', digits: 1 },
    { heading: 'ns a series', reading: 'nsPerSeries', digits: 0 },
    { heading: 'MB', reading: 'megabytes', digits: 2 },
    { heading: 'renders', reading: 'renders', digits: 0 },
  ],
  refusal: () => undefined,
};
