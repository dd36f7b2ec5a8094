/**
 * The cost of tracing to the work of one thread: batches as a worker of the main job gets them, in blocks that are traced
 * as a whole and blocks that are not, in turns, in one process. CPU time, with the exports and what becomes of them in it:
 * other programs on the machine, and the start of a process, have less to say here than in pairs of whole jobs.
 */
import { setImmediate as loopTurn } from 'node:timers/promises';
import { defineStreamProcessorMetrics } from '../../src/catalog/index.js';
import { Registry } from '../../src/index.js';
import { startTracing, type Tracing } from '../../src/otel/index.js';
import type { LlmEvent } from '../../workers/event.js';
import { EventGenerator } from '../../workers/ingest/generator.js';
import { JobSpans } from '../../workers/job-spans.js';
import { Partition } from '../../workers/pipeline/partition.js';
import { PipelineMetrics } from '../../workers/pipeline/pipeline-metrics.js';
import { DEFAULT_SETTINGS } from '../../workers/pipeline/settings.js';
import { BatchSpans } from '../../workers/processor-spans.js';
import type { CaseReport } from '../harness/bench-case.js';
import { median } from '../harness/statistics.js';
import type { ReceiverKind } from './case-list.js';
import { BATCH_EVENTS } from './case-list.js';
import { spanCounts } from './recorded-sums.js';
import { ReceiverProcess } from './receiver-process.js';

const EVENT_SPANS = 1;
/** One export, of the spans of so many: of about 280, as in the job, each of whose threads makes so many within 5 s. */
const BLOCK_BATCHES = 80;
/**
 * For a receiver that takes nothing: attempts as soon as the circuit breaker allows, in whatever block that is. It is open
 * for nearly all of the time, or has an attempt in flight.
 */
const ATTEMPT_DELAY_MS = 200;
/** Two of each kind: later, the code of both is compiled. */
const WARM_PAIRS = 2;
/** Dispatch, batch and event. */
const SPANS_MIN = 3;

export async function timeBatches(kind: ReceiverKind, pairs: number): Promise<CaseReport> {
  const receiver = await ReceiverProcess.start(kind);
  const isFlushed = kind === 'healthy';
  const tracing = await startTracing({
    endpoint: receiver.url,
    sampler: { strategy: 'always_on' },
    ...(!isFlushed && { batch: { delayMs: ATTEMPT_DELAY_MS } }),
  });
  const work = new BatchWork(tracing, isFlushed);
  const costs: number[] = [];
  for (let i = 0; i < pairs + WARM_PAIRS; i++) {
    const tracedFirst = i % 2 === 0;
    const first = await work.cpuOfBlock(tracedFirst);
    const second = await work.cpuOfBlock(!tracedFirst);
    if (i >= WARM_PAIRS) costs.push(tracedFirst ? first - second : second - first);
  }
  await tracing.shutdown();
  const taken = await receiver.end();
  const { exported, dropped } = await spanCounts();
  return {
    readings: {
      cpuUsPerTracedBatch: median(costs) / BLOCK_BATCHES,
      cpuUsMean: costs.reduce((sum, cost) => sum + cost, 0) / costs.length / BLOCK_BATCHES,
      exported,
      dropped,
    },
    checks: [
      {
        what: 'events',
        expected: 2 * (pairs + WARM_PAIRS) * BLOCK_BATCHES * BATCH_EVENTS,
        found: work.received,
      },
      { what: 'spans that the receiver has taken', expected: exported, found: taken },
      {
        what: 'missing spans of traced batches',
        expected: 0,
        found: Math.max(0, SPANS_MIN * work.tracedBatches - exported - dropped),
      },
      ...(kind === 'healthy' ? [{ what: 'spans dropped', expected: 0, found: dropped }] : []),
    ],
  };
}

class BatchWork {
  tracedBatches = 0;
  private readonly spans = new JobSpans();
  private readonly events = new EventGenerator({
    seed: 1,
    ratePerSecond: 100,
    disorder: 0,
    eventsMax: Infinity,
  }).chunks();
  private readonly partition = new Partition({
    partition: 0,
    settings: DEFAULT_SETTINGS,
    metrics: new PipelineMetrics(defineStreamProcessorMetrics(new Registry())),
    onWindow: () => undefined,
  });

  /** @param isFlushed true to have every span of a block exported at its end: to a receiver that takes them */
  constructor(
    private readonly tracing: Tracing,
    private readonly isFlushed: boolean,
  ) {}

  get received(): number {
    return this.partition.tally.received;
  }

  async cpuOfBlock(isTraced: boolean): Promise<number> {
    const batches = await this.nextBatches();
    const before = process.cpuUsage();
    for (const events of batches) {
      this.process(events, isTraced);
      // As between two messages to a worker: exports go on.
      await loopTurn();
    }
    if (this.isFlushed) await this.tracing.flush();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  private process(events: readonly LlmEvent[], isTraced: boolean): void {
    const sent = isTraced ? this.spans.batch(0, events.length) : undefined;
    sent?.end();
    if (sent === undefined) {
      for (const event of events) this.partition.process(event);
      return;
    }
    this.tracedBatches++;
    const batch = new BatchSpans(sent.carrier, events.length, EVENT_SPANS);
    events.forEach((event, index) => {
      const own = batch.event(index, event);
      this.partition.process(event, own);
      own?.end();
    });
    batch.end();
  }

  private async nextBatches(): Promise<LlmEvent[][]> {
    const events: LlmEvent[] = [];
    while (events.length < BLOCK_BATCHES * BATCH_EVENTS) {
      const { value } = await this.events.next();
      events.push(...(value as LlmEvent[]));
    }
    return Array.from({ length: BLOCK_BATCHES }, (_, i) =>
      events.slice(i * BATCH_EVENTS, (i + 1) * BATCH_EVENTS),
    );
  }
}
