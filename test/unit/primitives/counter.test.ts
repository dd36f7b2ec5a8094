import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { Counter, Registry } from '../../../src/index.js';
import { sampleLines, samples } from '../sample-lines.js';
import { assertRefusedAlike } from './refused-alike.js';

for (const sharing of ['striped', 'atomic'] as const) {
  describe(`a counter, ${sharing}`, () => {
    it('is there at 0 from its definition on when it has no labels', () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c', help: 'C.', sharing });
      assert.deepEqual(sampleLines(registry), ['c 0']);
      counter.inc();
      counter.inc(2);
      counter.inc(0.5);
      counter.labels().inc(10);
      counter.labels({}).inc(100);
      counter.inc({}, 1_000);
      assert.deepEqual(sampleLines(registry), ['c 1113.5']);
    });

    it('counts each label set by itself, from its first recording on', () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a', 'b'], sharing });
      assert.deepEqual(sampleLines(registry), []);
      counter.inc({ a: 'x', b: 'y' });
      counter.inc({ b: 'y', a: 'x' }, 2);
      counter.labels('x', 'y').inc(3);
      counter.labels({ a: 'x', b: 'z' }).inc(4);
      assert.deepEqual(samples(registry), { 'c{a="x",b="y"}': 6, 'c{a="x",b="z"}': 4 });
    });

    it('adds 1 for a missing, null or undefined value, and 0 for 0', () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'], sharing });
      counter.inc({ a: 'x' });
      counter.inc({ a: 'x' }, null);
      counter.inc({ a: 'x' }, undefined);
      counter.inc({ a: 'zero' }, 0);
      counter.inc(null);
      assert.deepEqual(samples(registry), { 'c{a="x"}': 3, 'c{a="zero"}': 0, c: 1 });
    });

    it('refuses what a counter cannot take with the texts of prom-client, and creates no series then', () => {
      const registry = new Registry();
      const ours = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'], sharing });
      const theirs = new promClient.Counter({ name: 'c', help: 'C.', labelNames: ['a'], registers: [] });
      const CALLS: readonly ((counter: { inc(...given: unknown[]): void }) => void)[] = [
        counter => counter.inc('3ms'),
        counter => counter.inc({ a: 'x' }, '3ms'),
        counter => counter.inc({ a: 'x' }, Infinity),
        counter => counter.inc({ a: 'x' }, -1),
        counter => counter.inc(-0.5),
        counter => counter.inc({ b: 'x' }),
        counter => counter.inc({ a: 'x', b: 'x' }, 5),
      ];
      for (const call of CALLS)
        assertRefusedAlike(
          () => call(ours as never),
          () => call(theirs as never),
          'c',
        );
      const MESSAGES: readonly [unknown, string][] = [
        [NaN, 'Value is not a valid number: NaN; c is unchanged'],
        ['3', 'Value is not a valid number: 3 (a string); c is unchanged'],
        [-2.5, 'It is not possible to decrease a counter by 2.5; c is unchanged'],
      ];
      for (const [value, message] of MESSAGES) assert.throws(() => ours.inc(value as number), { message });
      const watched = registry.counter({ name: 'w', help: 'W.', enableExemplars: true, sharing });
      assert.throws(() => watched.inc(-1), { message: /by 1; w is unchanged$/ });
      registry.removeSingleMetric('w');
      assert.deepEqual(sampleLines(registry), []);
    });
  });
}

describe('two handles of one label set', () => {
  it('count into one series', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['status'] });
    const [byNumber, byText] = [counter.labels(200 as never), counter.labels('200')];
    byNumber.inc();
    byText.inc();
    counter.inc({ status: 200 });
    counter.inc({ status: 200 });
    counter.inc({ status: '200' });
    assert.deepEqual(samples(registry), { 'c{status="200"}': 5 });
    assert.equal(counter.labels(200 as never), counter.labels('200'));
  });
});

describe('the constructor', () => {
  it('wants the config object, and reports a name that this thread has already', () => {
    const registry = new Registry();
    assert.throws(() => new Counter(undefined as never), { name: 'TypeError' });
    const options = { name: 'c', help: 'C.', registers: [registry] };
    const counter = new Counter(options);
    assert.deepEqual([counter.name, counter.help, counter.labelNames], ['c', 'C.', []]);
    const theirs = new promClient.Registry();
    const define = (): unknown => new promClient.Counter({ name: 'c', help: 'C.', registers: [theirs] });
    define();
    assertRefusedAlike(() => new Counter(options), define, 'getSingleMetric');
    counter.inc();
    assert.deepEqual(sampleLines(registry), ['c 1'], 'the first one goes on');
  });
});
