import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NATIVE_EXEMPLARS, nativeExemplarOf } from '../../../src/primitives/native-exemplars.js';
import { nativeSketch } from '../../../src/primitives/sketch-options.js';

const SHAPE = nativeSketch(true, []);

describe('the exemplars of native buckets', () => {
  it('take turns by powers of two', () => {
    const turns = Array.from({ length: NATIVE_EXEMPLARS }, (_, k) => nativeExemplarOf(1.5 * 2 ** k, SHAPE));
    assert.deepEqual(new Set(turns).size, NATIVE_EXEMPLARS);
    assert.equal(nativeExemplarOf(1.5 * 2 ** NATIVE_EXEMPLARS, SHAPE), turns[0]);
    for (const value of [1.01, 1.3, 1.99, 2]) assert.equal(nativeExemplarOf(value, SHAPE), turns[0]);
  });

  it('are others for a negative value than for its absolute value', () => {
    for (let k = -30; k < 30; k++) {
      assert.notEqual(nativeExemplarOf(-(2 ** k), SHAPE), nativeExemplarOf(2 ** k, SHAPE));
    }
  });

  it('take turns by buckets that are wider than a power of two', () => {
    const wide = nativeSketch({ schema: -2 }, []);
    assert.equal(nativeExemplarOf(17, wide), nativeExemplarOf(255, wide));
    assert.notEqual(nativeExemplarOf(17, wide), nativeExemplarOf(257, wide));
  });

  it('are there for every finite value', () => {
    for (const value of [0, -0, 5e-324, -5e-324, 1e-300, Number.MAX_VALUE, -Number.MAX_VALUE, 1, -1]) {
      const index = nativeExemplarOf(value, { ...SHAPE, zeroThreshold: 0 });
      assert.ok(Number.isInteger(index) && index >= 0 && index < NATIVE_EXEMPLARS, `${value}: ${index}`);
    }
    assert.equal(nativeExemplarOf(-0.5, { ...SHAPE, zeroThreshold: 1 }), 0);
  });
});
