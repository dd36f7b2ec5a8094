import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalNumberText } from '../../../src/exposition/canonical-number.js';
import { anyDouble } from '../../property/arbitraries.js';

/** What Go prints with %g, and `.0` behind what has neither point nor exponent. */
const SPELLED: readonly [number, string][] = [
  [0, '0.0'],
  [-0, '0.0'],
  [1, '1.0'],
  [-1, '-1.0'],
  [10, '10.0'],
  [100, '100.0'],
  [2.5, '2.5'],
  [0.5, '0.5'],
  [0.1, '0.1'],
  [0.005, '0.005'],
  [0.001, '0.001'],
  [0.000_1, '0.0001'],
  [0.000_123, '0.000123'],
  [0.000_099_9, '9.99e-05'],
  [0.000_01, '1e-05'],
  [1e-7, '1e-07'],
  [1.5e-10, '1.5e-10'],
  [1e-100, '1e-100'],
  [5e-324, '5e-324'],
  [99_999, '99999.0'],
  [100_000, '100000.0'],
  [999_999, '999999.0'],
  [999_999.5, '999999.5'],
  [123_456.789, '123456.789'],
  [1_000_000, '1e+06'],
  [-1_000_000, '-1e+06'],
  [1_234_567, '1.234567e+06'],
  [1_048_576, '1.048576e+06'],
  [2 ** 53, '9.007199254740992e+15'],
  [1e21, '1e+21'],
  [1e22, '1e+22'],
  [1e100, '1e+100'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [0.1 + 0.2, '0.30000000000000004'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [NaN, 'NaN'],
];

describe('a canonical number', () => {
  for (const [value, text] of SPELLED)
    it(`is spelled ${text}`, () => assert.equal(canonicalNumberText(value), text));

  it('reads back equal, has a point or an exponent, and an exponent only beyond 1e-5 and 1e6', () => {
    fc.assert(
      fc.property(anyDouble(), value => {
        if (!Number.isFinite(value)) return;
        const text = canonicalNumberText(value);
        // Label values have no -0.
        assert.equal(Number(text), value + 0);
        const size = Math.abs(value);
        const isPlain = size === 0 || (size >= 1e-4 && size < 1e6);
        assert.match(text, isPlain ? /^-?\d+\.\d+$/ : /^-?\d(\.\d+)?e[+-]\d{2,3}$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
