/**
 * Quantiles of a million values of each distribution, against those of the sorted values; and eight threads against one.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DISTRIBUTIONS, drawn, exactQuantile, relativeError } from '../../bench/accuracy/distributions.js';
import { QUANTILES, nativeSubject, summarySubject } from '../../bench/accuracy/quantile-subject.js';
import type { QuantileSubject } from '../../bench/accuracy/quantile-subject.js';
import { Registry, nativeBucketsOf } from '../../src/index.js';
import { PlayedThread } from '../unit/registry/played-thread.js';
import { StripedNativeHistogramCell } from '../../src/memory/native-histogram-cell.js';
import { ownStripeWriter } from '../../src/memory/cell-place.js';

const COUNT = 1_000_000;
/** The estimate and the exact value are doubles of their own. */
const ROUNDING = 1e-12;

const SUBJECTS: readonly (readonly [string, () => QuantileSubject])[] = [
  ['a summary', summarySubject],
  ['a native histogram', nativeSubject],
];

describe('the quantiles of', () => {
  for (const distribution of DISTRIBUTIONS) {
    const values = drawn(distribution, COUNT);
    const sorted = values.toSorted();
    for (const [name, subjectOf] of SUBJECTS) {
      it(`${name}, ${distribution.name} values, are within the error that is stated`, async () => {
        const subject = subjectOf();
        for (const value of values) subject.observe(value);
        assert.equal(await subject.count(), COUNT);
        const stated = subject.statedError()!;
        const estimates = await subject.quantiles();
        QUANTILES.forEach((quantile, i) => {
          const exact = exactQuantile(sorted, quantile);
          const error = relativeError(estimates[i]!, exact);
          assert.ok(
            error <= stated + ROUNDING,
            `quantile ${quantile}: ${estimates[i]} for ${exact} is off by ${error}, stated is ${stated}`,
          );
        });
      });
    }
  }

  it('a summary state one percent for all values of one sign here', () => {
    for (const distribution of DISTRIBUTIONS.filter(({ name }) => name !== 'both signs')) {
      const subject = summarySubject();
      for (const value of drawn(distribution, COUNT)) subject.observe(value);
      assert.equal(subject.statedError(), 0.01, distribution.name);
    }
  });
});

describe('eight threads', () => {
  for (const distribution of DISTRIBUTIONS) {
    it(`have the native buckets of one thread together: ${distribution.name}`, t => {
      const values = drawn(distribution, COUNT);
      const options = { name: 'work_seconds', help: 'x', native: true };
      const alone = new Registry();
      const cell = alone.histogram(options).labels();
      for (const value of values) cell.observe(value);
      const together = new Registry();
      together.histogram(options);
      const cells = Array.from({ length: 8 }, (_, i) => {
        const thread = new PlayedThread(t, together.share(), 100 + i);
        const binding = thread.define('histogram', { ...options, buckets: [] });
        const writer = ownStripeWriter(thread.attachment)!;
        return new StripedNativeHistogramCell(writer, binding.place([]), binding.descriptor.sketch!);
      });
      values.forEach((value, i) => cells[i % cells.length]!.observe(value));
      assert.deepEqual(bucketsOf(together), bucketsOf(alone));
      alone.close();
      together.close();
    });
  }
});

function bucketsOf(registry: Registry) {
  const { positiveCounts, negativeCounts, ...rest } = nativeBucketsOf(registry.snapshot().families[0]!, 0)!;
  return { ...rest, positiveCounts: [...positiveCounts], negativeCounts: [...negativeCounts] };
}
