import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry, exemplarsOf, setExemplarSource } from '../../../src/index.js';
import type { CounterHandle } from '../../../src/index.js';
import { StripedCounterCell } from '../../../src/memory/counter-cell.js';
import { ExemplarCounterHandle } from '../../../src/primitives/exemplar-handles.js';
import { samples, textOf } from '../sample-lines.js';
import { shownExemplars, shownIds } from '../shown-exemplars.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const OPTIONS = { name: 'c', help: 'C.', labelNames: ['a'], enableExemplars: true } as const;

function id(text: string | number): { exemplarLabels: { id: string | number } } {
  return { exemplarLabels: { id: text } };
}

describe('exemplars of several threads', () => {
  /** A handle of the same series in each of two threads, and a clock that stands still. */
  function sceneOf(test: TestContext): { registry: Registry; handles: CounterHandle[] } {
    test.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
    const registry = new Registry({ threadsMax: 4 });
    const thread = new PlayedThread(test, registry.share(), 901);
    const binding = thread.define('counter', OPTIONS);
    const theirs = new ExemplarCounterHandle(
      binding,
      binding.place(['x']),
      place => new StripedCounterCell(binding.ownWriter!, place),
    );
    return { registry, handles: [registry.counter(OPTIONS).labels('x'), theirs] };
  }

  it('are shown once: the newest', test => {
    const { registry, handles } = sceneOf(test);
    for (const [index, name] of [
      [0, 'first'],
      [1, 'second'],
      [0, 'third'],
      [1, 'fourth'],
    ] as const) {
      test.mock.timers.tick(1_000);
      handles[index]!.inc(1, { id: name });
      assert.deepEqual(shownIds(registry), { 'c{x}': [`0: 1 ${name}`] });
    }
    assert.deepEqual(samples(registry), { 'c{a="x"}': 4 });
  });

  it('are read in any of them', test => {
    const { registry, handles } = sceneOf(test);
    handles[1]!.inc(1, { id: 'theirs' });
    const other = Registry.attach(registry.share());
    test.after(() => other.close());
    assert.deepEqual(shownIds(other), { 'c{x}': ['0: 1 theirs'] });
  });
});

describe('exemplars of a snapshot', () => {
  it('are none for a family without them, and for a series that is not there', () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.' }).set(1);
    registry.counter({ name: 'c', help: 'C.', enableExemplars: true }).inc(id(1));
    const [gauges, counters] = registry.snapshot().families;
    assert.deepEqual(exemplarsOf(gauges!, 0), []);
    assert.equal(exemplarsOf(counters!, 0).length, 1);
    assert.deepEqual(exemplarsOf(counters!, 1), []);
    assert.deepEqual(exemplarsOf(counters!, -1), []);
  });

  it('are those of the moment when they are asked for', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    const [family] = registry.snapshot().families;
    assert.deepEqual(exemplarsOf(family!, 0), []);
    counter.inc(id('later'));
    assert.equal(exemplarsOf(family!, 0)[0]!.labels['id'], 'later');
  });

  it('have any label name as their own', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    const exemplarLabels = Object.fromEntries([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    counter.inc({ exemplarLabels });
    const { labels } = shownExemplars(registry)['c{}']![0]!;
    assert.deepEqual(Object.entries(labels), [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
  });

  it('of a series whose cells have been given back are an error, not another’s', () => {
    const registry = new Registry();
    const counter = registry.counter(OPTIONS);
    counter.inc({ labels: { a: 'x' }, ...id('x') });
    const [family] = registry.snapshot().families;
    counter.remove('x');
    assert.equal(exemplarsOf(family!, 0)[0]!.labels['id'], 'x', 'removed, and its cells are as they were');
    registry.safePoint();
    for (let i = 0; i < 200; i++) {
      counter.inc({ labels: { a: String(i) }, ...id(i) });
      counter.remove(String(i));
      registry.safePoint();
    }
    assert.throws(() => exemplarsOf(family!, 0), { code: 'ERR_STALE_SNAPSHOT' });
  });

  it('are not in the text format 0.0.4', () => {
    const registry = new Registry();
    const plain = new Registry();
    registry.counter({ name: 'c', help: 'C.', enableExemplars: true }).inc(id(1));
    plain.counter({ name: 'c', help: 'C.' }).inc();
    assert.equal(textOf(registry), textOf(plain));
  });
});

describe('exemplars of a series', () => {
  it('go with it when it is removed or reset, and its successor starts without', () => {
    const registry = new Registry();
    const counter = registry.counter(OPTIONS);
    const bare = registry.counter({ name: 'b', help: 'B.', enableExemplars: true });
    const handle = counter.labels('x');
    handle.inc(1, { id: 'first' });
    bare.inc(id('first'));
    counter.remove('x');
    bare.reset();
    assert.deepEqual(shownIds(registry), {});
    handle.inc(2);
    bare.inc(2);
    assert.deepEqual(shownIds(registry), {});
    assert.deepEqual(samples(registry), { 'c{a="x"}': 2, b: 2 });
    handle.inc(3, { id: 'again' });
    assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 3 again'] });
  });

  it('beyond a limit are those of the overflow series', () => {
    const registry = new Registry();
    const counter = registry.counter({ ...OPTIONS, seriesMax: 1 });
    for (const a of ['x', 'y', 'z']) counter.inc({ labels: { a }, ...id(a) });
    assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 1 x'], 'c{overflow}': ['0: 1 z'] });
    assert.equal(
      samples(registry)['threadtally_overflow_observations_total{family="c",reason="family_limit"}'],
      2,
    );
  });

  it('are not written by handles of a registry that is closed, nor of a family that is gone', () => {
    const registry = new Registry();
    const other = Registry.attach(registry.share());
    const counter = other.counter(OPTIONS);
    counter.inc({ labels: { a: 'x' }, ...id('x') });
    registry.removeSingleMetric('c');
    counter.inc({ labels: { a: 'x' }, ...id('y') });
    assert.deepEqual(shownIds(registry), {});
    registry.close();
    other.close();
    counter.inc({ labels: { a: 'x' }, ...id('z') });
    const again = Registry.attach(registry.share());
    assert.deepEqual(shownIds(again), {});
    again.close();
    registry.close();
  });

  it('survive the purge of handles, and purged handles are found again', () => {
    const registry = new Registry();
    const counter = registry.counter(OPTIONS);
    const handle = counter.labels('x');
    handle.inc(1, { id: 'x' });
    counter.purge();
    assert.equal(counter.labels('x'), handle);
    counter.remove('x');
    counter.purge();
    counter.inc({ labels: { a: 'x' }, ...id('again') });
    assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 1 again'] });
  });
});

describe('a source that removes the series it is asked for', () => {
  it('does not bring the exemplar to another series', test => {
    const registry = new Registry();
    test.after(() => setExemplarSource(undefined));
    const counter = registry.counter(OPTIONS);
    counter.inc({ a: 'x' });
    setExemplarSource(() => {
      counter.remove('x');
      registry.safePoint();
      return { id: 'x' };
    });
    counter.inc({ a: 'x' }, 5);
    setExemplarSource(undefined);
    assert.deepEqual(shownIds(registry), { 'c{x}': ['0: 5 x'] });
    assert.deepEqual(samples(registry), { 'c{a="x"}': 5 });
  });
});
