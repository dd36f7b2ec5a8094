import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Dispatcher } from '../../../workers/dispatcher.js';
import type { DispatchSpans, SentSpan } from '../../../workers/job-spans.js';
import type { FromWorker, RoutedEvent, ToWorker } from '../../../workers/messages.js';
import { partitionOf, workerOf } from '../../../workers/pipeline/partition-of.js';
import { emptyTally } from '../../../workers/pipeline/tally.js';
import { WorkerFailure, type WorkerLink } from '../../../workers/worker-link.js';
import { makeEvent } from './events.js';

/** A worker that answers when the test says so. */
class ManualLink implements WorkerLink {
  readonly sent: ToWorker[] = [];
  ending: 'close' | 'terminate' | undefined;
  private listener: (message: FromWorker) => void = () => undefined;
  private failureListener: (failure: WorkerFailure) => void = () => undefined;

  onMessage(listener: (message: FromWorker) => void): void {
    this.listener = listener;
  }

  onFailure(listener: (failure: WorkerFailure) => void): void {
    this.failureListener = listener;
  }

  send(message: ToWorker): void {
    this.sent.push(message);
  }

  async close(): Promise<void> {
    this.ending = 'close';
  }

  async terminate(): Promise<void> {
    this.ending = 'terminate';
  }

  answer(message: FromWorker): void {
    this.listener(message);
  }

  fail(): void {
    this.failureListener(new WorkerFailure('worker 0 ended unexpectedly'));
  }

  get batches(): (readonly RoutedEvent[])[] {
    return this.sent.flatMap(message => (message.type === 'batch' ? [message.events] : []));
  }
}

function processed(eventCount: number): FromWorker {
  return { type: 'processed', eventCount, windows: [] };
}

function createDispatcher(
  workerCount: number,
  batchEventsMax = 2,
  creditsPerWorker = 1,
  spans?: DispatchSpans,
) {
  const links = Array.from({ length: workerCount }, () => new ManualLink());
  const seen = { backpressure: 0, processed: 0, failures: 0 };
  const dispatcher = new Dispatcher(links, {
    batchEventsMax,
    creditsPerWorker,
    nowMs: () => 0,
    spans,
    onBackpressure: () => seen.backpressure++,
    onProcessed: eventCount => {
      seen.processed += eventCount;
    },
    onWindows: () => undefined,
    onFailure: () => seen.failures++,
  });
  return { dispatcher, links, seen };
}

/** True when the promise is still pending after everything that could settle it now has run. */
async function isPending(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise(resolve => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, turn])) === pending;
}

describe('Dispatcher', () => {
  it('sends each event to the worker of its partition, in order', async () => {
    const { dispatcher, links } = createDispatcher(3, 4, 100);
    const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
    for (const id of ids) await dispatcher.dispatch(makeEvent({ id }));
    await dispatcher.sendPartialBatches();
    links.forEach((link, worker) => {
      const expected = ids.filter(id => workerOf(partitionOf(id), 3) === worker);
      assert.deepEqual(
        link.batches.flat().map(({ event }) => event.id),
        expected,
      );
      assert.ok(link.batches.every(batch => batch.length <= 4));
    });
  });

  it('waits for a worker that has its full share of batches, and counts that', async () => {
    const { dispatcher, links, seen } = createDispatcher(1);
    await dispatcher.dispatch(makeEvent());
    await dispatcher.dispatch(makeEvent());
    assert.equal(links[0].batches.length, 1);
    assert.equal(dispatcher.dispatch(makeEvent()), undefined);
    const waiting = dispatcher.dispatch(makeEvent());
    assert.ok(waiting !== undefined && (await isPending(waiting)));
    assert.equal(links[0].batches.length, 1);
    assert.equal(seen.backpressure, 1);
    links[0].answer(processed(2));
    await waiting;
    assert.equal(links[0].batches.length, 2);
    assert.equal(seen.processed, 2);
  });

  it('finishes behind the last batch and gives the sum of the tallies', async () => {
    const { dispatcher, links } = createDispatcher(2, 10);
    await dispatcher.dispatch(makeEvent());
    const finishing = dispatcher.finish();
    await new Promise(resolve => setImmediate(resolve));
    for (const link of links) assert.deepEqual(link.sent.at(-1), { type: 'finish' });
    assert.equal(
      links.reduce((sum, link) => sum + link.batches.length, 0),
      1,
    );
    links.forEach((link, index) =>
      link.answer({ type: 'flushed', tally: { ...emptyTally(), received: index + 1 }, windows: [] }),
    );
    assert.equal((await finishing).received, 3);
    await dispatcher.close();
    assert.deepEqual(
      links.map(link => link.ending),
      ['close', 'close'],
    );
  });

  it('rejects a pending and every later call when a worker fails, and ends the others', async () => {
    const { dispatcher, links, seen } = createDispatcher(2);
    const finishing = dispatcher.finish();
    links[0].fail();
    links[1].fail();
    await assert.rejects(finishing, { name: 'WorkerFailure' });
    await assert.rejects(dispatcher.finish(), { name: 'WorkerFailure' });
    assert.equal(seen.failures, 1);
    await dispatcher.close();
    assert.deepEqual(
      links.map(link => link.ending),
      ['terminate', 'terminate'],
    );
  });
});

/** Traces every batch but those of one event; keeps what began and ended. */
class LoggedSpans implements DispatchSpans {
  readonly log: string[] = [];

  batch(workerIndex: number, eventCount: number): SentSpan | undefined {
    return eventCount === 1 ? undefined : this.begin(`batch of ${eventCount} for ${workerIndex}`);
  }

  finish(): SentSpan {
    return this.begin('finish');
  }

  private begin(name: string): SentSpan {
    this.log.push(`begin ${name}`);
    return { carrier: { traceparent: name }, end: () => void this.log.push(`end ${name}`) };
  }
}

describe('a dispatcher that is traced', () => {
  it('sends the span with its batch, and nothing with a batch that has none', async () => {
    const spans = new LoggedSpans();
    const { dispatcher, links } = createDispatcher(1, 2, 3, spans);
    for (let i = 0; i < 3; i++) await dispatcher.dispatch(makeEvent());
    const finishing = dispatcher.finish();
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(
      links[0].sent.map(message => [message.type, 'trace' in message ? message.trace : 'none']),
      [
        ['batch', { traceparent: 'batch of 2 for 0' }],
        ['batch', 'none'],
        ['finish', { traceparent: 'finish' }],
      ],
    );
    links[0].answer({ type: 'flushed', tally: emptyTally(), windows: [] });
    await finishing;
    assert.deepEqual(spans.log, [
      'begin batch of 2 for 0',
      'end batch of 2 for 0',
      'begin finish',
      'end finish',
    ]);
  });

  it('ends the span of a batch that waits for a worker which has failed', async () => {
    const spans = new LoggedSpans();
    const { dispatcher, links } = createDispatcher(1, 2, 1, spans);
    for (let i = 0; i < 3; i++) await dispatcher.dispatch(makeEvent());
    const waiting = dispatcher.dispatch(makeEvent());
    links[0].fail();
    await assert.rejects(async () => waiting, WorkerFailure);
    assert.equal(spans.log.filter(line => line.startsWith('begin')).length, 2);
    assert.equal(spans.log.filter(line => line.startsWith('end')).length, 2);
  });
});
