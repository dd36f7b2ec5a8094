import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Attachment } from '../../../src/memory/attachment.js';
import { ExemplarClaims } from '../../../src/memory/exemplar-claims.js';
import { attach, newArena } from './arenas.js';

/** A word of the shared stripe. */
const AT_BYTES = 1_028;

describe('a claim', () => {
  it('is had by one thread until it is given back', test => {
    const arena = newArena();
    const index = (arena.stripeOffset(0) + AT_BYTES) / 4;
    const [first, second] = [1, 2].map(id => new ExemplarClaims(attach(test, arena, id)));
    assert.equal(first!.take(index), true);
    assert.equal(second!.take(index), false);
    first!.giveBack(index);
    assert.equal(arena.words[index], 0);
    assert.equal(second!.take(index), true);
    assert.equal(first!.take(index), false);
  });

  it('that an exception has left behind is taken again by its own thread', test => {
    const arena = newArena();
    const index = (arena.stripeOffset(0) + AT_BYTES) / 4;
    const claims = new ExemplarClaims(attach(test, arena, 1));
    assert.deepEqual([claims.take(index), claims.take(index)], [true, true]);
  });

  it('of a lease that has ended is taken over, also when its record has a new owner', test => {
    const arena = newArena();
    const index = (arena.stripeOffset(0) + AT_BYTES) / 4;
    const heir = new ExemplarClaims(attach(test, arena, 1));
    const dead = new Attachment(arena, 2);
    assert.equal(new ExemplarClaims(dead).take(index), true);
    assert.equal(heir.take(index), false);
    dead.detach();
    const successor = attach(test, arena, 3);
    assert.equal(successor.lease!.index, dead.lease!.index);
    assert.equal(heir.take(index), true);
    assert.equal(new ExemplarClaims(successor).take(index), false);
  });

  it('is told apart for the last lease record and after many generations', test => {
    const arena = newArena({ leaseCount: 4_094, stripeCount: 1 });
    const index = (arena.stripeOffset(0) + AT_BYTES) / 4;
    const others = Array.from({ length: 4_093 }, (_, id) => new Attachment(arena, id + 1));
    test.after(() => others.forEach(other => other.detach()));
    const heir = new ExemplarClaims(others[0]!);
    for (let generation = 0; generation < 20; generation++) {
      const last = new Attachment(arena, 9_000 + generation);
      assert.equal(last.lease!.index, 4_093);
      assert.equal(new ExemplarClaims(last).take(index), true);
      assert.equal(heir.take(index), false);
      last.detach();
      assert.equal(heir.take(index), true);
      heir.giveBack(index);
    }
  });
});
