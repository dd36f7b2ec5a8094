import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counter, LayoutMismatchError, Registry } from '../../../src/index.js';
import type { RegistryToken } from '../../../src/index.js';
import { sampleLines, samples, textOf } from '../sample-lines.js';

describe('removing', () => {
  it('a metric takes it and its series out; its handles record nothing, until it is defined again', () => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', labelNames: ['a'] as const };
    const old = registry.counter(options);
    const [handle, bare] = [old.labels('x'), registry.counter({ name: 'bare', help: 'B.' })];
    handle.inc(5);
    registry.removeSingleMetric('c');
    registry.removeSingleMetric('bare');
    registry.removeSingleMetric('nothing');
    for (const record of [
      () => handle.inc(),
      () => old.inc({ a: 'y' }),
      () => old.labels('z').inc(),
      () => bare.inc(),
    ])
      record();
    old.remove('x');
    old.reset();
    assert.equal(textOf(registry), '');
    assert.deepEqual(registry.seriesByFamily(), {});
    const fresh = registry.counter(options);
    assert.notEqual(fresh, old);
    fresh.inc({ a: 'x' });
    handle.inc();
    assert.deepEqual(samples(registry), { 'c{a="x"}': 2 });
  });

  it('a metric lets another definition have its name', () => {
    const registry = new Registry();
    const old = registry.counter({ name: 'm', help: 'Old.', labelNames: ['a'] });
    const handle = old.labels('x');
    handle.inc();
    registry.removeSingleMetric('m');
    const gauge = registry.gauge({ name: 'm', help: 'New.' });
    handle.inc();
    old.inc({ a: 'y' });
    gauge.set(3);
    assert.equal(textOf(registry), '# HELP m New.\n# TYPE m gauge\nm 3\n');
  });

  it('and defining go on without end, also when nothing is recorded in between', () => {
    const registry = new Registry({ seriesMax: 1, familiesMax: 1 });
    for (let round = 0; round < 100; round++) {
      registry.counter({ name: 'c', help: 'C.' });
      registry.removeSingleMetric('c');
    }
    assert.equal(textOf(registry), '');
  });

  it('series makes room for others, also in a thread whose event loop never turns', () => {
    const registry = new Registry({ seriesMax: 2, familiesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    counter.inc({ a: 'stays' });
    for (let round = 0; round < 500; round++) {
      counter.inc({ a: `r${round}` });
      counter.remove(`r${round}`);
    }
    counter.inc({ a: 'last' });
    assert.deepEqual(samples(registry), { 'c{a="stays"}': 1, 'c{a="last"}': 1 });
  });

  it('everything leaves an empty registry that can be filled again, as often as one likes', () => {
    const registry = new Registry({ seriesMax: 4, familiesMax: 3 });
    for (let round = 0; round < 50; round++) {
      const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
      const gauge = registry.gauge({ name: 'g', help: 'G.' });
      for (const value of ['1', '2', '3']) counter.inc({ a: value });
      gauge.set(round);
      assert.equal(samples(registry)['g'], round);
      assert.equal(sampleLines(registry).length, 4);
      registry.clear();
      assert.equal(textOf(registry), '');
      assert.deepEqual([registry.cardinality().series, registry.cardinality().families], [0, 0]);
    }
  });
});

describe('resetting all metrics', () => {
  it('removes series with labels and starts the others at 0; handles go on', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const bare = registry.counter({ name: 'bare', help: 'B.' });
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] });
    const gauge = registry.gauge({ name: 'g', help: 'G.' });
    const handle = counter.labels('x');
    for (const record of [
      () => handle.inc(5),
      () => bare.inc(5),
      () => histogram.observe(5),
      () => gauge.set(5),
    ])
      record();
    registry.resetMetrics();
    assert.deepEqual(samples(registry), { bare: 0, 'h_bucket{le="+Inf"}': 0, h_sum: 0, h_count: 0, g: 0 });
    handle.inc();
    bare.inc();
    histogram.observe(2);
    gauge.inc();
    const expected = { 'c{a="x"}': 1, bare: 1, 'h_bucket{le="+Inf"}': 1, h_sum: 2, h_count: 1, g: 1 };
    assert.deepEqual(samples(registry), expected);
  });

  it('can be repeated without recording in between', () => {
    const registry = new Registry({ seriesMax: 2, familiesMax: 2 });
    registry.counter({ name: 'a', help: 'A.' }).inc();
    registry.gauge({ name: 'b', help: 'B.' }).set(3);
    for (let i = 0; i < 50; i++) registry.resetMetrics();
    assert.deepEqual(samples(registry), { a: 0, b: 0 });
  });
});

describe('attaching', () => {
  it('gives another registry over the same series', () => {
    const registry = new Registry();
    const attached = Registry.attach(registry.share());
    const [ours, theirs] = [registry, attached].map(one => one.counter({ name: 'c', help: 'C.' }));
    assert.notEqual(ours, theirs);
    ours!.inc();
    theirs!.inc(2);
    assert.deepEqual([samples(registry), samples(attached)], [{ c: 3 }, { c: 3 }]);
    assert.equal(registry.threads().length, 1, 'one thread has one stripe');
  });

  it('sees the limits of the registry that was shared', () => {
    const attached = Registry.attach(new Registry({ seriesMax: 77 }).share());
    assert.equal(attached.cardinality().seriesMax, 77);
  });

  it('is refused for what is no token', () => {
    const { arena, settings } = new Registry().share();
    const bad = [
      undefined,
      null,
      5,
      {},
      arena,
      { settings },
      { arena },
      { arena: new SharedArrayBuffer(9_000), settings },
    ];
    for (const token of bad)
      assert.throws(() => Registry.attach(token as RegistryToken), LayoutMismatchError);
  });

  it('defines again what the other registry has removed, by either way', () => {
    const registry = new Registry();
    const attached = Registry.attach(registry.share());
    const options = { name: 'c', help: 'C.', labelNames: ['a'] as const };
    const counter = registry.counter(options);
    for (const remove of [() => attached.removeSingleMetric('c'), () => attached.clear()]) {
      counter.inc({ a: 'x' });
      remove();
      assert.equal(textOf(registry), '');
      assert.equal(registry.counter(options), counter);
      counter.inc({ a: 'y' }, 2);
      assert.deepEqual(samples(attached), { 'c{a="y"}': 2 });
    }
    attached.clear();
    new Counter({ ...options, registers: [registry] }).inc({ a: 'z' });
    assert.deepEqual(samples(attached), { 'c{a="z"}': 1 });
  });
});

describe('closing', () => {
  it('gives the stripe back, once nobody of this thread needs it', () => {
    const registry = new Registry();
    const attached = Registry.attach(registry.share());
    const counter = registry.counter({ name: 'c', help: 'C.' });
    attached.close();
    counter.inc();
    assert.equal(registry.threads().length, 1);
    assert.deepEqual(samples(registry), { c: 1 });
    const token = registry.share();
    registry.close();
    registry.close();
    counter.inc();
    const later = Registry.attach(token);
    assert.deepEqual(samples(later), { c: 1 }, 'a handle of a closed registry records nothing');
  });

  it('and using it again is using the same registry', () => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.' };
    registry.counter(options).inc(2);
    registry.close();
    assert.deepEqual(samples(registry), { c: 2 });
  });

  it('a registry that was never used does nothing', () => new Registry().close());
});
