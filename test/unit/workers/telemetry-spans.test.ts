/** The spans of the main job, without threads: what is sent, what is processed, and what of it is left out. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { defineStreamProcessorMetrics } from '../../../src/catalog/index.js';
import { Registry } from '../../../src/index.js';
import type { LlmEvent } from '../../../workers/event.js';
import { MalformedRow } from '../../../workers/ingest/row.js';
import { JobSpans } from '../../../workers/job-spans.js';
import { Partition } from '../../../workers/pipeline/partition.js';
import { PipelineMetrics } from '../../../workers/pipeline/pipeline-metrics.js';
import { DEFAULT_SETTINGS } from '../../../workers/pipeline/settings.js';
import { BatchSpans } from '../../../workers/processor-spans.js';
import { SpanRecorder } from '../otel/recorded-spans.js';
import { makeEvent, START_MS } from './events.js';

const recorder = new SpanRecorder();
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

/** Every event of a batch goes through one partition, those with spans in view of them. */
function processBatch(events: readonly LlmEvent[], eventSpansMax: number): ReadableSpan[] {
  const sent = new JobSpans().batch(3, events.length)!;
  const batch = new BatchSpans(sent.carrier, events.length, eventSpansMax);
  sent.end();
  const partition = new Partition({
    partition: 0,
    settings: DEFAULT_SETTINGS,
    metrics: new PipelineMetrics(defineStreamProcessorMetrics(new Registry())),
    onWindow: () => undefined,
  });
  events.forEach((event, index) => {
    const spans = batch.event(index, event);
    partition.process(event, spans);
    spans?.end();
  });
  batch.end();
  return recorder.take();
}

function namesOf(spans: readonly ReadableSpan[]): string[] {
  return spans.map(({ name }) => name);
}

describe('spans of the main job', () => {
  before(() => recorder.start());
  after(() => recorder.stop());

  it('are a trace from the dispatch of a batch to the state of its events', () => {
    const spans = processBatch([makeEvent()], 1);
    assert.deepEqual(namesOf(spans), ['dispatch batch', 'state get', 'process event', 'process batch']);
    const [dispatch, get, event, batch] = spans;
    assert.equal(batch!.parentSpanContext?.spanId, idOf(dispatch!));
    assert.equal(event!.parentSpanContext?.spanId, idOf(batch!));
    assert.equal(get!.parentSpanContext?.spanId, idOf(event!));
    assert.equal(get!.attributes['db.system.name'], 'store');
    assert.equal(event!.attributes['state.answered_by'], 'none');
    assert.equal(new Set(spans.map(span => span.spanContext().traceId)).size, 1);
    assert.equal(event!.attributes['event.result'], 'success');
    assert.equal(event!.attributes['event.type'], 'llm_call');
    assert.equal(dispatch!.attributes['worker.index'], 3);
    assert.deepEqual(
      event!.events.map(({ attributes }) => attributes!['window.type']),
      ['tumbling', 'sliding', 'session'],
    );
  });

  it('have no state span where the memory answers, and say so', () => {
    const [first, second] = processBatch([makeEvent({ id: 'a' }), makeEvent({ id: 'b' })], 2)
      .filter(({ name }) => name === 'process event')
      .map(({ attributes }) => attributes['state.answered_by']);
    assert.deepEqual([first, second], ['none', 'l1']);
  });

  it('say why an event entered no window', () => {
    const hour = 3_600_000;
    const spans = processBatch(
      [
        makeEvent({ id: 'a', timeMs: START_MS + hour }),
        makeEvent({ id: 'a', timeMs: START_MS + hour }),
        makeEvent({ id: 'late', timeMs: START_MS }),
      ],
      3,
    );
    const results = spans
      .filter(({ name }) => name === 'process event')
      .map(({ attributes }) => [attributes['event.result'], attributes['event.drop_reason']]);
    assert.deepEqual(results, [
      ['success', undefined],
      ['filtered', 'duplicate'],
      ['dropped', 'late'],
    ]);
  });

  it('have the windows that an event closes, up to a limit, and count the others', () => {
    const minute = 60_000;
    const events = Array.from({ length: 40 }, (_, i) =>
      makeEvent({ id: `${i}`, model: `m${i}`, timeMs: START_MS + i }),
    );
    const last = makeEvent({ id: 'last', timeMs: START_MS + 600 * minute });
    const spans = processBatch([...events, last], 41);
    const closed = spans.filter(({ name }) => name === 'window close');
    assert.equal(closed.length, 16);
    const event = spans.findLast(({ name }) => name === 'process event')!;
    assert.ok(closed.every(span => span.parentSpanContext?.spanId === idOf(event)));
    assert.ok(Number(event.attributes['windows.closed']) > 80);
  });

  for (const [eventSpansMax, expected] of [
    [0, 0],
    [1, 1],
    [3, 3],
    [256, 10],
  ] as const) {
    it(`are of ${expected} in ten events where at most ${eventSpansMax} are asked for`, () => {
      const events = Array.from({ length: 10 }, (_, i) => makeEvent({ id: `${i}` }));
      const spans = processBatch(events, eventSpansMax);
      assert.equal(spans.filter(({ name }) => name === 'process event').length, expected);
      assert.equal(spans.filter(({ name }) => name === 'process batch').length, 1);
    });
  }

  it('tell of malformed rows as errors, with their place, and not of each of very many', () => {
    const spans = new JobSpans();
    const row = new MalformedRow('bad_model', '"" is no model');
    for (let lineNumber = 1; lineNumber <= 30; lineNumber++)
      spans.malformedRow({ file: 'a.csv', lineNumber, row });
    const [first, ...others] = recorder.take();
    assert.equal(others.length, 19);
    assert.deepEqual(first!.status, { code: SpanStatusCode.ERROR, message: 'bad_model: "" is no model' });
    assert.equal(first!.attributes['error.type'], 'bad_model');
    assert.equal(first!.attributes['input.line'], 1);
  });
});

describe('spans of the main job that is not traced', () => {
  it('are none, and nothing is sent with a batch', () => {
    const spans = new JobSpans();
    assert.deepEqual([spans.batch(0, 1), spans.finish()], [undefined, undefined]);
  });
});
