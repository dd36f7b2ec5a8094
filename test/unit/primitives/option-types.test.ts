import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type {
  CounterOptions,
  GaugeOptions,
  HistogramOptions,
  InfoOptions,
  Labels,
  StateSetOptions,
  SummaryOptions,
} from '../../../src/index.js';

const NAMED = { name: 'm', help: 'M.' } as const;
const COMMON = {
  ...NAMED,
  labelNames: undefined,
  unit: undefined,
  sharing: undefined,
  seriesMax: undefined,
  idleExpirySeconds: undefined,
  collect: undefined,
  registers: undefined,
};

describe('the types of options', () => {
  it('let every option be undefined, which is as if it were left out', () => {
    const counter: CounterOptions = { ...COMMON, enableExemplars: undefined };
    const gauge: GaugeOptions = { ...COMMON, aggregator: undefined };
    const native = { schema: undefined, maxBuckets: undefined, zeroThreshold: undefined };
    const plain: HistogramOptions = { ...COMMON, buckets: undefined, native: undefined };
    const histogram: HistogramOptions = { ...COMMON, native, enableExemplars: undefined };
    const summary: SummaryOptions = {
      ...COMMON,
      percentiles: undefined,
      relativeError: undefined,
      maxBuckets: undefined,
      maxAgeSeconds: undefined,
      ageBuckets: undefined,
    };
    const states: StateSetOptions = { ...NAMED, states: ['a'], initial: undefined, seriesMax: undefined };
    const define: readonly ((registry: Registry, isGiven: boolean) => unknown)[] = [
      (registry, isGiven) => registry.counter(isGiven ? counter : NAMED),
      (registry, isGiven) => registry.gauge(isGiven ? gauge : NAMED),
      (registry, isGiven) => registry.histogram(isGiven ? plain : NAMED),
      (registry, isGiven) => registry.histogram(isGiven ? histogram : { ...NAMED, native: true }),
      (registry, isGiven) => registry.summary(isGiven ? summary : NAMED),
      (registry, isGiven) => registry.stateSet(isGiven ? states : { ...NAMED, states: ['a'] }),
    ];
    for (const one of define) {
      const registry = new Registry();
      assert.equal(one(registry, true), one(registry, false));
    }
  });

  it('have no expiry for infos and state sets, which refuse it', () => {
    // @ts-expect-error what is so stays so
    const info: InfoOptions<'v'> = { ...NAMED, labelNames: ['v'], idleExpirySeconds: 5 };
    // @ts-expect-error what is so stays so
    const states: StateSetOptions = { ...NAMED, states: ['a'], idleExpirySeconds: 5 };
    assert.throws(() => new Registry().info(info), /series of type info do not expire/);
    assert.throws(() => new Registry().stateSet(states), /series of type stateset do not expire/);
  });
});

describe('the types of label sets', () => {
  it('are what labels(), remove() and init() have in their last form, which a compiler names when none fits', () => {
    const counter = new Registry().counter({ ...NAMED, labelNames: ['a'] });
    const gauge = new Registry().gauge({ ...NAMED, labelNames: ['a'] });
    type Last<F extends (...given: never[]) => unknown> = Parameters<F>;
    const given: [
      Last<typeof counter.labels>,
      Last<typeof counter.remove>,
      Last<typeof counter.init>,
      Last<typeof gauge.init>,
    ] = [[{ a: 1 }], [{ a: 1 }], [{ a: 1 }], [{ a: 1 }]];
    const sets: readonly [Labels<'a'>][] = given;
    for (const [labels] of sets) assert.equal(counter.labels(labels), counter.labels(1));
    // @ts-expect-error the object has no label b
    assert.throws(() => counter.labels({ b: 1 }), /"b" is not included/);
  });
});
