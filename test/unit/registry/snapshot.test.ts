import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { FamilySnapshot, Snapshot } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

function familyOf({ families }: Snapshot, name: string): FamilySnapshot {
  return families.find(family => family.descriptor.name === name)!;
}

/** The values of the series in a snapshot, by label values. */
function valuesOf(snapshot: Snapshot, name: string): Record<string, number[]> {
  const { series, values, stride } = familyOf(snapshot, name);
  return Object.fromEntries(
    series.map((one, i) => [
      one.isOverflow ? 'overflow' : one.labelValues().join(),
      [...values.subarray(i * stride, (i + 1) * stride)],
    ]),
  );
}

describe('a snapshot', () => {
  it('has one value for each series of a counter or gauge', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    counter.inc({ a: 'x' }, 2.5);
    counter.inc({ a: 'y' }, 2 ** 40);
    gauge.set({ a: 'x' }, -1);
    const snapshot = registry.snapshot();
    assert.deepEqual(valuesOf(snapshot, 'c'), { x: [2.5], y: [2 ** 40] });
    assert.deepEqual(valuesOf(snapshot, 'g'), { x: [-1] });
    assert.equal(familyOf(snapshot, 'c').stride, 1);
  });

  it('has buckets that are not cumulative, then the sum, for each series of a histogram', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1, 2] });
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe({ a: 'x' }, value);
    histogram.observe({ a: 'y' }, 2);
    const snapshot = registry.snapshot();
    assert.equal(familyOf(snapshot, 'h').stride, 4);
    assert.deepEqual(valuesOf(snapshot, 'h'), { x: [2, 1, 1, 12], y: [0, 1, 0, 2] });
  });

  it('has the overflow series last, when something was recorded in it', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [] });
    for (const a of ['x', 'y']) {
      counter.inc({ a });
      histogram.observe({ a }, 0);
    }
    const snapshot = registry.snapshot();
    assert.deepEqual(Object.entries(valuesOf(snapshot, 'c')), [
      ['x', [1]],
      ['overflow', [1]],
    ]);
    assert.deepEqual(Object.entries(valuesOf(snapshot, 'h')), [
      ['x', [1, 0]],
      ['overflow', [1, 0]],
    ]);
  });

  it('leaves out gauges that no live thread has set, but for those without labels', test => {
    const registry = new Registry();
    const options = { name: 'g', help: 'G.', labelNames: ['a'] };
    registry.gauge({ name: 'bare', help: 'B.' });
    registry.gauge(options).set({ a: 'own' }, 1);
    const thread = new PlayedThread(test, registry.share(), 901);
    thread.gauge(options, 'theirs').set(2);
    assert.deepEqual(valuesOf(registry.snapshot(), 'g'), { own: [1], theirs: [2] });
    thread.attachment.detach();
    const snapshot = registry.snapshot();
    assert.deepEqual(valuesOf(snapshot, 'g'), { own: [1] });
    assert.deepEqual(valuesOf(snapshot, 'bare'), { '': [0] });
  });

  it('has the index of the active state of a state set, and the youngest label set of an info', () => {
    const registry = new Registry();
    const options = { name: 's', help: 'S.', states: ['on', 'off'] } as const;
    const states = registry.stateSet({ ...options, labelNames: ['a'] });
    registry.stateSet({ ...options, name: 'bare', initial: 'off' });
    const info = registry.info({ name: 'i', help: 'I.', labelNames: ['a'] });
    states.labels('never set');
    states.set({ a: 'x' }, 'off');
    states.set({ a: 'y' }, 'on');
    assert.deepEqual(valuesOf(registry.snapshot(), 'i'), {});
    for (const a of ['1', '2']) info.set({ a });
    const snapshot = registry.snapshot();
    assert.deepEqual(valuesOf(snapshot, 's'), { x: [1], y: [0] });
    assert.deepEqual(valuesOf(snapshot, 'bare'), { '': [1] });
    assert.deepEqual(valuesOf(snapshot, 'i'), { 2: [1] });
  });

  it('says when each series was created, the same in every thread, and anew after its end', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', labelNames: ['a'] } as const;
    const thread = new PlayedThread(test, registry.share(), 901);
    const createdIn = (snapshot: Snapshot, name = 'c'): number[] =>
      familyOf(snapshot, name).series.map(series => series.createdSeconds);
    const counter = registry.counter(options);
    const bare = registry.counter({ name: 'bare', help: 'B.' });
    counter.inc({ a: 'x' });
    test.mock.timers.setTime(2_000_500);
    const kept = counter.labels('y');
    kept.inc();
    thread.counter(options, 'x').inc();
    assert.deepEqual(createdIn(registry.snapshot()), [1_000, 2_000.5], 'a recording changes nothing');
    assert.deepEqual(createdIn(thread.engine.snapshots.take()), [1_000, 2_000.5]);
    test.mock.timers.setTime(3_000_000);
    const [old] = familyOf(registry.snapshot(), 'c').series;
    counter.remove('x');
    kept.inc();
    thread.counter(options, 'x').inc();
    assert.deepEqual(createdIn(registry.snapshot()), [2_000.5, 3_000], 'removed and recreated');
    assert.equal(old!.createdSeconds, 1_000, 'what somebody holds stays while the slot does');
    test.mock.timers.setTime(4_000_000);
    bare.reset();
    counter.reset();
    assert.deepEqual(createdIn(thread.engine.snapshots.take(), 'bare'), [4_000]);
    assert.deepEqual(createdIn(registry.snapshot()), []);
    test.mock.timers.setTime(5_000_000);
    kept.inc();
    assert.deepEqual(createdIn(thread.engine.snapshots.take()), [5_000]);
  });

  it('is of the families that it is taken of', test => {
    const registry = new Registry();
    for (const name of ['a', 'b', 'c']) registry.counter({ name, help: 'C.' }).inc();
    const { engine } = new PlayedThread(test, registry.share(), 901);
    const [, second] = engine.catalogue.families();
    const { families } = engine.snapshots.takeOf([second!]);
    assert.deepEqual(
      families.map(({ descriptor, values }) => [descriptor.name, values[0]]),
      [['b', 1]],
    );
  });

  it('names the threads of a gauge that is shown by thread', test => {
    const registry = new Registry();
    const options = { name: 'g', help: 'G.', aggregator: 'thread' } as const;
    registry.gauge(options).set(1);
    new PlayedThread(test, registry.share(), 901).gauge(options).set(2);
    const family = familyOf(registry.snapshot(), 'g');
    assert.deepEqual(family.threads, ['0', '901']);
    assert.deepEqual([...family.values], [1, 2]);
    assert.equal(family.series[0], family.series[1]);
    registry.counter({ name: 'c', help: 'C.' });
    assert.equal(familyOf(registry.snapshot(), 'c').threads, undefined);
  });

  it('does not change when recordings go on, until the next one is taken', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    counter.inc(5);
    const snapshot = registry.snapshot();
    counter.inc(2);
    assert.equal(familyOf(snapshot, 'c').values[0], 5);
    assert.equal(familyOf(registry.snapshot(), 'c').values[0], 7);
  });

  it('holds families that grow by many series between two of them', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    for (const count of [1, 10, 100, 500]) {
      for (let i = 0; i < count; i++) counter.labels(`v${i}`).inc();
      const values = Object.values(valuesOf(registry.snapshot(), 'c'));
      assert.equal(values.length, count);
      assert.ok(values.every(([value]) => value! >= 1));
    }
  });

  it('says so when a series of it is read whose slot has gone to another', () => {
    const registry = new Registry({ seriesMax: 2, familiesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    counter.inc({ a: 'old' });
    const [series] = familyOf(registry.snapshot(), 'c').series;
    for (let i = 0; i < 50; i++) {
      counter.inc({ a: `new-${i}` });
      counter.remove(`new-${i}`);
    }
    assert.deepEqual(series!.labelValues(), ['old']);
    counter.remove('old');
    for (let i = 0; i < 50; i++) {
      counter.inc({ a: `new-${i}` });
      counter.remove(`new-${i}`);
    }
    assert.throws(() => series!.labelValues(), { code: 'ERR_STALE_SNAPSHOT' });
    assert.throws(() => series!.createdSeconds, { code: 'ERR_STALE_SNAPSHOT' });
  });
});
