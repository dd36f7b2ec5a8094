import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { BUCKETS_MAX } from '../../../src/memory/bucket-index.js';
import {
  DEFAULT_BUCKETS,
  buckets,
  exponentialBuckets,
  linearBuckets,
} from '../../../src/primitives/buckets.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';

type Progression = [start: number, step: number, count: number];

describe('linear buckets', () => {
  it('start where they are told to and do not drift', () => {
    assert.deepEqual(linearBuckets(0, 50, 4), [0, 50, 100, 150]);
    assert.deepEqual(linearBuckets(-1.5, 0.5, 3), [-1.5, -1, -0.5]);
    assert.equal(linearBuckets(0, 0.1, 11)[10], 1);
  });

  it('are those of prom-client', () => {
    const CASES: readonly Progression[] = [
      [0, 50, 10],
      [1, 0.3, 7],
      [-5, 2.5, 1],
    ];
    for (const args of CASES) {
      assert.deepEqual(linearBuckets(...args), promClient.linearBuckets(...args));
    }
  });

  it('need a count', () => {
    for (const count of [0, -1]) {
      assert.throws(() => linearBuckets(0, 1, count), {
        message: `Linear buckets needs a positive count, not ${count}`,
      });
    }
  });
});

describe('exponential buckets', () => {
  it('grow by their factor, as those of prom-client', () => {
    assert.deepEqual(exponentialBuckets(1, 2, 5), [1, 2, 4, 8, 16]);
    const CASES: readonly Progression[] = [
      [0.001, 1.5, 20],
      [3, 10, 1],
      [1e-9, 4, 12],
    ];
    for (const args of CASES) {
      assert.deepEqual(exponentialBuckets(...args), promClient.exponentialBuckets(...args));
    }
  });

  it('need a positive start, a positive count and a factor above 1', () => {
    const BAD: readonly [Progression, string][] = [
      [[0, 2, 3], 'Exponential buckets needs a positive start, not 0'],
      [[-1, 2, 3], 'Exponential buckets needs a positive start, not -1'],
      [[1, 2, 0], 'Exponential buckets needs a positive count, not 0'],
      [[1, 1, 3], 'Exponential buckets needs a factor greater than 1, not 1'],
    ];
    for (const [args, message] of BAD) {
      assert.throws(() => exponentialBuckets(...args), { message });
      // What prom-client says is how it begins.
      assert.throws(() => promClient.exponentialBuckets(...args), { message: message.split(',')[0]! });
    }
  });
});

describe('arguments that make no bounds', () => {
  it('are refused by both progressions, with their name and value', () => {
    const BAD: readonly [unknown[], string][] = [
      [[1, 2, NaN], 'buckets needs a number as count, not NaN'],
      [[1, 2, '3'], "buckets needs a number as count, not '3'"],
      [[1, 2], 'buckets needs a number as count, not undefined'],
      [[1, 2, 2.5], 'buckets needs a whole count of at most 65534, not 2.5'],
      [[1, 2, Infinity], 'buckets needs a whole count of at most 65534, not Infinity'],
      [[1, 2, BUCKETS_MAX], `buckets needs a whole count of at most 65534, not ${BUCKETS_MAX}`],
      [['1', 2, 3], "buckets needs a finite start, not '1'"],
      [[NaN, 2, 3], 'buckets needs a finite start, not NaN'],
    ];
    for (const [args, message] of BAD) {
      assert.throws(() => linearBuckets(...(args as Progression)), { message: `Linear ${message}` });
      assert.throws(() => exponentialBuckets(...(args as Progression)), {
        message: `Exponential ${message}`,
      });
    }
    assert.throws(() => linearBuckets(0, '1' as never, 2), /needs a finite width, not '1'$/);
    assert.throws(() => exponentialBuckets(1, Infinity, 2), /needs a finite factor, not Infinity$/);
  });

  it('are none up to the most bounds that a histogram takes', () => {
    const bounds = linearBuckets(0, 1, BUCKETS_MAX - 1);
    assert.equal(
      describeFamily('histogram', { name: 'm', help: 'M.', buckets: bounds }, 1).bounds.length,
      BUCKETS_MAX - 1,
    );
  });
});

describe('the presets', () => {
  it('can be used as they are', () => {
    for (const [name, bounds] of Object.entries({ ...buckets, default: DEFAULT_BUCKETS })) {
      const options = { name: 'preset', help: 'Preset.', buckets: bounds };
      assert.deepEqual(describeFamily('histogram', options, 1).bounds, bounds, name);
      assert.ok(Object.isFrozen(bounds), name);
    }
    assert.ok(Object.isFrozen(buckets));
  });

  it('have the default of prom-client as theirs', async () => {
    const histogram = new promClient.Histogram({ name: 'a', help: 'a', registers: [] });
    const { values } = await histogram.get();
    const bounds = values.map(value => value.labels.le).filter(le => typeof le === 'number');
    assert.deepEqual([...DEFAULT_BUCKETS], bounds);
  });
});
