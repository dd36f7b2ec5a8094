import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Registry, setExemplarSource } from '../../../src/index.js';
import type { Counter, ExemplarSource } from '../../../src/index.js';
import { samples } from '../sample-lines.js';
import { shownExemplars, shownIds } from '../shown-exemplars.js';

afterEach(() => setExemplarSource(undefined));

function sceneOf(): { registry: Registry; counter: Counter<never> } {
  const registry = new Registry();
  return { registry, counter: registry.counter({ name: 'c', help: 'C.', enableExemplars: true }) };
}

const DROPPED = 'threadtally_dropped_exemplars_total';

describe('the exemplar source', () => {
  it('is a function or undefined; anything else is refused and the one that was set stays', () => {
    const { registry, counter } = sceneOf();
    setExemplarSource(() => ({ id: 'kept' }));
    for (const [source, text] of [
      [5, '5'],
      [null, 'null'],
      [{ id: '1' }, "{ id: '1' }"],
    ] as const) {
      assert.throws(() => setExemplarSource(source as never), {
        name: 'TypeError',
        message: `the exemplar source is ${text}; it must be a function that returns labels, or undefined for none`,
      });
    }
    counter.inc();
    assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 kept'] });
  });

  it('gives the labels of every recording that names none', () => {
    const { registry, counter } = sceneOf();
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [], enableExemplars: true });
    let calls = 0;
    setExemplarSource(() => ({ id: String(++calls) }));
    counter.inc();
    assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 1'] });
    counter.inc({ value: 2 });
    counter.labels().inc(3);
    histogram.observe(4);
    histogram.startTimer()();
    assert.deepEqual(calls, 5);
    assert.deepEqual(shownIds(registry)['c{}'], ['0: 3 3']);
    assert.equal(shownExemplars(registry)['h{}']![0]!.labels['id'], '5');
  });

  it('is not asked where a recording names its labels, or says that it has none', () => {
    const { registry, counter } = sceneOf();
    setExemplarSource(() => assert.fail('asked'));
    counter.inc({ exemplarLabels: { id: 'own' } });
    counter.labels().inc(2, {});
    assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 own'] });
    assert.equal(samples(registry)[DROPPED], undefined);
  });

  it('keeps the last exemplar when it has none', () => {
    const { registry, counter } = sceneOf();
    counter.inc({ exemplarLabels: { id: 'own' } });
    for (const source of [() => undefined, () => ({}), undefined]) {
      setExemplarSource(source);
      counter.inc();
    }
    assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 own'] });
    assert.equal(samples(registry)['c'], 4);
  });

  it('may record itself: it is not asked for that', () => {
    const { registry, counter } = sceneOf();
    setExemplarSource(() => {
      counter.inc(10);
      return { id: 'x' };
    });
    counter.inc(1);
    assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 x'] });
    assert.equal(samples(registry)['c'], 11);
  });

  const WRONG: readonly [string, ExemplarSource, string][] = [
    ['too long', () => ({ trace_id: 'x'.repeat(121) }), 'label_size'],
    ['too many bytes', () => ({ id: '€'.repeat(50) }), 'label_size'],
    ['a name that OpenMetrics refuses', () => ({ 'trace-id': 'x' }), 'label_name'],
    ['text', () => 'x' as never, 'source_error'],
    ['null', () => null as never, 'source_error'],
    [
      'an exception',
      () => {
        throw new Error('no span');
      },
      'source_error',
    ],
  ];
  for (const [what, source, reason] of WRONG) {
    it(`that gives ${what} never reaches the code that records: its exemplar is dropped and counted`, () => {
      const { registry, counter } = sceneOf();
      counter.inc({ exemplarLabels: { id: 'own' } });
      setExemplarSource(source);
      counter.inc(2);
      counter.labels().inc(3);
      assert.deepEqual(shownIds(registry), { 'c{}': ['0: 1 own'] });
      const found = samples(registry);
      assert.equal(found['c'], 6);
      assert.equal(found[`${DROPPED}{family="c",reason="${reason}"}`], 2);
    });
  }

  it('that is wrong in a registry without room for the count is wrong in silence', () => {
    const registry = new Registry({ familiesMax: 1 });
    const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
    setExemplarSource(() => ({ 'a-b': 'x' }));
    counter.inc();
    assert.deepEqual(samples(registry), { c: 1 });
  });
});
