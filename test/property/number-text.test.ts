import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from '../../src/exposition/text-buffer.js';
import { numberText } from '../../src/exposition/text-numbers.js';
import { parseExposition } from '../../src/testing/index.js';
import { anyDouble } from './arbitraries.js';

function written(value: number): string {
  const buffer = new TextBuffer(0);
  buffer.reserve(0);
  buffer.number(value);
  return Buffer.from(buffer.finish()).toString('latin1');
}

function spelled(value: number): string {
  return String(value).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');
}

describe('the text of a number', () => {
  it('is what JavaScript prints, but for infinities', () => {
    fc.assert(
      fc.property(anyDouble(), value => {
        assert.equal(written(value), spelled(value));
        assert.equal(numberText(value), spelled(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it('has all digits of every 32-bit integer', () => {
    const u32 = fc.oneof(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc
        .tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 9 }), fc.integer({ min: -2, max: 2 }))
        .map(([digit, exponent, delta]) =>
          Math.min(0xffff_ffff, Math.max(0, digit * 10 ** exponent + delta)),
        ),
    );
    fc.assert(
      fc.property(u32, value => assert.equal(written(value), String(value))),
      { numRuns: 5_000 },
    );
  });

  it('reads back equal', () => {
    fc.assert(
      fc.property(anyDouble(), value => {
        const [family] = parseExposition(`# HELP g G.\n# TYPE g gauge\ng ${written(value)}\n`);
        // The format has no negative zero: JavaScript prints it as 0.
        assert.equal(family!.samples[0]!.value, Object.is(value, -0) ? 0 : value);
      }),
      { numRuns: 2_000 },
    );
  });
});
