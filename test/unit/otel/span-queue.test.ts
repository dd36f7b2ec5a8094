import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SpanQueue } from '../../../src/otel/span-queue.js';
import { withMutant } from '../../model/stepping.js';

function checkAgainstArray(): void {
  const actions = fc.array(fc.oneof(fc.constant('offer' as const), fc.integer({ min: 0, max: 6 })));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), actions, (capacity, sequence) => {
      const queue = new SpanQueue<number>(capacity);
      const expected: number[] = [];
      for (const [id, action] of sequence.entries()) {
        if (action === 'offer') {
          assert.equal(queue.offer(id), expected.length < capacity);
          if (expected.length < capacity) expected.push(id);
        } else {
          assert.deepEqual(queue.take(action), expected.splice(0, action));
        }
        assert.equal(queue.size, expected.length);
      }
    }),
  );
}

interface Inside {
  places: unknown[];
  first: number;
  count: number;
  capacity: number;
}

describe('a span queue', () => {
  it('is first in, first out, and full at its capacity', checkAgainstArray);

  it('holds no span that was taken', () => {
    const queue = new SpanQueue<object>(3);
    for (let i = 0; i < 5; i++) {
      queue.offer({});
      queue.take(1);
    }
    assert.deepEqual((queue as unknown as Inside).places, [undefined, undefined, undefined]);
  });

  const MUTANTS: Record<string, (this: Inside, span: unknown) => boolean> = {
    'has no bound'(span) {
      this.places.splice((this.first + this.count++) % this.places.length, 0, span);
      return true;
    },
    'overwrites the oldest one'(span) {
      this.places[(this.first + this.count) % this.capacity] = span;
      if (this.count === this.capacity) this.first = (this.first + 1) % this.capacity;
      else this.count++;
      return true;
    },
    'is full one span early'(span) {
      if (this.count === this.capacity - 1) return false;
      this.places[(this.first + this.count++) % this.capacity] = span;
      return true;
    },
  };
  for (const [fault, mutant] of Object.entries(MUTANTS)) {
    it(`is seen to be wrong when it ${fault}`, () => {
      withMutant(SpanQueue.prototype, 'offer', mutant as never, () => assert.throws(checkAgainstArray));
    });
  }
});
