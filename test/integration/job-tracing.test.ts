/**
 * The main job with --otlp: every span of a run arrives as part of a whole trace, or is counted, and its metrics say over OTLP
 * what they say at /metrics; the job is as without.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { parseOptions } from '../../workers/options.js';
import { eventDrivenSamples, samplesOf } from '../unit/workers/samples.js';
import { generateEvents, jsonLinesOf } from './job-inputs.js';
import { metricsIn } from '../unit/otel/decoded-metrics.js';
import { JobProcess, runInProcess } from './job-process.js';
import type { ReceivedSpan } from './otlp-receiver.js';
import { OtlpReceiver } from './otlp-receiver.js';

const EVENTS = 3_000;
const WORKERS = 3;
const EVENT_SPANS = 4;
/** Of all workers. */
const COUNTED = [
  'stream_processor_events_received_total',
  'stream_processor_events_processed_total',
  'llm_tokens_consumed_total',
];
const SERVING = 'serving the metrics until Ctrl-C';
const SPAN_KIND = { producer: 4, consumer: 5 };
const STATUS_ERROR = 2;

/** Spans are sent soon, so that a job at rest has sent them. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '10' };

let folder = '';
let input = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threadtally-'));
  input = join(folder, 'calls.jsonl');
  const lines = jsonLinesOf(await generateEvents(EVENTS));
  await writeFile(input, `${lines}\n{"timestamp":0}\n`);
});
after(() => rm(folder, { recursive: true }));

function start(context: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}): JobProcess {
  const job = new JobProcess(['--port', '0', '--input', input, '--workers', `${WORKERS}`, ...args], env);
  context.after(() => job.kill());
  return job;
}

async function receiverFor(context: TestContext, last?: number | 'silence'): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.start(last);
  context.after(() => receiver.close());
  return receiver;
}

function sumOf(samples: Map<string, number>, prefix: string): number {
  return [...samples].reduce((sum, [series, value]) => (series.startsWith(prefix) ? sum + value : sum), 0);
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] =>
  spans.filter(span => span.name === name);

const totalOf = (spans: readonly ReceivedSpan[], attribute: string): number =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes[attribute]), 0);

/** Each span of a worker leads to one of the main thread, in the same trace; only processing one crosses threads. */
function checkTraces(spans: readonly ReceivedSpan[]): void {
  const byId = new Map(spans.map(span => [span.spanId, span]));
  assert.equal(byId.size, spans.length, 'each arrives once');
  const crossing = new Set(['process batch', 'flush partitions']);
  for (const span of spans) {
    const thread = Number(span.attributes['thread.id']);
    if (thread === 0) {
      assert.equal(span.parentSpanId, undefined, span.name);
      continue;
    }
    const parent = byId.get(span.parentSpanId!);
    assert.ok(parent !== undefined, `${span.name} has its parent`);
    assert.equal(parent.traceId, span.traceId);
    const parentThread = Number(parent.attributes['thread.id']);
    assert.equal(parentThread, crossing.has(span.name) ? 0 : thread, span.name);
  }
}

/** What was sent is what was processed, by each worker. */
function checkBatches(spans: readonly ReceivedSpan[], samples: Map<string, number>): void {
  const sent = named(spans, 'dispatch batch');
  const processed = named(spans, 'process batch');
  assert.equal(processed.length, sent.length);
  assert.deepEqual(
    new Set(processed.map(({ parentSpanId }) => parentSpanId)),
    new Set(sent.map(({ spanId }) => spanId)),
  );
  const received = sumOf(samples, 'stream_processor_events_received_total');
  assert.equal(totalOf(sent, 'messaging.batch.message_count'), received);
  assert.equal(totalOf(processed, 'messaging.batch.message_count'), received);
  assert.ok(sent.every(({ kind }) => kind === SPAN_KIND.producer));
  assert.ok(processed.every(({ kind }) => kind === SPAN_KIND.consumer));
  assert.equal(new Set(processed.map(({ attributes }) => attributes['thread.id'])).size, WORKERS);
  assert.equal(named(spans, 'flush partitions').length, WORKERS);
}

function checkEvents(spans: readonly ReceivedSpan[]): void {
  const processed = named(spans, 'process batch');
  const events = named(spans, 'process event');
  for (const { spanId, attributes } of processed) {
    const own = events.filter(({ parentSpanId }) => parentSpanId === spanId).length;
    const size = Number(attributes['messaging.batch.message_count']);
    assert.equal(own, Math.ceil(size / Math.ceil(size / EVENT_SPANS)));
  }
  const count = (attribute: string, value: string): number =>
    events.filter(({ attributes }) => attributes[attribute] === value).length;
  const results = ['success', 'filtered', 'dropped'].map(result => count('event.result', result));
  assert.equal(
    results.reduce((sum, one) => sum + one, 0),
    events.length,
  );
  // A copy ends before its state is read.
  const reads = ['l1', 'l2', 'none'].map(layer => count('state.answered_by', layer));
  assert.equal(reads[0]! + reads[1]! + reads[2]!, events.length - results[1]!);
  assert.equal(named(spans, 'state get').length, reads[1]! + reads[2]!);
  assert.ok(named(spans, 'window close').length > 0);
}

/** The last value of a counter of one series or of several, over all that was pushed. */
function pushedSum(receiver: OtlpReceiver, name: string): number {
  const points = metricsIn([receiver.metrics.at(-1)!]).get(name)?.sum?.dataPoints ?? [];
  return points.reduce((sum, { asDouble }) => sum + Number(asDouble), 0);
}

describe('the main job with a receiver', () => {
  for (const protocol of ['json', 'protobuf']) {
    it(`sends every span of a run as ${protocol}, and its own metrics say so`, async context => {
      const receiver = await receiverFor(context);
      const args = ['--otlp', receiver.url, '--otlp-protocol', protocol, '--trace-events', `${EVENT_SPANS}`];
      const job = start(context, args, SOON);
      await job.says(SERVING);
      let samples = samplesOf(await job.scrape());
      const received = sumOf(samples, 'stream_processor_events_received_total');
      // A job at rest sends them, too. Every answer is the handshake for the next look.
      while (
        samples.get('otel_exporter_queue_size') !== 0 ||
        totalOf(named(receiver.spans, 'process batch'), 'messaging.batch.message_count') < received
      )
        samples = samplesOf(await job.scrape());
      assert.deepEqual(receiver.metrics, [], 'no push within a minute');
      job.signal('SIGINT');
      const { status, stderr } = await job.exit();
      assert.equal(status, 0);
      // Only now: what was on its way when the queues were empty is here.
      const { spans } = receiver;
      assert.equal(sumOf(samples, 'otel_exporter_dropped_items_total'), 0);
      assert.equal(samples.get('otel_exporter_breaker_state{signal="traces",state="closed"}'), WORKERS + 1);
      checkTraces(spans);
      checkBatches(spans, samples);
      checkEvents(spans);
      const [malformed] = named(spans, 'read row');
      assert.equal(malformed!.status.code, STATUS_ERROR);
      assert.equal(malformed!.attributes['input.line'], lastLineOf(samples));
      assert.equal(named(spans, 'finish input').length, 1);
      assert.ok(spans.every(({ resource }) => resource['service.name'] === 'stream-processor'));
      const types = new Set(receiver.requests.map(({ headers }) => headers['content-type']));
      assert.deepEqual([...types], [protocol === 'json' ? 'application/json' : 'application/x-protobuf']);
      // Pushed when all threads had ended: what they have counted stays.
      for (const name of COUNTED) {
        assert.ok(sumOf(samples, name) > 0, name);
        assert.equal(pushedSum(receiver, name), sumOf(samples, name), name);
      }
      assert.equal(pushedSum(receiver, 'otel_exporter_exported_items_total'), spans.length);
      assert.match(stderr, /data points: [\d,]+ exported, 0 dropped\n/);
      assert.match(
        stderr,
        new RegExp(`spans: ${spans.length.toLocaleString('en-US')} exported, 0 dropped\n`),
      );
    });
  }

  it('sends whole traces of a share of the batches, and what is left at its end', async context => {
    const receiver = await receiverFor(context);
    const job = start(context, ['--otlp', receiver.url, '--trace-ratio', '0.3', '--exit-when-done'], {
      OTEL_SERVICE_NAME: 'mine',
    });
    const { status, stderr } = await job.exit();
    assert.equal(status, 0);
    const { spans } = receiver;
    checkTraces(spans);
    assert.equal(named(spans, 'process batch').length, named(spans, 'dispatch batch').length);
    assert.ok(totalOf(named(spans, 'process batch'), 'messaging.batch.message_count') < EVENTS);
    assert.match(stderr, new RegExp(`spans: ${spans.length} exported, 0 dropped\n`));
    assert.ok(spans.every(({ resource }) => resource['service.name'] === 'mine'));
  });

  it('sends the error of an event that ends a worker, and ends with status 1 as it would without', async context => {
    const receiver = await receiverFor(context);
    const file = join(folder, 'broken.jsonl');
    const broken = { timestamp: 0, context_tokens: 1, generated_tokens: 1, model: 'broken' };
    await writeFile(file, `${JSON.stringify(broken)}\n`);
    const args = `--port 0 --workers 1 --input ${file} --otlp ${receiver.url}`.split(' ');
    const parsed = parseOptions(args);
    assert.ok(parsed.kind === 'run');
    const { status, stderr } = await runInProcess(parsed.options, './failing-processor.js');
    assert.equal(status, 1);
    assert.match(stderr, /error: worker 0 ended unexpectedly: RangeError: planted bug/);
    for (const name of ['process event', 'process batch']) {
      const [span] = named(receiver.spans, name);
      assert.deepEqual([span?.status.code, span?.status.message], [STATUS_ERROR, 'planted bug'], name);
      assert.equal(span!.attributes['error.type'], 'RangeError');
    }
  });
});

/** The line after all others. */
function lastLineOf(samples: Map<string, number>): number {
  return sumOf(samples, 'stream_processor_events_received_total') + 1;
}

/** Where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

// At once: they wait for deadlines most of the time.
describe('the main job whose port is taken', () => {
  it('says that alone, and sends nothing', async context => {
    const receiver = await receiverFor(context);
    const port = new URL(receiver.url).port;
    const job = new JobProcess(['--otlp', receiver.url, '--port', port]);
    context.after(() => job.kill());
    const { status, stdout, stderr } = await job.exit();
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, new RegExp(`^error: .* port ${port} is already in use.*\\n$`));
    assert.equal(receiver.requests.length, 0);
  });
});

describe('the main job with a receiver that does not work', { concurrency: true }, () => {
  const CASES = { 'is down': undefined, 'answers 503': 503, 'never answers': 'silence' } as const;

  for (const [what, answer] of Object.entries(CASES)) {
    it(`has the same totals and status when it ${what}, and counts every span`, async context => {
      const url = answer === undefined ? await deadUrl() : (await receiverFor(context, answer)).url;
      const [plain, traced] = await Promise.all(
        [[], ['--otlp', url]].map(async args => {
          const job = start(context, args);
          await job.says(SERVING);
          const samples = eventDrivenSamples(await job.scrape());
          job.signal('SIGINT');
          return { samples, ...(await job.exit()) };
        }),
      );
      assert.equal(traced!.status, 0);
      const shared = [...traced!.samples].filter(([series]) => !series.startsWith('otel_'));
      assert.deepEqual(shared, [...plain!.samples]);
      const [, dropped] = /spans: 0 exported, ([\d,]+) dropped \(http:.* did not take them/.exec(
        traced!.stderr,
      )!;
      assert.ok(Number(dropped!.replaceAll(',', '')) > 2 * WORKERS);
    });
  }
});
