import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BatchObservableCallback, Observable, ObservableResult } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { ObservedCounter } from '../../../src/otel/observed-series.js';
import { silenceWarnings, warningsOf } from '../registry/played-thread.js';
import { Provided, samplesIn } from './provided.js';

silenceWarnings();

/** Observes what `values` has at the time, by the attribute `a`. */
function observing(values: Record<string, number>): (result: ObservableResult) => void {
  return result => {
    for (const [a, value] of Object.entries(values)) result.observe(value, { a });
  };
}

describe('an observable counter', () => {
  it('shows the total that its callback observes, and counts on when that begins anew', async test => {
    const provided = new Provided(test);
    const values: Record<string, number> = { x: 5 };
    provided.meter.createObservableCounter('c').addCallback(observing(values));
    for (const [total, shown] of [
      [5, 5],
      [5, 5],
      [9, 9],
      [2, 11],
      [2, 11],
      [0, 11],
      [0.5, 11.5],
    ] as const) {
      values['x'] = total;
      assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': shown });
    }
  });

  it('adds up over providers, each with a total of its own, as over threads', async test => {
    const provided = new Provided(test);
    const totals = [{ x: 3 }, { x: 4 }];
    for (const values of totals)
      provided.next().getMeter('').createObservableCounter('c').addCallback(observing(values));
    assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': 7 });
    totals[0]!.x = 10;
    assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': 14 });
  });

  it('goes on with the next provider where the one before was closed', async test => {
    const provided = new Provided(test);
    const values: Record<string, number> = { x: 5, y: 3 };
    for (const shown of [
      { x: 5, y: 3 },
      { x: 6, y: 3 },
      { x: 7, y: 5 },
    ] as const) {
      const provider = provided.next();
      provider.getMeter('').createObservableCounter('c').addCallback(observing(values));
      assert.deepEqual(await provided.scrape(), {
        'c_total{a="x"}': shown.x,
        'c_total{a="y"}': shown.y,
      });
      provider.close();
      values['x']!++;
      // It has begun anew.
      if (shown.x === 6) values['y'] = 2;
    }
  });

  it('that is created alike again is one, as in the SDK: a total that both observe counts once', async test => {
    const provided = new Provided(test);
    const values = { x: 5 };
    const create = (): Observable => provided.meter.createObservableCounter('c', { unit: 's' });
    for (let i = 0; i < 2; i++) create().addCallback(result => observing(values)(result));
    assert.deepEqual(await provided.scrape(), { 'c_seconds_total{a="x"}': 5 });
    values.x = 7;
    assert.deepEqual(await provided.scrape(), { 'c_seconds_total{a="x"}': 7 });
    assert.equal(create(), create(), 'nothing is kept of those that a library creates again and again');
    assert.notEqual(provided.meter.createObservableCounter('c'), create());
    assert.notEqual(
      provided.provider.getMeter('other').createObservableCounter('c', { unit: 's' }),
      create(),
    );
  });

  it('keeps a series that is observed no more, and does not count it twice when it comes back', async test => {
    const provided = new Provided(test);
    const values: Record<string, number> = { x: 5, y: 1 };
    provided.meter.createObservableCounter('c').addCallback(observing(values));
    await provided.scrape();
    delete values['x'];
    assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': 5, 'c_total{a="y"}': 1 });
    values['x'] = 6;
    assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': 6, 'c_total{a="y"}': 1 });
  });

  it('takes no value that no counter has, and of two for one series the later one', async test => {
    const provided = new Provided(test);
    provided.meter.createObservableCounter('c').addCallback(result => {
      result.observe(4);
      for (const value of [-1, NaN, Infinity, '7', undefined, Symbol('s'), 1n])
        result.observe(value as number);
      result.observe(5);
    });
    assert.deepEqual(await provided.scrape(), { c_total: 5 });
    assert.deepEqual(await provided.scrape(), { c_total: 5 });
  });

  it('that every thread observes as one total is not added up, also by the next provider', async test => {
    const provided = new Provided(test);
    const views = [{ instrumentName: 'c', aggregator: 'max' as const }];
    const values = { x: 5 };
    for (let i = 0; i < 2; i++) {
      const provider = provided.next(views);
      provider.getMeter('').createObservableCounter('c').addCallback(observing(values));
      assert.deepEqual(await provided.scrape(), { 'c_total{a="x"}': 5 + i });
      provider.close();
      values.x++;
    }
  });

  it('of whole numbers cuts fractions off', async test => {
    const provided = new Provided(test);
    const options = { valueType: ValueType.INT };
    provided.meter.createObservableCounter('c', options).addCallback(result => result.observe(2.9));
    provided.meter.createObservableGauge('g', options).addCallback(result => result.observe(-2.9));
    assert.deepEqual(await provided.scrape(), { c_total: 2, g: -2 });
  });

  it('forgets totals of series that are observed no more, once they are many', () => {
    const counted = new Map<string, number>();
    const family = {
      name: 'c',
      labels: (text: string) => ({ inc: (by: number) => counted.set(text, (counted.get(text) ?? 0) + by) }),
      remove: () => undefined,
    };
    const series = new ObservedCounter(family as never);
    const { totals } = series as unknown as { readonly totals: ReadonlyMap<string, unknown> };
    for (let i = 0; i < 25_000; i++) series.take(new Map([[`s${i}`, { series: `s${i}`, value: 1 }]]), true);
    assert.ok(totals.size <= 10_001, String(totals.size));
    assert.ok([...counted.values()].every(count => count === 1));
  });

  it('does not count anew what a callback that failed has not observed, however much that is', async test => {
    const provided = new Provided(test, { views: [{ seriesMax: 20_000 }], registry: { seriesMax: 20_000 } });
    let isFailing = false;
    provided.meter.createObservableCounter('c').addCallback(result => {
      if (isFailing) throw new Error('no');
      for (let i = 0; i < 11_000; i++) result.observe(1, { i });
    });
    for (isFailing of [false, true, false]) {
      const values = Object.values(await provided.scrape());
      assert.deepEqual([values.length, Math.max(...values)], [11_000, 1]);
    }
  });

  it('mutant: adding totals instead of differences is caught', async test => {
    const provided = new Provided(test);
    provided.meter.createObservableCounter('c').addCallback(result => result.observe(5));
    const { take } = ObservedCounter.prototype;
    const adding = function (this: ObservedCounter, ...taken: Parameters<typeof take>): void {
      const { totals } = this as unknown as { readonly totals: Map<string, { last: number }> };
      for (const total of totals.values()) total.last = 0;
      take.apply(this, taken);
    };
    ObservedCounter.prototype.take = adding;
    try {
      await provided.scrape();
      assert.notDeepEqual(await provided.scrape(), { c_total: 5 });
    } finally {
      ObservedCounter.prototype.take = take;
    }
  });
});

describe('an observable gauge or up-down counter', () => {
  it('shows what is observed, and nothing that is observed no more', async test => {
    const provided = new Provided(test);
    const values: Record<string, number> = { x: 5, y: -Infinity };
    provided.meter.createObservableGauge('g').addCallback(observing(values));
    provided.meter.createObservableUpDownCounter('u').addCallback(observing(values));
    assert.deepEqual(await provided.scrape(), {
      'g{a="x"}': 5,
      'g{a="y"}': -Infinity,
      'u{a="x"}': 5,
      'u{a="y"}': -Infinity,
    });
    delete values['x'];
    values['y'] = 1;
    assert.deepEqual(await provided.scrape(), { 'g{a="y"}': 1, 'u{a="y"}': 1 });
    values['x'] = 2;
    assert.deepEqual(await provided.scrape(), { 'g{a="x"}': 2, 'g{a="y"}': 1, 'u{a="x"}': 2, 'u{a="y"}': 1 });
  });

  it('is shown by thread where a view says so, and as one value otherwise', async test => {
    const views = [{ instrumentName: 'by.thread', aggregator: 'thread' as const }];
    const provided = new Provided(test, { views });
    for (const name of ['by.thread', 'g'])
      provided.meter
        .createObservableGauge(name)
        .addCallback(result => result.observe(1, { a: 'x', thread: 'own' }));
    assert.deepEqual(await provided.scrape(), {
      'by_thread{a="x",key_thread="own",thread="0"}': 1,
      'g{a="x",key_thread="own"}': 1,
    });
  });

  it('ends with its provider, also when a callback ends later', async test => {
    const provided = new Provided(test);
    const gate = gateOf();
    const begun = gateOf();
    let isSlow = false;
    for (const kind of ['createObservableGauge', 'createObservableUpDownCounter'] as const)
      provided.meter[kind](kind).addCallback(async result => {
        if (isSlow) {
          begun.resolve();
          await gate.promise;
        }
        result.observe(1);
      });
    provided.meter.createObservableCounter('c').addCallback(result => result.observe(3));
    const ALL = { createObservableGauge: 1, createObservableUpDownCounter: 1, c_total: 3 };
    assert.deepEqual(await provided.scrape(), ALL);
    isSlow = true;
    const late = provided.registry.metrics();
    await begun.promise;
    provided.provider.close();
    gate.resolve();
    await late;
    assert.deepEqual(await provided.scrape(), { c_total: 3 });
    provided.meter.createObservableGauge('late').addCallback(result => result.observe(1));
    assert.deepEqual(await provided.scrape(), { c_total: 3 });
  });

  it('follows a registry that was reset', async test => {
    const provided = new Provided(test);
    provided.meter.createObservableGauge('g').addCallback(result => result.observe(1));
    let total = 4;
    provided.meter.createObservableCounter('c').addCallback(result => result.observe(total));
    await provided.scrape();
    provided.registry.resetMetrics();
    total = 6;
    assert.deepEqual(await provided.scrape(), { g: 1, c_total: 2 });
  });

  it('is collected again by a registry that was cleared, once it is created anew', async test => {
    const provided = new Provided(test, { views: [{ instrumentName: 'm', aggregator: 'max' }] });
    for (let i = 0; i < 2; i++) {
      provided.meter.createObservableGauge('g').addCallback(result => result.observe(1));
      provided.meter.createObservableCounter('m').addCallback(result => result.observe(2));
      assert.deepEqual(await provided.scrape(), { g: 1, m_total: 2 });
      provided.registry.clear();
    }
  });
});

describe('callbacks', () => {
  it('that fail leave what they had observed, end nothing, and are counted', async test => {
    const provided = new Provided(test);
    let isFailing = false;
    const failing = provided.meter.createObservableGauge('g');
    failing.addCallback(result => {
      result.observe(isFailing ? 2 : 1, { a: 'first' });
      if (isFailing) throw new Error('no sensor');
      result.observe(1, { a: 'second' });
    });
    const fine = { x: 1 };
    provided.meter.createObservableGauge('fine').addCallback(observing(fine));
    await provided.scrape();
    isFailing = true;
    fine.x = 5;
    const { collectErrors } = await provided.registry.render();
    assert.equal(collectErrors.length, 1);
    assert.match(collectErrors[0]!.message, /no sensor/);
    const text = await provided.registry.metrics();
    assert.deepEqual(samplesIn(text), { 'g{a="first"}': 2, 'g{a="second"}': 1, 'fine{a="x"}': 5 });
    assert.match(text, /threadtally_collect_errors_total\{family="g \(OpenTelemetry\)"\} 2/);
  });

  it('that reject, or are none, fail alike', async test => {
    const provided = new Provided(test);
    const gauge = provided.meter.createObservableGauge('g');
    gauge.addCallback(() => Promise.reject(new Error('later')));
    gauge.addCallback('none' as never);
    gauge.addCallback(result => result.observe(1));
    const warnings = await warningsOf(() => undefined);
    assert.deepEqual(warnings, []);
    const { collectErrors, body } = await provided.registry.render();
    assert.match(collectErrors[0]!.message, /later; TypeError/);
    assert.equal(samplesIn(Buffer.from(body).toString())['g'], 1);
  });

  it('run one at a time: one that has not ended is not called again, and holds up no other instrument', async test => {
    const provided = new Provided(test);
    let calls = 0;
    const gate = gateOf();
    const values = { x: 0 };
    provided.meter.createObservableCounter('c').addCallback(observing(values));
    provided.meter.createObservableGauge('never').addCallback(() => new Promise(() => undefined));
    provided.meter.createObservableGauge('slow').addCallback(async result => {
      calls++;
      await gate.promise;
      result.observe(calls);
    });
    for (let i = 1; i <= 3; i++) {
      values.x = i;
      const text = await provided.registry.metrics({ collectTimeoutMs: 1 });
      assert.deepEqual(samplesIn(text), { 'c_total{a="x"}': i });
    }
    assert.equal(calls, 1);
    gate.resolve();
    await provided.registry.metrics({ collectTimeoutMs: 1 });
    assert.ok((await provided.scrape())['slow']! >= 1);
  });

  it('are called once however often they are added, and not after they were removed', async test => {
    const provided = new Provided(test);
    let calls = 0;
    const callback = (result: ObservableResult): void => result.observe(++calls);
    const gauge = provided.meter.createObservableGauge('g');
    gauge.addCallback(callback);
    gauge.addCallback(callback);
    assert.deepEqual(await provided.scrape(), { g: 1 });
    gauge.removeCallback(callback);
    gauge.removeCallback(callback);
    assert.deepEqual(await provided.scrape(), {});
    assert.equal(calls, 1);
    gauge.addCallback(callback);
    assert.deepEqual(await provided.scrape(), { g: 2 });
  });

  it('cannot observe once they are over', async test => {
    const provided = new Provided(test);
    let kept: ObservableResult | undefined;
    provided.meter.createObservableGauge('g').addCallback(result => {
      kept ??= result;
      result.observe(1);
    });
    await provided.scrape();
    kept!.observe(2);
    assert.deepEqual(await provided.scrape(), { g: 1 });
  });

  it('of a batch observe the instruments that they name, and no others', async test => {
    const provided = new Provided(test);
    const { meter } = provided;
    const [a, b, other] = ['a', 'b', 'other'].map(name => meter.createObservableGauge(name)) as [
      Observable,
      Observable,
      Observable,
    ];
    const foreign = { addCallback: () => undefined, removeCallback: () => undefined };
    const callback: BatchObservableCallback = result => {
      result.observe(a, 1);
      result.observe(b, 2, { x: 'y' });
      for (const one of [other, foreign, undefined] as Observable[]) result.observe(one, 3);
    };
    meter.addBatchObservableCallback(callback, [a, b, foreign]);
    // The same again is the same.
    meter.addBatchObservableCallback(callback, [b, a]);
    assert.deepEqual(await provided.scrape(), { a: 1, 'b{x="y"}': 2 });
    meter.removeBatchObservableCallback(callback, [a]);
    assert.deepEqual(await provided.scrape(), { a: 1, 'b{x="y"}': 2 });
    meter.removeBatchObservableCallback(callback, [b, a]);
    assert.deepEqual(await provided.scrape(), {});
  });

  it('of a batch may be added to instruments that have callbacks of their own, and the other way round', async test => {
    const provided = new Provided(test);
    const [first, second] = ['first', 'second'].map(name => provided.meter.createObservableCounter(name));
    first!.addCallback(result => result.observe(1, { by: 'own' }));
    await provided.scrape();
    provided.meter.addBatchObservableCallback(
      result => {
        result.observe(first!, 2, { by: 'batch' });
        result.observe(second!, 3, { by: 'batch' });
      },
      [first!, second!],
    );
    second!.addCallback(result => result.observe(4, { by: 'own' }));
    for (let i = 0; i < 2; i++)
      assert.deepEqual(await provided.scrape(), {
        'first_total{by="own"}': 1,
        'first_total{by="batch"}': 2,
        'second_total{by="batch"}': 3,
        'second_total{by="own"}': 4,
      });
  });

  it('of a batch that fail end nothing of their instruments', async test => {
    const provided = new Provided(test);
    const gauge = provided.meter.createObservableGauge('g');
    let isFailing = false;
    provided.meter.addBatchObservableCallback(
      result => {
        if (isFailing) throw new Error('no');
        result.observe(gauge, 1);
      },
      [gauge],
    );
    await provided.scrape();
    isFailing = true;
    assert.deepEqual(await provided.scrape(), { g: 1 });
  });

  it('observe every stream of their instrument, each with the attributes that its view keeps', async test => {
    const views = [
      { instrumentName: 'g', name: 'by_a', attributeKeys: ['a'] },
      { instrumentName: 'g', name: 'by_b', dropAttributeKeys: ['a'] },
      { instrumentName: 'dropped', aggregation: { type: 'drop' as const } },
    ];
    const provided = new Provided(test, { views });
    for (const name of ['g', 'dropped'])
      provided.meter.createObservableGauge(name).addCallback(result => result.observe(1, { a: 'x', b: 'y' }));
    assert.deepEqual(await provided.scrape(), { 'by_a{a="x"}': 1, 'by_b{b="y"}': 1 });
  });
});

describe('a view that makes one series of what is observed as several', () => {
  it('has their sum, also when some are observed no more, and the last one of gauges', async test => {
    const keys = { attributeKeys: ['pid'] };
    const provided = new Provided(test, {
      views: [
        { instrumentType: 'observable_counter', instrumentName: 'm', aggregator: 'max', ...keys },
        { instrumentType: 'observable_counter', instrumentName: 'c', ...keys },
        { instrumentName: 'u', ...keys },
        { instrumentName: 'g', ...keys },
      ],
    });
    let isFailing = false;
    const faults: Record<string, number> = { one: 50, two: 30 };
    const { meter } = provided;
    const instruments = [
      meter.createObservableCounter('m'),
      meter.createObservableCounter('c'),
      meter.createObservableUpDownCounter('u'),
      meter.createObservableGauge('g'),
    ];
    for (const instrument of instruments)
      instrument.addCallback(result => {
        for (const [tid, value] of Object.entries(faults)) {
          result.observe(99, { pid: 1, tid });
          result.observe(value, { pid: 1, tid });
          if (isFailing) throw new Error('no');
        }
      });
    const shown = async (): Promise<number[]> => {
      const samples = await provided.scrape();
      return ['m_total', 'c_total', 'u', 'g'].map(name => samples[`${name}{pid="1"}`]!);
    };
    assert.deepEqual(await shown(), [80, 80, 80, 30]);
    faults['one'] = 60;
    assert.deepEqual(await shown(), [90, 90, 90, 30]);
    isFailing = true;
    assert.deepEqual(await shown(), [90, 90, 90, 60]);
    isFailing = false;
    delete faults['one'];
    faults['two'] = 35;
    assert.deepEqual(await shown(), [90, 95, 35, 35]);
  });
});

function gateOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>(settle => (resolve = settle));
  return { promise, resolve };
}
