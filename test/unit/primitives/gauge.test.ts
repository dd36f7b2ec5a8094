import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { Gauge, Registry } from '../../../src/index.js';
import { sampleLines, samples } from '../sample-lines.js';
import { assertRefusedAlike } from './refused-alike.js';

for (const sharing of ['striped', 'atomic'] as const) {
  describe(`a gauge, ${sharing}`, () => {
    it('is there at 0 from its definition on when it has no labels', () => {
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', sharing });
      assert.deepEqual(sampleLines(registry), ['g 0']);
      gauge.set(5);
      gauge.inc();
      gauge.dec(3);
      gauge.labels().inc(10);
      assert.deepEqual(sampleLines(registry), ['g 13']);
    });

    it('has a value for each label set', () => {
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], sharing });
      gauge.set({ a: 'x' }, 5);
      gauge.inc({ a: 'x' });
      gauge.dec({ a: 'x' }, 10);
      gauge.labels('y').set(-0.5);
      gauge.labels({ a: 'z' }).dec(null);
      gauge.inc(undefined);
      gauge.dec({ a: 'x' }, null);
      assert.deepEqual(samples(registry), { 'g{a="x"}': -5, 'g{a="y"}': -0.5, 'g{a="z"}': -1, g: 1 });
    });

    it('takes NaN and infinities', () => {
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], sharing });
      gauge.set({ a: 'n' }, NaN);
      gauge.set({ a: 'p' }, Infinity);
      gauge.set({ a: 'm' }, -Infinity);
      assert.deepEqual(sampleLines(registry), ['g{a="n"} NaN', 'g{a="p"} +Inf', 'g{a="m"} -Inf']);
    });

    it('shows no series for a handle that has recorded nothing, nor for a refused value', () => {
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], sharing });
      gauge.labels('x');
      assert.throws(() => gauge.set({ a: 'x' }, 'asd' as never), TypeError);
      assert.deepEqual(sampleLines(registry), []);
    });

    it('refuses what is no number with the texts of prom-client', () => {
      const ours = new Registry().gauge({ name: 'g', help: 'G.', labelNames: ['a'], sharing });
      const theirs = new promClient.Gauge({ name: 'g', help: 'G.', labelNames: ['a'], registers: [] });
      const CALLS: readonly ((
        gauge: Record<'set' | 'inc' | 'dec', (...given: unknown[]) => void>,
      ) => void)[] = [
        gauge => gauge.set('asd'),
        gauge => gauge.set({ a: 'x' }, 'asd'),
        gauge => gauge.set({ a: 'x' }, undefined),
        gauge => gauge.inc({ a: 'x' }, 'z'),
        gauge => gauge.inc('z'),
        gauge => gauge.set({ b: 'x' }, 1),
      ];
      for (const call of CALLS) {
        assertRefusedAlike(
          () => call(ours as never),
          () => call(theirs as never),
          'g',
        );
      }
      assert.throws(() => ours.dec('z' as never), {
        name: 'TypeError',
        message: 'Delta is not a valid number: z (a string); g is unchanged',
      });
    });

    it('sets the time and the length of a measurement', test => {
      test.mock.timers.enable({ apis: ['Date'], now: 1_500_000_000_250 });
      let nowMs = 10;
      test.mock.method(performance, 'now', () => nowMs);
      const registry = new Registry();
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'], sharing });
      gauge.setToCurrentTime({ a: 'time' });
      gauge.setToCurrentTime();
      gauge.labels('handle', '').setToCurrentTime();
      const end = gauge.startTimer({ a: 'start', b: 'start' });
      const endHandle = gauge.labels('timer', '').startTimer();
      nowMs += 500;
      assert.equal(end({ b: 'end' }), 0.5);
      nowMs += 500;
      assert.equal(endHandle(), 1);
      assert.deepEqual(samples(registry), {
        'g{a="time"}': 1_500_000_000.25,
        g: 1_500_000_000.25,
        'g{a="handle"}': 1_500_000_000.25,
        'g{a="start",b="end"}': 0.5,
        'g{a="timer"}': 1,
      });
    });
  });
}

describe('a timer of a gauge', () => {
  it('sets at the end of a block, and does not change the labels it was started with', () => {
    const registry = new Registry();
    const gauge = new Gauge({ name: 'g', help: 'G.', labelNames: ['a'], registers: [registry] });
    const labels = Object.freeze({ a: 'x' });
    {
      using timer = gauge.startTimer(labels);
      assert.equal(typeof timer, 'function');
      assert.deepEqual(sampleLines(registry), []);
    }
    const [line, ...others] = sampleLines(registry);
    assert.match(line!, /^g\{a="x"\} [0-9.e-]+$/);
    assert.equal(others.length, 0);
  });
});
