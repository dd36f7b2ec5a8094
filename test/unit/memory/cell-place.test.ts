import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  PLAIN_DOUBLES_ARE_WHOLE,
  SHARED_MARK,
  ownStripeWriter,
  sharedOnlyWriter,
  sharedStripeWriter,
} from '../../../src/memory/cell-place.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET } from '../../../src/memory/layout.js';
import { attach, newArena } from './arenas.js';

describe('the writer of a thread’s own stripe', () => {
  it('writes at its stripe, with the mark of its lease', test => {
    const arena = newArena();
    const [first, second] = [attach(test, arena, 1), attach(test, arena, 2)];
    assert.equal(PLAIN_DOUBLES_ARE_WHOLE, true, 'these tests run on x64 and arm64');
    const writers = [ownStripeWriter(first)!, ownStripeWriter(second)!];
    assert.deepEqual(
      writers.map(writer => writer.stripeOffset),
      [arena.stripeOffset(1), arena.stripeOffset(2)],
    );
    assert.deepEqual(
      writers.map(writer => writer.mark),
      [first.lease!.mark, second.lease!.mark],
    );
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 0);
  });

  it('does not exist for a thread without a stripe, with or without a lease', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 2 });
    attach(test, arena, 1);
    assert.equal(ownStripeWriter(attach(test, arena, 2)), undefined);
    assert.equal(ownStripeWriter(attach(test, arena, 3)), undefined);
  });
});

describe('the writer of the shared stripe', () => {
  it('for cells that are only there makes no scrape read it', test => {
    const arena = newArena();
    const writer = sharedOnlyWriter(attach(test, arena, 1));
    assert.equal(writer.stripeOffset, arena.stripeOffset(0));
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 0);
  });

  it('writes at stripe 0 with a mark of no lease, and makes scrapes read it', test => {
    const arena = newArena();
    const writer = sharedStripeWriter(attach(test, arena, 1));
    assert.equal(writer.stripeOffset, arena.stripeOffset(0));
    assert.equal(writer.mark, SHARED_MARK);
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 1);
  });
});
