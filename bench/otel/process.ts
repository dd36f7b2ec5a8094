/** The process of one case of tracing. */
import type { CaseReport, CaseRequest, Check } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { median } from '../harness/statistics.js';
import { BATCH_CASES, JOB_CASES, RATIO, SPAN_CASES } from './case-list.js';
import type { JobMeasurement } from './job-process.js';
import { timeBatches } from './batch-timing.js';
import { runJob } from './job-run.js';
import { BenchReceiver } from './receiver.js';
import { timeSpans } from './span-timing.js';

await reportCase(measureCase);

interface Pair {
  readonly plain: JobMeasurement;
  readonly traced: JobMeasurement;
  /** Spans that the receiver has taken in the traced run. */
  readonly taken: number;
}

async function measureCase({ id, preset }: CaseRequest): Promise<CaseReport> {
  const { jobEvents, jobPairs, batchPairs, spanCalls } = PRESETS[preset];
  const spanCase = SPAN_CASES.find(one => one.id === id);
  if (spanCase !== undefined) return timeSpans(spanCase.span, spanCalls);
  const batchCase = BATCH_CASES.find(one => one.id === id);
  if (batchCase !== undefined) return timeBatches(batchCase.receiver, batchPairs);
  const { isTraced } = JOB_CASES.find(one => one.id === id)!;
  const receiver = await BenchReceiver.start('healthy');
  const pairs: Pair[] = [];
  for (let i = 0; i < jobPairs; i++) {
    pairs.push(await runPair(receiver, { isTraced, plainFirst: i % 2 === 0, jobEvents }));
  }
  await receiver.close();
  return {
    readings: readingsOf(pairs),
    checks: pairs.flatMap(pair => checksOf(pair, jobEvents)),
  };
}

async function runPair(
  receiver: BenchReceiver,
  { isTraced, plainFirst, jobEvents: events }: { isTraced: boolean; plainFirst: boolean; jobEvents: number },
): Promise<Pair> {
  const runPlain = () => runJob({ events, url: undefined, ratio: RATIO });
  const runTraced = () => runJob({ events, url: isTraced ? receiver.url : undefined, ratio: RATIO });
  const plainBefore = plainFirst ? await runPlain() : undefined;
  const traced = await runTraced();
  const plain = plainBefore ?? (await runPlain());
  return { plain, traced, taken: receiver.takeSpanCount() };
}

function readingsOf(pairs: readonly Pair[]): Record<string, number> {
  const of = (pick: (pair: Pair) => number): number => median(pairs.map(pick));
  return {
    eventsPerSecond: of(({ traced }) => traced.eventsPerSecond),
    percentFewer: of(({ plain, traced }) => 100 * (1 - traced.eventsPerSecond / plain.eventsPerSecond)),
    percentCpu: 100 * (leastCpu(pairs, 'traced') / leastCpu(pairs, 'plain') - 1),
    cpuUsPerEvent: of(({ plain }) => plain.cpuUsPerEvent),
    exported: of(({ traced }) => traced.exported),
    dropped: of(({ traced }) => traced.dropped),
  };
}

/** Whatever else the machine does adds to it, and never takes from it. */
function leastCpu(pairs: readonly Pair[], side: 'plain' | 'traced'): number {
  return Math.min(...pairs.map(pair => pair[side].cpuUsPerEvent));
}

function checksOf({ plain, traced, taken }: Pair, events: number): Check[] {
  return [
    { what: 'events of the job that is not traced', expected: events, found: plain.received },
    { what: 'events of the traced job', expected: events, found: traced.received },
    { what: 'spans that the receiver has taken', expected: traced.exported, found: taken },
    { what: 'spans dropped', expected: 0, found: traced.dropped },
  ];
}
