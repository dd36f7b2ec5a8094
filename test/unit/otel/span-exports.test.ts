import assert from 'node:assert/strict';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { TraceFlags } from '@opentelemetry/api';
import { ExportBench, refusal } from './export-bench.js';

describe('span exports', () => {
  it('send a batch when it is full, and the rest after the delay', () => {
    const bench = new ExportBench();
    bench.end(2);
    bench.timers.advance(99);
    assert.deepEqual(bench.batches, []);
    bench.end(1);
    bench.timers.advance(0);
    assert.deepEqual(bench.batches, [[0, 1, 2]]);
    bench.end(1);
    bench.answer();
    bench.timers.advance(99);
    assert.equal(bench.received.length, 1);
    bench.timers.advance(1);
    assert.deepEqual(bench.batches, [[0, 1, 2], [3]]);
  });

  it('do nothing in the call that ends a span but keep it', () => {
    const bench = new ExportBench();
    bench.end(8);
    assert.deepEqual(bench.batches, []);
    assert.equal(bench.ledger.queueSize, 8);
  });

  it('leave spans out that are not sampled', () => {
    const bench = new ExportBench();
    bench.exports.onEnd({ id: 0, spanContext: () => ({ traceFlags: TraceFlags.NONE }) });
    bench.timers.advance(1_000);
    assert.deepEqual([bench.batches, bench.ledger.droppedSpans, bench.timers.count], [[], 0, 0]);
  });

  it('count what the queue has no room for, and keep what is in it', () => {
    const bench = new ExportBench();
    bench.end(11);
    assert.deepEqual(bench.ledger.drops, { queue_full: 3 });
    for (let i = 0; i < 3; i++) {
      bench.timers.advance(100);
      bench.answer();
    }
    assert.deepEqual(bench.batches, [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });

  it('have one batch in flight at a time', () => {
    const bench = new ExportBench();
    bench.end(8);
    bench.timers.advance(500);
    assert.equal(bench.received.length, 1);
    bench.answer();
    bench.timers.advance(0);
    assert.equal(bench.received.length, 2);
  });

  it('give up an export that is not answered, and do not count its late answer', () => {
    const bench = new ExportBench();
    bench.end(3);
    bench.timers.advance(0);
    bench.timers.advance(1_000);
    assert.deepEqual(bench.ledger.failures, ['timeout']);
    assert.deepEqual(bench.ledger.drops, { export_failed: 3 });
    bench.answer();
    bench.answer(refusal());
    assert.deepEqual([bench.ledger.exportedSpans, bench.ledger.droppedSpans], [0, 3]);
    assert.deepEqual(bench.ledger.seconds, [1]);
    assert.equal(bench.abandoned, 1, 'its request is ended');
  });

  it('count the attempts that an exporter repeats, and end the export when the breaker opens', () => {
    const bench = new ExportBench();
    bench.end(6);
    bench.timers.advance(0);
    assert.equal(bench.exports.attemptFailed(), true);
    assert.equal(bench.exports.attemptFailed(), false);
    assert.equal(bench.exports.breakerState, 'open');
    bench.answer(refusal());
    bench.timers.advance(4_999);
    assert.equal(bench.received.length, 1);
    bench.timers.advance(1);
    assert.equal(bench.received.length, 2);
    assert.equal(bench.exports.attemptFailed(), false, 'a probe has one attempt');
    bench.answer(refusal());
    assert.deepEqual(bench.ledger.breakerStates, ['open', 'half_open', 'open']);
    assert.deepEqual(bench.ledger.drops, { export_failed: 6 });
  });

  it('take an exporter that throws for one that fails', () => {
    const bench = new ExportBench();
    bench.onExport = () => {
      throw new TypeError('cannot be written as JSON');
    };
    bench.end(3);
    bench.timers.advance(0);
    assert.deepEqual(bench.ledger.failures, ['other']);
    assert.deepEqual(bench.ledger.drops, { export_failed: 3 });
  });

  it('take an exporter that rejects, as an async function throws, for one that fails', async () => {
    const bench = new ExportBench();
    bench.onExport = () => Promise.reject(new TypeError('cannot be written as JSON'));
    bench.end(3);
    bench.timers.advance(0);
    await loopTurn();
    assert.deepEqual(bench.ledger.drops, { export_failed: 3 });
  });

  it('leave a receiver alone that has failed, ask it once after a while, and go on when it answers', () => {
    const bench = new ExportBench();
    bench.end(6);
    for (let i = 0; i < 2; i++) {
      bench.timers.advance(0);
      bench.answer(refusal());
    }
    assert.equal(bench.exports.breakerState, 'open');
    bench.end(8);
    bench.timers.advance(4_999);
    assert.equal(bench.received.length, 2);
    bench.timers.advance(1);
    assert.equal(bench.received.length, 3);
    bench.timers.advance(500);
    assert.equal(bench.received.length, 3, 'one probe');
    bench.answer(refusal());
    bench.timers.advance(5_000);
    assert.equal(bench.received.length, 4);
    bench.answer();
    bench.timers.advance(100);
    bench.answer();
    assert.deepEqual(bench.ledger.breakerStates, ['open', 'half_open', 'open', 'half_open', 'closed']);
    assert.deepEqual(bench.ledger.failures, ['connection', 'connection', 'connection']);
    assert.equal(bench.ledger.exportedSpans, 5);
    assert.deepEqual(bench.ledger.drops, { export_failed: 9 });
  });
});

describe('a flush', () => {
  it('exports what has ended without waiting for the delay, and not what ends later', async () => {
    const bench = new ExportBench();
    bench.end(4);
    const flushed = bench.exports.flush();
    bench.timers.advance(0);
    bench.end(1);
    bench.answer();
    bench.timers.advance(0);
    assert.deepEqual(bench.batches, [
      [0, 1, 2],
      [3, 4],
    ]);
    bench.end(1);
    bench.answer();
    assert.equal(await flushed, true);
    assert.equal(bench.exports.queueSize, 1);
  });

  it('of nothing is over at once', async () => {
    assert.equal(await new ExportBench().exports.flush(), true);
  });

  it('says that an export has failed', async () => {
    const bench = new ExportBench();
    bench.end(1);
    const flushed = bench.exports.forceFlush();
    bench.timers.advance(0);
    bench.answer(refusal());
    await assert.rejects(flushed, /otel_exporter_failures_total/);
  });

  for (const end of ['stop', 'abandon'] as const)
    it(`says so when the end of the thread has come first (${end})`, async () => {
      for (const spans of [1, 4]) {
        const bench = new ExportBench();
        bench.end(spans);
        const flushed = bench.exports.flush();
        bench.timers.advance(0);
        const ended = bench.exports[end](10);
        bench.timers.advance(10);
        await ended;
        assert.equal(await flushed, false);
        assert.equal(bench.ledger.droppedSpans, spans);
      }
    });

  it('does not wait for a breaker that is open', async () => {
    const bench = new ExportBench({}, { failuresMax: 1 });
    bench.end(6);
    const flushed = bench.exports.flush();
    bench.timers.advance(0);
    bench.answer(refusal());
    assert.equal(await flushed, false);
    assert.equal(await bench.exports.flush(), false);
    assert.equal(bench.exports.queueSize, 3);
  });
});

describe('a shutdown', () => {
  it('exports what is there, shuts the exporter down, and counts what ends later', async () => {
    const bench = new ExportBench();
    bench.end(4);
    const stopped = bench.exports.stop(1_000);
    bench.end(2);
    bench.timers.advance(0);
    bench.answer();
    bench.timers.advance(0);
    bench.answer();
    await stopped;
    assert.equal(bench.ledger.exportedSpans, 4);
    assert.deepEqual(bench.ledger.drops, { shutdown: 2 });
    assert.equal(bench.shutdowns, 1);
    assert.equal(bench.timers.count, 0);
    await bench.exports.stop(1_000);
    assert.equal(bench.shutdowns, 1);
  });

  it('ends at its deadline when the receiver does not answer, and counts what is left and what is in flight', async () => {
    const bench = new ExportBench();
    bench.end(8);
    bench.timers.advance(0);
    // As the official exporter does: its shutdown waits for the request.
    bench.whenShutDown = new Promise(() => {});
    const stopped = bench.exports.stop(500);
    bench.timers.advance(500);
    await stopped;
    assert.deepEqual(bench.ledger.drops, { shutdown: 8 });
    bench.answer();
    assert.equal(bench.ledger.exportedSpans, 0, 'the late answer');
    assert.equal(bench.ledger.queueSize, 0);
  });

  it('of a thread with an open breaker drops at once', async () => {
    const bench = new ExportBench({}, { failuresMax: 1 });
    bench.end(6);
    bench.timers.advance(0);
    bench.answer(refusal());
    await bench.exports.stop(60_000);
    assert.deepEqual(bench.ledger.drops, { export_failed: 3, shutdown: 3 });
    assert.equal(bench.timers.nowMs(), 0);
  });

  it('survives an exporter that cannot be shut down', async () => {
    const bench = new ExportBench();
    bench.whenShutDown = Promise.reject(new Error('closed already'));
    await bench.exports.stop(1_000);
    assert.equal(bench.shutdowns, 1);
  });

  it('that did not take place is counted when the thread ends', () => {
    const bench = new ExportBench();
    bench.end(5);
    bench.timers.advance(0);
    bench.exports.abandon();
    assert.deepEqual(bench.ledger.drops, { exit: 5 });
    assert.equal(bench.timers.count, 0);
  });
});
