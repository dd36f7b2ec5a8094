/** Rows: a thread records by labels while another one removes the series and gives its memory to a stranger. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeriesCursor } from '../../src/memory/series-cursor.js';
import { SLOT_LIVE } from '../../src/memory/slots.js';
import { Counter } from '../../src/primitives/counter.js';
import type { Registrar } from '../../src/primitives/registrar.js';
import { interleaveThreads } from './interleaving.js';
import { steppedView, withMutant } from './stepping.js';
import { LABELLED, withThreads } from './threads.js';
import type { Thread } from './threads.js';

/** A counter of a thread, whose plain accesses to shared memory are moments, too. */
function counterOf(thread: Thread): Counter<'a'> {
  const registrar: Registrar = {
    describe: () => LABELLED,
    bind: () => thread.family(LABELLED),
    getSingleMetric: () => undefined,
  };
  const counter = new Counter({
    name: LABELLED.name,
    help: LABELLED.help,
    labelNames: ['a'],
    registers: [registrar],
  });
  counter.inc({ a: 'x' });
  const { rows, rowCell } = counter as unknown as Record<'rows' | 'rowCell', { words: Int32Array }>;
  rows.words = steppedView(rows.words);
  rowCell.words = steppedView(rowCell.words);
  return counter;
}

/** Thread a increments x by its labels twice, b removes x within the first of these and uses the memory for strangers. */
function recordWhileRemoved(): number {
  let counter: Counter<'a'>;
  return interleaveThreads(
    a => {
      counter = counterOf(a);
    },
    () => counter.inc({ a: 'x' }),
    b => {
      b.family(LABELLED).remove(['x']);
      for (const stranger of ['s', 't']) {
        b.attachment.safePoint();
        b.attachment.records.reclaim();
        b.cell(stranger).inc(5);
      }
    },
    a => {
      counter.inc({ a: 'x' });
      const { x, ...strangers } = a.scrape(LABELLED.name);
      assert.ok(x === 1 || x === 2, `x is ${x}`);
      assert.deepEqual(strangers, { s: 5, t: 5 });
    },
  );
}

/** The slot and the cells of x are a stranger's before a records again. */
function recordAfterReuse(): Record<string, number> {
  return withThreads(2, ([a, b]) => {
    const counter = counterOf(a!);
    const { slot } = b!.family(LABELLED).place(['x']);
    b!.family(LABELLED).remove(['x']);
    for (const { attachment } of [a!, b!]) attachment.safePoint();
    b!.attachment.records.reclaim();
    b!.searchSlotsFrom(slot);
    const stranger = b!.family(LABELLED).place(['s']);
    assert.equal(stranger.slot, slot);
    b!.cell('s').inc(5);
    counter.inc({ a: 'x' });
    return a!.scrape(LABELLED.name);
  });
}

describe('a series that is recorded into by its labels', () => {
  test('is created again after its removal, and no stranger gets what is recorded', () => {
    assert.ok(recordWhileRemoved() >= 3);
  });

  test('mutant: going to a row without a look at its series is caught', () => {
    const blind = function (
      this: { row: number; epochs: Int32Array; words: Int32Array },
      row: number,
    ): boolean {
      this.row = row;
      return true;
    };
    withMutant(
      SeriesCursor.prototype as never as { moveTo(row: number): boolean },
      'moveTo',
      blind as never,
      () => assert.throws(recordWhileRemoved, assert.AssertionError),
    );
  });

  test('is not the one that has its slot by now', () => {
    assert.deepEqual(recordAfterReuse(), { s: 5, x: 1 });
  });

  test('mutant: taking the series in a slot for the one that was there is caught', () => {
    const anySequence = function (
      this: { slots: Int32Array; attachment: Thread['attachment'] },
      row: number,
    ): boolean {
      return this.attachment.records.slots.state(this.slots[row] as never) === SLOT_LIVE;
    };
    withMutant(
      SeriesCursor.prototype as never as { isLiveAt(row: number): boolean },
      'isLiveAt',
      anySequence as never,
      () => assert.notDeepEqual(recordAfterReuse(), { s: 5, x: 1 }),
    );
  });
});
