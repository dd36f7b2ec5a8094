import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { SlotIndex } from '../../../src/memory/layout.js';
import type { FamilyEntry } from '../../../src/registry/catalogue.js';
import { Catalogue } from '../../../src/registry/catalogue.js';
import { PlayedThread } from './played-thread.js';

const COUNTER = { name: 'c', help: 'C.', labelNames: ['a'] };

/** A registry and a catalogue of another thread over the same arena. */
function sceneOf(test: TestContext): {
  registry: Registry;
  catalogue: Catalogue;
  thread: PlayedThread;
  valuesOf: ValuesOf;
} {
  const registry = new Registry({ seriesMax: 20, familiesMax: 10 });
  const thread = new PlayedThread(test, registry.share(), 901);
  return { registry, thread, catalogue: new Catalogue(thread.attachment), valuesOf: valuesIn(thread) };
}

/** Label values of the series that a family lists. */
type ValuesOf = (family: FamilyEntry) => string[];

function valuesIn({ attachment: { records } }: PlayedThread): ValuesOf {
  return ({ series }) =>
    Array.from({ length: series.length }, (_, row) => {
      const slot = series.slots[row] as SlotIndex;
      assert.equal(series.sequences[row], records.slots.sequence(slot));
      assert.equal(series.cells[row], records.slots.cellOffset(slot));
      return records.labelValuesOf(slot).join();
    });
}

describe('a catalogue', () => {
  it('lists families in the order of definition and series in the order of creation', test => {
    const { registry, catalogue, valuesOf } = sceneOf(test);
    assert.deepEqual(catalogue.families(), []);
    const last = registry.gauge({ name: 'z', help: 'Z.', labelNames: ['a', 'b'] });
    registry.counter(COUNTER).inc({ a: '1' });
    last.set({ a: 'y', b: 'x' }, 1);
    last.set({ a: 'b' }, 1);
    const families = catalogue.families();
    assert.deepEqual(
      families.map(family => family.descriptor.name),
      ['z', 'c'],
    );
    assert.deepEqual(families.map(valuesOf), [['y,x', 'b,'], ['1']]);
  });

  it('knows each definition as it was given', test => {
    const { registry, catalogue } = sceneOf(test);
    registry.histogram({ name: 'h_seconds', help: 'é', unit: 'seconds', buckets: [0.1, 5], seriesMax: 7 });
    const [{ descriptor }] = catalogue.families() as [FamilyEntry];
    assert.deepEqual(descriptor, {
      type: 'histogram',
      name: 'h_seconds',
      help: 'é',
      unit: 'seconds',
      labelNames: [],
      aggregator: 'sum',
      sharing: 'striped',
      bounds: [0.1, 5],
      sketch: null,
      quantiles: [],
      enableExemplars: false,
      states: [],
      initial: '',
      seriesMax: 7,
      idleExpirySeconds: 0,
      openLabels: false,
    });
  });

  it('does not list a series before its first recording, though a handle exists', test => {
    const { registry, catalogue, valuesOf } = sceneOf(test);
    const handle = registry.counter(COUNTER).labels('x');
    assert.deepEqual(catalogue.families().map(valuesOf), [[]]);
    handle.inc();
    assert.deepEqual(catalogue.families().map(valuesOf), [['x']]);
  });

  it('knows the series that only a handle has asked for where idle series expire, as they are now', test => {
    const { registry, catalogue } = sceneOf(test);
    const other = registry.counter({ name: 'other', help: 'O.', labelNames: ['a'] });
    const counter = registry.counter({ ...COUNTER, idleExpirySeconds: 60 });
    const handle = counter.labels('x');
    counter.labels('y');
    other.labels('x');
    const hidden = (): string[][] =>
      catalogue.families().map(family => family.hidden.map(series => series.labelValues().join()));
    assert.deepEqual(hidden(), [[], ['x', 'y']]);
    assert.deepEqual(hidden(), [[], ['x', 'y']]);
    handle.inc();
    assert.deepEqual(hidden(), [[], ['y']]);
    counter.remove('y');
    assert.deepEqual(hidden(), [[], []]);
  });

  it('keeps the overflow series apart', test => {
    const { registry, catalogue, valuesOf } = sceneOf(test);
    registry.counter(COUNTER).inc({ a: 'x' });
    const [family] = catalogue.families() as [FamilyEntry];
    assert.deepEqual(valuesOf(family), ['x']);
    assert.equal(family.overflow?.isOverflow, true);
    assert.deepEqual(family.overflow.labelValues(), []);
  });

  it('gives the same lists while nothing changes, and leaves those alone that somebody holds', test => {
    const { registry, catalogue, valuesOf } = sceneOf(test);
    const counter = registry.counter(COUNTER);
    counter.inc({ a: 'x' });
    const [family] = catalogue.families() as [FamilyEntry];
    const { series } = family;
    counter.inc({ a: 'x' }, 5);
    assert.equal(catalogue.families()[0], family);
    assert.equal(family.series, series);
    const held = (): unknown[] => [series.length, ...series.slots.subarray(0, 1), series.sequences[0]];
    const before = held();
    for (const a of ['y', 'z']) counter.inc({ a });
    assert.equal(catalogue.families()[0], family);
    assert.deepEqual(valuesOf(family), ['x', 'y', 'z']);
    counter.remove('x');
    assert.deepEqual(valuesOf(catalogue.families()[0]!), ['y', 'z']);
    assert.deepEqual(held(), before);
  });

  it('follows what any thread adds and removes', test => {
    const { registry, catalogue, thread, valuesOf } = sceneOf(test);
    const counter = registry.counter(COUNTER);
    counter.inc({ a: '1' });
    thread.counter(COUNTER, '2').inc();
    assert.deepEqual(catalogue.families().map(valuesOf), [['1', '2']]);
    counter.remove('1');
    assert.deepEqual(catalogue.families().map(valuesOf), [['2']]);
    thread.counter(COUNTER, '1').inc();
    assert.deepEqual(catalogue.families().map(valuesOf), [['2', '1']]);
    registry.removeSingleMetric('c');
    assert.deepEqual(catalogue.families(), []);
    thread.counter(COUNTER, '3').inc();
    assert.deepEqual(catalogue.families().map(valuesOf), [['3']]);
  });

  it('is not confused by slots that are used again, however often', test => {
    const { registry, catalogue, thread, valuesOf } = sceneOf(test);
    const counter = registry.counter(COUNTER);
    counter.inc({ a: 'stays' });
    for (let round = 0; round < 200; round++) {
      counter.inc({ a: `r${round}` });
      if (round % 3 === 0) registry.gauge({ name: `g${round}`, help: 'G.' }).set(1);
      assert.deepEqual(valuesOf(catalogue.families()[0]!), ['stays', `r${round}`]);
      assert.equal(catalogue.families().length, round % 3 === 0 ? 2 : 1);
      counter.remove(`r${round}`);
      if (round % 3 === 0) registry.removeSingleMetric(`g${round}`);
      thread.attachment.safePoint();
    }
    assert.deepEqual(catalogue.families().map(valuesOf), [['stays']]);
  });
});
