/** Tracing: what it costs the main job, with receivers that work and that do not, and what one span costs. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { BATCH_CASES, JOB_CASES, SPAN_BOUNDS_US, SPAN_CASES, withinReading } from './case-list.js';

export const otelArea: Area = {
  name: 'otel',
  title: 'Tracing',
  about:
    'Batches of 256 events, as a worker of the main job processes them, in one process, in blocks of batches that are all ' +
    'traced and blocks that are not, in turns: the median of the differences in CPU time, with the exports and what becomes ' +
    'of them. The goals set it against the CPU time that the whole job takes for an event. The main job as processes of its ' +
    'own, in pairs, one traced, one not, shows the same with all the noise of a machine, so no goal is set against these ' +
    'rows: the first of them compares the job with itself. Events/s are the median over the pairs of a run; CPU is the ' +
    'time that all threads of the job took for an event, the least of each side; both from when a quarter of the events is ' +
    'processed. The receiver shares the cores with the job. A span is timed alone, clock included.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: [...BATCH_CASES, ...JOB_CASES, ...SPAN_CASES],
  columns: [
    { heading: 'events/s', reading: 'eventsPerSecond', digits: 0 },
    { heading: '% fewer events/s', reading: 'percentFewer', digits: 2, showsSpread: true },
    { heading: '% more CPU', reading: 'percentCpu', digits: 2, showsSpread: true },
    { heading: 'us of CPU for an event', reading: 'cpuUsPerEvent', digits: 2 },
    { heading: 'us of CPU for a traced batch', reading: 'cpuUsPerTracedBatch', digits: 0, showsSpread: true },
    { heading: 'mean', reading: 'cpuUsMean', digits: 0, showsSpread: true },
    { heading: 'spans exported', reading: 'exported', digits: 0 },
    { heading: 'spans dropped', reading: 'dropped', digits: 0 },
    { heading: 'ns, median', reading: 'nsP50', digits: 0 },
    { heading: 'ns, p90', reading: 'nsP90', digits: 0 },
    { heading: 'ns, p99', reading: 'nsP99', digits: 0 },
    { heading: 'ns, p99.9', reading: 'nsP999', digits: 0 },
    { heading: 'ns of the clock in it', reading: 'nsClock', digits: 0 },
    ...SPAN_BOUNDS_US.map(us => ({ heading: `% within ${us} us`, reading: withinReading(us), digits: 1 })),
  ],
  refusal: () => undefined,
};
