import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownStripeWriter } from '../../../src/memory/cell-place.js';
import { SeriesExemplars, StripedExemplarCell, WatchedPlace } from '../../../src/memory/exemplar-cell.js';
import { ExemplarReader } from '../../../src/memory/exemplar-reader.js';
import { Attachment } from '../../../src/memory/attachment.js';
import { FixedPlace, attach, newArena } from './arenas.js';
import { exemplarOf, readExemplar, sharedCell, wordAt, writeShared, writeStriped } from './exemplars.js';

describe('an exemplar of a stripe', () => {
  it('is none before the first, and then the last one that was written', test => {
    const arena = newArena();
    attach(test, arena, 1);
    assert.equal(readExemplar(arena), undefined);
    for (const id of [3, 900, 4]) {
      assert.equal(writeStriped(arena, 1, exemplarOf(id)), true);
      assert.deepEqual(readExemplar(arena), exemplarOf(id));
    }
  });

  it('has a version that is even and not 0, also when it starts over', test => {
    const arena = newArena();
    attach(test, arena, 1);
    const at = wordAt(arena, 1);
    for (const before of [0x7fff_fffd, 0x7fff_ffff, -3, -2, -1]) {
      arena.words[at] = before;
      writeStriped(arena, 1, exemplarOf(5));
      const after = arena.words[at]!;
      assert.ok(after !== 0 && after % 2 === 0 && after !== before, `${before} became ${after}`);
      assert.deepEqual(readExemplar(arena), exemplarOf(5));
    }
  });

  it('is the newest over all stripes, whichever stripe that is', test => {
    const arena = newArena();
    for (const id of [1, 2, 3]) attach(test, arena, id);
    writeStriped(arena, 1, exemplarOf(10));
    writeStriped(arena, 2, exemplarOf(30));
    writeStriped(arena, 3, exemplarOf(20));
    assert.deepEqual(readExemplar(arena), exemplarOf(30));
    writeStriped(arena, 1, exemplarOf(40));
    assert.deepEqual(readExemplar(arena), exemplarOf(40));
    writeStriped(arena, 1, exemplarOf(1));
    assert.deepEqual(readExemplar(arena), exemplarOf(30), 'a stripe has one');
  });

  it('stays when its thread ends', test => {
    const arena = newArena();
    attach(test, arena, 1);
    const ended = new Attachment(arena, 2);
    writeStriped(arena, 2, exemplarOf(7));
    ended.detach();
    assert.deepEqual(readExemplar(arena), exemplarOf(7));
  });

  it('is left out while it is being written, and those of other stripes are read', test => {
    const arena = newArena();
    for (const id of [1, 2]) attach(test, arena, id);
    writeStriped(arena, 1, exemplarOf(10));
    writeStriped(arena, 2, exemplarOf(20));
    arena.words[wordAt(arena, 2)]! |= 1;
    assert.deepEqual(readExemplar(arena), exemplarOf(10));
  });
});

describe('an exemplar of the shared stripe', () => {
  it('is written by any thread that holds a lease, one at a time', test => {
    const arena = newArena();
    const [first, second] = [attach(test, arena, 1), attach(test, arena, 2)];
    assert.equal(writeShared(first, sharedCell(first), exemplarOf(1)), true);
    assert.equal(writeShared(second, sharedCell(second), exemplarOf(2)), true);
    assert.deepEqual(readExemplar(arena), exemplarOf(2));
  });

  it('is not written by a thread without a lease, which would leave nothing that says that it died', test => {
    const arena = newArena({ leaseCount: 1, stripeCount: 1 });
    attach(test, arena, 1);
    const anonymous = attach(test, arena, 2);
    assert.equal(anonymous.lease, undefined);
    assert.equal(writeShared(anonymous, sharedCell(anonymous), exemplarOf(1)), false);
    assert.equal(readExemplar(arena), undefined);
  });

  it('is written by a thread with a lease and no stripe', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 2 });
    attach(test, arena, 1);
    const second = attach(test, arena, 2);
    assert.equal(second.stripe, 0);
    assert.equal(writeShared(second, sharedCell(second), exemplarOf(1)), true);
    assert.deepEqual(readExemplar(arena), exemplarOf(1));
  });

  it('is not read before any thread uses the shared stripe', test => {
    const arena = newArena();
    attach(test, arena, 1);
    writeStriped(arena, 0, exemplarOf(1));
    assert.equal(readExemplar(arena), undefined);
  });
});

describe('the exemplars of a handle', () => {
  const CELLS = 64;
  const BYTES_BEFORE = 48;

  it('stand behind the cells of the series, at the place that was recorded to last', test => {
    const arena = newArena();
    const attachment = attach(test, arena, 1);
    const place = new FixedPlace(attachment.records, CELLS);
    const exemplars = new SeriesExemplars(
      ownStripeWriter(attachment)!,
      new StripedExemplarCell(arena.words),
      place,
      BYTES_BEFORE,
    );
    exemplars.place.locate();
    exemplars.write(exemplarOf(1), 0, 2);
    const reader = new ExemplarReader(arena);
    const readAll = (from: number): (number | undefined)[] =>
      [0, 1, 2].map(index => reader.read(from + BYTES_BEFORE, index)?.value);
    assert.deepEqual(readAll(CELLS), [1, undefined, 1]);
    place.cellOffset = 1_024;
    exemplars.place.locate();
    exemplars.write(exemplarOf(2), 1);
    assert.deepEqual(
      [readAll(CELLS), readAll(1_024)],
      [
        [1, undefined, 1],
        [undefined, 2, undefined],
      ],
    );
  });

  it('are not written where no value was recorded', test => {
    const arena = newArena();
    const attachment = attach(test, arena, 1);
    const place = new FixedPlace(attachment.records, CELLS);
    const watched = new WatchedPlace(place);
    assert.equal(watched.hasRecorded(), false);
    watched.locate();
    assert.equal(watched.hasRecorded(), true);
    assert.deepEqual([watched.cellOffset, watched.epoch, watched.isLive()], [CELLS, place.epoch, true]);
    place.isThere = false;
    assert.equal(watched.locate(), false);
    assert.equal(watched.hasRecorded(), false);
  });
});
