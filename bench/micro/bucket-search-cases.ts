/** Ways to find the bucket of an observation: the one that histograms use, and the two that it replaced. */
import { DEFAULT_BUCKETS, linearBuckets } from '../../src/index.js';
import { BucketIndex } from '../../src/memory/bucket-index.js';
import { Observations } from './observations.js';
import type { OperationKey } from './operations.js';
import { OPERATIONS } from './operations.js';
import { observeInTurn } from './text-totals.js';
import type { MicroCase } from './workload.js';

type Search = (value: number) => number;

/** Over the range that the values are drawn from, with most of them in the first tenth. */
const MANY_BOUNDS = linearBuckets(0.1, 0.1, 100);

export function bucketSearchCases(): MicroCase[] {
  return [...casesOver('bucket-search-11', DEFAULT_BUCKETS), ...casesOver('bucket-search-100', MANY_BOUNDS)];
}

function casesOver(key: OperationKey, bounds: readonly number[]): MicroCase[] {
  return [
    searchCase(key, 'exponent-table', 'threadtally', bounds, () => exponentTable(bounds)),
    searchCase(key, 'binary', 'binary search', bounds, () => binarySearch(bounds)),
    searchCase(key, 'linear', 'linear scan', bounds, () => linearScan(bounds)),
  ];
}

function searchCase(
  ...[key, id, implementation, bounds, build]: [OperationKey, string, string, readonly number[], () => Search]
): MicroCase {
  return {
    id: `${key}/${id}`,
    operation: OPERATIONS[key],
    implementation,
    call: 'search(values[i])',
    why: 'A look at the exponent comes first, which few bounds and predictable values do not repay.',
    setUp: () => {
      const search = build();
      const { values } = Observations.cycle();
      let sum = 0;
      const operation = observeInTurn(values, value => {
        sum += search(value);
      });
      return {
        operation,
        expected: calls => ({ indexes: expectedSum(values, bounds, calls) }),
        found: () => ({ indexes: sum }),
      };
    },
  };
}

function exponentTable(bounds: readonly number[]): Search {
  const index = BucketIndex.over(bounds);
  return value => index.indexOf(value);
}

function binarySearch(bounds: readonly number[]): Search {
  const sorted = Float64Array.from(bounds);
  return value => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function linearScan(bounds: readonly number[]): Search {
  const sorted = Float64Array.from(bounds);
  return value => {
    let at = 0;
    while (at < sorted.length && sorted[at] < value) at++;
    return at;
  };
}

function expectedSum(values: Float64Array, bounds: readonly number[], calls: number): number {
  const indexes = [...values].map(value => bounds.filter(bound => bound < value).length);
  const total = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
  return Math.floor(calls / values.length) * total(indexes) + total(indexes.slice(0, calls % values.length));
}
