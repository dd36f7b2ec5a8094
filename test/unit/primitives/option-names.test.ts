import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, Registry } from '../../../src/index.js';
import type { FamilyType } from '../../../src/index.js';
import { nativeNameProblems, optionNameProblems } from '../../../src/primitives/option-names.js';

const TYPES: readonly FamilyType[] = ['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset'];

describe('the names of options', () => {
  it('are taken when the type has them, and nothing is said', () => {
    const COMMON = { name: 'm', help: 'M.', labelNames: ['a'], collect: () => undefined, registers: [] };
    const VALUES = { ...COMMON, unit: 's', sharing: 'atomic', seriesMax: 1, idleExpirySeconds: 1 };
    const GIVEN: Record<FamilyType, object> = {
      counter: { ...VALUES, enableExemplars: true },
      gauge: { ...VALUES, aggregator: 'max' },
      histogram: { ...VALUES, buckets: [1], native: true, enableExemplars: true },
      summary: {
        ...VALUES,
        percentiles: [],
        relativeError: 1,
        maxBuckets: 1,
        maxAgeSeconds: 1,
        ageBuckets: 1,
      },
      info: COMMON,
      stateset: { ...COMMON, states: ['a'], initial: 'a', seriesMax: 1 },
    };
    for (const type of TYPES) assert.deepEqual(optionNameProblems(type, GIVEN[type]), [], type);
  });

  it('of prom-client without effect here are let through, and those that are undefined', () => {
    const everywhere = { aggregator: 'omit', enableExemplars: false, bukets: undefined };
    for (const type of TYPES) assert.deepEqual(optionNameProblems(type, everywhere), [], type);
    const windows = { compressCount: 500, pruneAgedBuckets: true };
    assert.deepEqual(optionNameProblems('summary', windows), []);
    assert.equal(optionNameProblems('histogram', windows).length, 3);
  });

  it('are refused when the type has none such, with the nearest that it has', () => {
    const CASES: readonly [FamilyType, string, string | undefined][] = [
      ['counter', 'labelnames', 'labelNames'],
      ['counter', 'labels', 'labelNames'],
      ['gauge', 'label_names', 'labelNames'],
      ['gauge', 'aggregation', 'aggregator'],
      ['histogram', 'bucket', 'buckets'],
      ['histogram', 'hlep', 'help'],
      ['summary', 'percentile', 'percentiles'],
      ['summary', 'maxAge', undefined],
      ['stateset', 'state', 'states'],
      ['info', 'sharing', undefined],
      ['counter', 'buckets', undefined],
      ['counter', 'x'.repeat(100_000), undefined],
    ];
    for (const [type, name, meant] of CASES) {
      const line = optionNameProblems(type, { [name]: 1 })[0]!;
      assert.match(line, /^\w+ is no option of an? (\w+|state set)(;|$)/);
      assert.equal(/did you mean (\w+)\?$/.exec(line)?.[1], meant, line.slice(0, 100));
    }
    for (const type of ['gauge', 'summary', 'info', 'stateset'] as const)
      assert.match(optionNameProblems(type, { enableExemplars: true })[0]!, /^enableExemplars is no option/);
  });

  it('are refused all at once, and those that there are follow', () => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', labelnames: ['q'], ttl: 5, 'a b': 1 };
    assert.throws(
      () => registry.counter(options as never),
      new ConfigurationError('c', [
        'labelnames is no option of a counter; did you mean labelNames?',
        'ttl is no option of a counter',
        "'a b' is no option of a counter",
        'the options of a counter are name, help, labelNames, collect, registers, unit, sharing, seriesMax, ' +
          'idleExpirySeconds, enableExemplars',
      ]),
    );
    assert.deepEqual(registry.snapshot().families, []);
  });

  it('of native buckets are checked too', () => {
    assert.deepEqual(nativeNameProblems({ schema: 3, maxBuckets: 20, zeroThreshold: 0 }), []);
    assert.deepEqual(nativeNameProblems({ shema: 3 }), [
      'shema is no option of native; did you mean schema?',
      'the options of native are schema, maxBuckets, zeroThreshold',
    ]);
    const histogram = (native: unknown): unknown =>
      new Registry().histogram({ name: 'h', help: 'H.', native: native as true });
    assert.throws(
      () => histogram({ shema: 3, maxBuckets: 1 }),
      /shema is no option.*native\.maxBuckets is 1/,
    );
    assert.throws(() => histogram([]), /native is \[\]; it must be true or an object of options/);
  });

  it('say nothing about the aggregator of other types, which has no effect', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', aggregator: 'last' } as never);
    assert.equal(registry.counter({ name: 'c', help: 'C.' }), counter);
    const [family] = registry.snapshot().families;
    assert.deepEqual([family!.descriptor.aggregator, family!.descriptor.sharing], ['sum', 'striped']);
  });
});
