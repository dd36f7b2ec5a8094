import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { keptMemory } from '../../../src/memory/kept-memory.js';

const MEGABYTE = 2 ** 20;

describe('memory that is kept', () => {
  it('is zeros, as much as was asked for', () => {
    for (const bytes of [0, 1, 65_535, 65_536, MEGABYTE]) {
      const memory = new Uint8Array(keptMemory(bytes));
      assert.equal(memory.length, bytes);
      assert.ok(memory.every(byte => byte === 0));
    }
  });

  it('is no reason for a collection: V8 counts none of it', () => {
    const bytesBefore = getHeapStatistics().external_memory;
    const kept = Array.from({ length: 16 }, () => keptMemory(8 * MEGABYTE));
    const counted = getHeapStatistics().external_memory - bytesBefore;
    assert.equal(kept.length, 16);
    assert.ok(counted < MEGABYTE, `${counted} bytes are counted`);
  });
});
