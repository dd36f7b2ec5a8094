import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXEMPLAR_BYTES } from '../../../src/memory/layout.js';
import { cellBytesOf, exemplarCountOf, valueBytesOf } from '../../../src/primitives/cell-sizes.js';
import type { FamilyDescription, FamilyDescriptor } from '../../../src/primitives/family-descriptor.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';

function familyOf(type: 'counter' | 'histogram', options: Partial<FamilyDescription>): FamilyDescriptor {
  return describeFamily(type, { name: 'm', help: 'M.', ...options }, 10);
}

describe('the cells of a series', () => {
  const KINDS: readonly [string, 'counter' | 'histogram', Partial<FamilyDescription>, number][] = [
    ['a counter', 'counter', {}, 1],
    ['a histogram', 'histogram', { buckets: [1, 2, 3] }, 4],
    ['a histogram without bounds', 'histogram', { buckets: [] }, 1],
    ['native buckets', 'histogram', { native: true }, 10],
    ['classic and native buckets', 'histogram', { buckets: [1, 2], native: true }, 13],
  ];

  for (const [what, type, options, exemplars] of KINDS) {
    it(`of ${what} end with room for ${exemplars} exemplars, and only where they are wanted`, () => {
      const [without, withThem] = [false, true].map(enableExemplars =>
        familyOf(type, { ...options, enableExemplars }),
      ) as [FamilyDescriptor, FamilyDescriptor];
      assert.equal(exemplarCountOf(withThem), exemplars);
      assert.equal(exemplarCountOf(without), 0);
      assert.equal(cellBytesOf(without), valueBytesOf(without));
      assert.equal(cellBytesOf(withThem), cellBytesOf(without) + exemplars * EXEMPLAR_BYTES);
      assert.equal(valueBytesOf(withThem), valueBytesOf(without));
      assert.equal(valueBytesOf(withThem) % 8, 0);
    });
  }
});
