/** Memory: what a registry and its series keep resident. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { MEMORY_CASES } from './case-list.js';

export const memoryArea: Area = {
  name: 'memory',
  title: 'Memory',
  about:
    'Growth of the resident memory of a fresh process, in MB of 10^6 bytes, from before the library was loaded: loaded, ' +
    'with a registry of the default limits, with 10,000 counters of two labels in 10 families, and after their first ' +
    'scrape. Bytes a series count from the registry on, and include the code that was compiled and the heap that was ' +
    'left free on the way. An arena is reserved as a whole, but only the pages that were written to are resident. Pages of ' +
    'files are those of node itself, as of its compiler, that nothing has used before. The row without a library counts ' +
    'in a Map and joins its texts.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: MEMORY_CASES,
  columns: [
    { heading: 'MB with a registry', reading: 'mbCreated', digits: 1, isCompared: true, showsSpread: true },
    { heading: 'of it loading', reading: 'mbLoaded', digits: 1 },
    { heading: 'MB with series', reading: 'mbRecorded', digits: 1, isCompared: true },
    { heading: 'MB after a scrape', reading: 'mbScraped', digits: 1, isCompared: true },
    { heading: 'of it pages of files', reading: 'mbOfFilesScraped', digits: 1 },
    { heading: 'bytes a series', reading: 'bytesPerSeries', digits: 0 },
    { heading: 'after a scrape', reading: 'bytesPerSeriesScraped', digits: 0 },
    { heading: 'of it on the JavaScript heap', reading: 'heapBytesPerSeriesScraped', digits: 0 },
  ],
  refusal: () => undefined,
};
