import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BLOCK_ALIGN_BYTES,
  COUNTER_CELL_BYTES,
  GAUGE_CELL_BYTES,
  HEADER_BYTES,
  HISTOGRAM_BUCKETS_OFFSET,
  LEASE_BYTES,
  REGION_ALIGN_BYTES,
  SLOT_BYTES,
  U64_BYTES,
  alignUp,
  histogramCellBytes,
  regionsFor,
} from '../../../src/memory/layout.js';
import { SIZES } from './arenas.js';

describe('the layout', () => {
  it('puts the regions one after the other, each with room for its records', () => {
    const regions = regionsFor(SIZES);
    const starts = [
      regions.leasesOffset,
      regions.bucketsOffset,
      regions.slotsOffset,
      regions.keysOffset,
      regions.stripesOffset,
      regions.totalBytes,
    ];
    const bytes = [
      SIZES.leaseCount * LEASE_BYTES,
      SIZES.bucketCount * 4,
      SIZES.slotCount * SLOT_BYTES,
      SIZES.keyRegionBytes,
      (SIZES.stripeCount + 1) * SIZES.stripeBytes,
    ];
    assert.equal(starts[0], HEADER_BYTES);
    bytes.forEach((needed, region) => {
      const room = starts[region + 1]! - starts[region]!;
      assert.ok(
        room >= needed && room < needed + REGION_ALIGN_BYTES,
        `region ${region} has ${room} for ${needed}`,
      );
    });
  });

  it('starts every region on a line of its own, whatever the sizes', () => {
    const odd = {
      stripeCount: 3,
      stripeBytes: 16,
      leaseCount: 5,
      bucketCount: 1,
      slotCount: 7,
      keyRegionBytes: 48,
    };
    for (const [name, offset] of Object.entries(regionsFor(odd))) {
      if (name !== 'totalBytes') assert.equal(offset % REGION_ALIGN_BYTES, 0, `${name} ${offset}`);
    }
  });

  it('gives the same map for the same sizes, and moves only what stands behind a region that grows', () => {
    const regions = regionsFor(SIZES);
    assert.deepEqual(regionsFor({ ...SIZES }), regions);
    const grown = regionsFor({ ...SIZES, slotCount: SIZES.slotCount + 2 });
    assert.equal(grown.slotsOffset, regions.slotsOffset);
    assert.equal(grown.keysOffset, regions.keysOffset + REGION_ALIGN_BYTES);
    assert.equal(grown.totalBytes, regions.totalBytes + REGION_ALIGN_BYTES);
  });

  it('keeps 64-bit cells on 8-byte boundaries', () => {
    for (const bytes of [
      HEADER_BYTES,
      LEASE_BYTES,
      SLOT_BYTES,
      COUNTER_CELL_BYTES,
      GAUGE_CELL_BYTES,
      BLOCK_ALIGN_BYTES,
    ]) {
      assert.equal(bytes % U64_BYTES, 0);
    }
    assert.equal(HISTOGRAM_BUCKETS_OFFSET % U64_BYTES, 0);
  });

  it('counts a sum and a word pair for each bucket of a histogram', () => {
    assert.equal(histogramCellBytes(1), 16);
    assert.equal(histogramCellBytes(12), 8 + 12 * 8);
  });

  it('rounds up to the next multiple', () => {
    assert.deepEqual(
      [0, 1, 128, 129].map(bytes => alignUp(bytes, 128)),
      [0, 128, 128, 256],
    );
  });
});
