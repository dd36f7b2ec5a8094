import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TOKENS_MAX } from '../../../../workers/event.js';
import { WindowAggregator } from '../../../../workers/pipeline/aggregator.js';
import { TokenSketch } from '../../../../workers/pipeline/token-sketch.js';

const tokens = fc.oneof(fc.nat(100), fc.nat(20_000), fc.nat(TOKENS_MAX));
const tokenLists = fc.array(tokens, { minLength: 1 });

function aggregate(values: readonly number[]): WindowAggregator {
  const aggregator = new WindowAggregator();
  for (const value of values) aggregator.add(value, value + 1);
  return aggregator;
}

describe('WindowAggregator', () => {
  it('knows count, sum, smallest, largest and mean', () => {
    const { count, contextTokens, generatedTokens } = aggregate([5, 1, 6]).summarize();
    assert.equal(count, 3);
    assert.deepEqual(contextTokens, { sum: 12, min: 1, max: 6, mean: 4, p95: 6 });
    assert.deepEqual(generatedTokens, { sum: 15, min: 2, max: 7, mean: 5, p95: 7 });
  });

  it('merges to exactly what all events together give', () => {
    fc.assert(
      fc.property(tokenLists, tokenLists, (left, right) => {
        const merged = aggregate(left);
        merged.merge(aggregate(right));
        assert.deepEqual(merged.summarize(), aggregate([...right, ...left]).summarize());
      }),
    );
  });

  it('gives a 95th percentile at most 1/16 above the true one, never below it and never above the largest', () => {
    fc.assert(
      fc.property(tokenLists, values => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length * 0.95) - 1];
        const { p95, max } = aggregate(values).summarize().contextTokens;
        assert.ok(p95 >= exact && p95 <= max, `${p95} for ${exact}`);
        assert.ok(p95 <= exact * (1 + 1 / 16), `${p95} for ${exact}`);
      }),
    );
  });
});

describe('TokenSketch', () => {
  it('is exact below 32 and holds the largest count that a row may have', () => {
    for (const value of [0, 1, 31]) {
      const sketch = new TokenSketch();
      sketch.add(value);
      assert.equal(sketch.quantile(0.5), value);
    }
    const sketch = new TokenSketch();
    sketch.add(TOKENS_MAX);
    assert.ok(sketch.quantile(1) >= TOKENS_MAX);
  });

  it('is 0 when it is empty', () => {
    assert.equal(new TokenSketch().quantile(0.95), 0);
  });
});
