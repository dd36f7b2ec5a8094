/** Number texts: what a text buffer writes for a number is what JavaScript prints, whichever way it takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from '../../src/exposition/text-buffer.js';
import { numberText } from '../../src/exposition/text-numbers.js';

function written(value: number): string {
  const buffer = new TextBuffer(64);
  buffer.number(value);
  return Buffer.from(buffer.finish()).toString();
}

function check(value: number): void {
  assert.equal(written(value), numberText(value));
}

/** Numbers of few decimals, and the doubles next to them, which have many. */
const nearDecimals = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }), fc.constantFrom(-1, 0, 1))
  .map(([digits, places, ulps]) => {
    const bits = new BigInt64Array(Float64Array.of(digits / 10 ** places).buffer);
    bits[0]! += BigInt(ulps);
    return new Float64Array(bits.buffer)[0]!;
  });

describe('the text of a number', () => {
  it('is what JavaScript prints, of any double', () => {
    fc.assert(fc.property(fc.double(), check), { numRuns: 5_000 });
  });

  it('is what JavaScript prints, of numbers with few decimals and their neighbours', () => {
    fc.assert(fc.property(nearDecimals, check), { numRuns: 20_000 });
  });

  it('is what JavaScript prints at the limits of the way without a text', () => {
    for (const value of [
      0.000001,
      1e-7,
      0.0000015,
      1e15,
      1e15 - 1,
      999_999_999_999_999.9,
      2 ** 32,
      2 ** 32 + 0.5,
      0.3,
      0.1 + 0.2,
    ]) {
      check(value);
      check(-value);
    }
  });
});
