/** Spans that end, receivers that answer, fail, stay silent or answer late, and time, in any order: no span is lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker } from '../../src/otel/circuit-breaker.js';
import { ExportAttempt } from '../../src/otel/export-attempt.js';
import { SpanQueue } from '../../src/otel/span-queue.js';
import { withMutant } from '../model/stepping.js';
import { BATCH, BREAKER, ExportBench, refusal } from '../unit/otel/export-bench.js';

type Step =
  | { readonly end: number }
  | { readonly advance: number }
  | { readonly repeat: true }
  /** The export with this index from the end, which may be over already. */
  | { readonly answer: number; readonly isSuccess: boolean };

const steps = fc.array(
  fc.oneof(
    fc.record({ end: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ advance: fc.constantFrom(0, 50, 100, 1_000, 5_000) }),
    fc.record({ repeat: fc.constant(true as const) }),
    fc.record({ answer: fc.integer({ min: 0, max: 2 }), isSuccess: fc.boolean() }),
  ),
  { maxLength: 60 },
);

function take(bench: ExportBench, step: Step): void {
  if ('end' in step) bench.end(step.end);
  else if ('advance' in step) bench.timers.advance(step.advance);
  else if ('repeat' in step) repeat(bench);
  else bench.received.at(-1 - step.answer)?.answer(step.isSuccess ? undefined : refusal());
}

/** An attempt of the export in flight has failed, and the exporter asks whether to make another one. */
function repeat(bench: ExportBench): void {
  if (bench.inFlight && !bench.exports.attemptFailed()) bench.answer(refusal());
}

/** Every span is in one place, at any time. */
function checkConservation(bench: ExportBench): void {
  const { ledger, exports } = bench;
  const sent = bench.batches.flat();
  const decided = ledger.exportedSpans + ledger.droppedSpans;
  const inFlight = bench.ended - decided - exports.queueSize;
  assert.ok(inFlight >= 0 && inFlight <= BATCH.batchSizeMax, `${inFlight} in flight`);
  if (inFlight > 0) assert.equal(inFlight, bench.batches.at(-1)!.length);
  assert.ok(exports.queueSize <= BATCH.queueSizeMax, `${exports.queueSize} queued`);
  assert.equal(ledger.queueSize, exports.queueSize);
  assert.equal(new Set(sent).size, sent.length, 'no span is sent twice');
  assert.deepEqual(
    sent,
    sent.toSorted((a, b) => a - b),
    'in the order of their ends',
  );
  // Whoever was refused is told of it; everybody else is sent sooner or later.
  assert.equal(sent.length + exports.queueSize + (ledger.drops.queue_full ?? 0), bench.ended);
  assert.ok(
    bench.received.every(({ sinceOpenedMs }) => sinceOpenedMs >= BREAKER.openMs),
    'a receiver that has failed is left alone',
  );
  if (exports.queueSize > 0) assert.ok(bench.timers.count > 0, 'somebody will look at the queue');
}

function checkAnyOrder(): void {
  fc.assert(
    fc.property(steps, sequence => {
      const bench = new ExportBench();
      for (const step of sequence) {
        take(bench, step);
        checkConservation(bench);
      }
      checkEnd(bench);
    }),
    { numRuns: 500 },
  );
}

/** When the receiver works again, everything that was kept arrives. */
function checkEnd(bench: ExportBench): void {
  const { ledger } = bench;
  for (let waitedMs = 0; waitedMs <= 2 * BREAKER.openMs; waitedMs += BATCH.delayMs) {
    bench.timers.advance(BATCH.delayMs);
    bench.received.at(-1)?.answer();
  }
  assert.equal(bench.exports.queueSize, 0);
  assert.equal(ledger.exportedSpans + ledger.droppedSpans, bench.ended);
}

interface Inside {
  places: unknown[];
  first: number;
  count: number;
  capacity: number;
}

describe('spans in any order of ends, answers and time', () => {
  it('are exported, dropped, queued or in flight, and each is counted once', checkAnyOrder);

  it('are seen to be lost when the queue overwrites its oldest one', () => {
    const mutant = function (this: Inside, span: unknown): boolean {
      this.places[(this.first + this.count) % this.capacity] = span;
      if (this.count === this.capacity) this.first = (this.first + 1) % this.capacity;
      else this.count++;
      return true;
    };
    withMutant(SpanQueue.prototype, 'offer', mutant as never, () => assert.throws(checkAnyOrder));
  });

  it('are seen to exceed the bound when the queue has none', () => {
    const mutant = function (this: Inside, span: unknown): boolean {
      this.places = [...this.places.slice(this.first), ...this.places.slice(0, this.first)];
      this.first = 0;
      this.places[this.count++] = span;
      this.capacity = Math.max(this.capacity, this.count);
      return true;
    };
    withMutant(SpanQueue.prototype, 'offer', mutant as never, () => assert.throws(checkAnyOrder));
  });

  it('are seen to be counted twice when a late answer is taken for one', () => {
    withMutant(
      ExportAttempt.prototype,
      'end',
      () => true,
      () => assert.throws(checkAnyOrder),
    );
  });

  it('are seen to stay for ever when a breaker that was open never lets an export through', () => {
    const mutant = function (this: CircuitBreaker): boolean {
      return this.state !== 'open';
    };
    withMutant(CircuitBreaker.prototype, 'begin', mutant, () => assert.throws(checkAnyOrder));
  });

  it('are seen to be sent to a receiver that is to be left alone when the breaker lets everything through', () => {
    withMutant(
      CircuitBreaker.prototype,
      'waitMs',
      () => 0,
      () => assert.throws(checkAnyOrder),
    );
  });
});
