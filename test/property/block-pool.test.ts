import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BlockMerge } from '../../src/memory/block-merge.js';
import {
  BLOCK_BYTES_MAX,
  cellPool,
  keyPool,
  sizeClassBytes,
  sizeClassOf,
} from '../../src/memory/block-pool.js';
import { BLOCK_ALIGN_BYTES, SIZE_CLASS_COUNT } from '../../src/memory/layout.js';
import { Slots } from '../../src/memory/slots.js';
import { newArena } from '../unit/memory/arenas.js';

const REGION_BYTES = 4_096;

describe('the class of a size', () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: BLOCK_BYTES_MAX }));

  it('has room for it, and wastes at most a fifth above 128 bytes', () => {
    fc.assert(
      fc.property(sizes, bytes => {
        const block = sizeClassBytes(sizeClassOf(bytes));
        assert.ok(block >= bytes);
        assert.equal(block % BLOCK_ALIGN_BYTES, 0);
        const waste = block - bytes;
        assert.ok(waste < BLOCK_ALIGN_BYTES || waste <= block / 5, `${waste} of ${block} bytes for ${bytes}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the smallest that has room, and never falls when the size grows', () => {
    fc.assert(
      fc.property(sizes, bytes => {
        const sizeClass = sizeClassOf(bytes);
        assert.ok(sizeClass >= 0 && sizeClass < SIZE_CLASS_COUNT);
        if (sizeClass > 0) assert.ok(sizeClassBytes(sizeClass - 1) < bytes);
        assert.ok(sizeClassOf(bytes + 1) >= sizeClass);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the blocks of a pool', () => {
  /** Takes a block of so many bytes, or gives the block back that was taken so many steps ago. */
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 300 }) }) },
      { weight: 8, arbitrary: fc.record({ give: fc.nat({ max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ merge: fc.integer({ min: 1, max: 300 }) }) },
    ),
    { maxLength: 200 },
  );

  it('never overlap, stay in the region and start with 0', () => {
    fc.assert(
      fc.property(steps, taken => {
        const arena = newArena({ stripeBytes: REGION_BYTES });
        const pool = cellPool(arena);
        const held: { offset: number; bytes: number }[] = [];
        for (const step of taken) {
          if ('merge' in step) {
            // Each by another thread, for which one is always due.
            new BlockMerge(arena, new Slots(arena), 1, [keyPool(arena), pool]).merge(0, step.merge);
            continue;
          }
          if ('give' in step) {
            const [block] = held.splice(held.length - 1 - step.give, 1);
            if (block !== undefined) pool.free(block.offset, block.bytes);
            continue;
          }
          const bytes = step.take;
          const offset = pool.allocate(bytes);
          if (offset === 0) continue;
          assert.ok(
            offset >= BLOCK_ALIGN_BYTES && offset + bytes <= REGION_BYTES && offset % BLOCK_ALIGN_BYTES === 0,
          );
          for (const other of held) {
            assert.ok(
              offset + bytes <= other.offset || other.offset + other.bytes <= offset,
              'two blocks overlap',
            );
          }
          const first = arena.stripeOffset(0) + offset;
          assert.equal(arena.words[first / 4], 0);
          arena.bytes.fill(0xff, first, first + bytes);
          held.push({ offset, bytes });
        }
      }),
    );
  });
});
