import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import promClient from 'prom-client';
import { aggregators } from '../../../src/index.js';
import type { MetricObjectWithValues } from '../../../src/index.js';

const value = fc.record({
  value: fc.integer({ min: -9, max: 9 }),
  labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y')),
  metricName: fc.constantFrom('m_sum', 'm_count'),
});
const reading = fc
  .array(value, { maxLength: 6 })
  .map(
    values =>
      ({ name: 'm', help: 'H.', type: 'histogram', aggregator: 'sum', values }) as MetricObjectWithValues,
  );

describe('aggregators', () => {
  it('make of readings what those of prom-client make of them', () => {
    const { aggregators: theirs } = promClient as unknown as { aggregators: typeof aggregators };
    assert.deepEqual(Object.keys(aggregators).sort(), Object.keys(theirs).sort());
    const name = fc.constantFrom(...(Object.keys(theirs) as (keyof typeof theirs)[]));
    fc.assert(
      fc.property(name, fc.array(reading, { maxLength: 4 }), (aggregator, readings) => {
        assert.deepEqual(aggregators[aggregator](readings), theirs[aggregator](readings));
      }),
    );
  });

  it('keep label sets apart whose values contain separators', () => {
    const values = [
      { value: 1, labels: { a: '1,b:2' } },
      { value: 2, labels: { a: '1', b: '2' } },
    ];
    const summed = aggregators.sum([{ name: 'm', help: 'H.', type: 'gauge', aggregator: 'sum', values }]);
    assert.deepEqual(summed?.values, values);
  });
});
