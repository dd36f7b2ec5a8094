/** What becomes of each type over processes, and that each rule is missed when it is left out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { FamilySum } from '../../../src/cluster/family-sum.js';
import { MergedSnapshots } from '../../../src/cluster/merged-snapshot.js';
import { mergeProcesses } from '../../../src/cluster/process-merge.js';
import { exemplarsOf, nativeBucketsOf } from '../../../src/index.js';
import type { Aggregator, Registry } from '../../../src/index.js';
import { withMutant } from '../../model/stepping.js';
import { silenceWarnings } from '../registry/played-thread.js';
import { inputsFrom, linesOf, mergedLines, mergedSnapshot, newRegistry, partsOf } from './processes.js';

silenceWarnings();

/** Runs `fill` in as many registries as it has values for. */
function filled<T>(test: TestContext, values: readonly T[], fill: (registry: Registry, value: T) => void) {
  return values.map(value => {
    const registry = newRegistry(test);
    fill(registry, value);
    return registry;
  });
}

function gaugeLines(test: TestContext, aggregator: Aggregator, ...values: (number | undefined)[]): string[] {
  const registries = filled(test, values, (registry, value) => {
    const gauge = registry.gauge({ name: 'g', help: 'G.', aggregator });
    if (value !== undefined) gauge.set(value);
  });
  return mergedLines(...registries);
}

describe('counters and histograms of several processes', () => {
  it('are added, series by series and bucket by bucket', test => {
    const registries = filled(test, [1, 2, 3], (registry, value) => {
      const options = { help: 'H.', labelNames: ['a'] } as const;
      registry.counter({ ...options, name: 'c_total' }).inc({ a: value === 3 ? 'other' : 'same' }, value);
      registry.histogram({ ...options, name: 'h', buckets: [1, 2] }).observe({ a: 'x' }, value);
    });
    assert.deepEqual(mergedLines(...registries), [
      'c_total{a="same"} 3',
      'c_total{a="other"} 3',
      'h_bucket{le="1.0",a="x"} 1',
      'h_bucket{le="2.0",a="x"} 2',
      'h_bucket{le="+Inf",a="x"} 3',
      'h_sum{a="x"} 6',
      'h_count{a="x"} 3',
    ]);
  });

  it('go on as exact as they are in one: beyond 2^53 only as doubles do', test => {
    const registries = filled(test, [2 ** 52, 2 ** 52 - 1], (registry, value) =>
      registry.counter({ name: 'c_total', help: 'C.' }).inc(value),
    );
    assert.deepEqual(mergedLines(...registries), [`c_total ${2 ** 53 - 1}`]);
  });

  it('do not meet when their label values only look alike', test => {
    const [left, right] = [
      { a: '1,b:2', b: '' },
      { a: '1', b: '2' },
    ];
    const registries = filled(test, [left, right], (registry, labels) =>
      registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a', 'b'] }).inc(labels!),
    );
    assert.deepEqual(mergedLines(...registries), ['c_total{a="1,b:2"} 1', 'c_total{a="1",b="2"} 1']);
  });

  it('meet when their definitions name the labels in another order', test => {
    const registries = filled(test, [['a', 'b'] as const, ['b', 'a'] as const], (registry, labelNames) =>
      registry.counter({ name: 'c_total', help: 'C.', labelNames }).inc({ a: 'x', b: 'y' }),
    );
    assert.deepEqual(mergedLines(...registries), ['c_total{b="y",a="x"} 2']);
  });

  it('meet with a label empty that only some processes have', test => {
    const registries = filled(test, ['', 'a', 'b'], (registry, zone) => {
      if (zone !== '') registry.setDefaultLabels({ zone });
      registry.counter({ name: 'c_total', help: 'C.', labelNames: ['x'] }).inc({ x: 'y' });
      registry.gauge({ name: 'g', help: 'G.' }).set(1);
    });
    const { families, conflicts } = mergeProcesses(inputsFrom(registries));
    assert.deepEqual(conflicts, []);
    assert.deepEqual(linesOf(new MergedSnapshots().snapshotOf(families)), [
      'c_total{x="y"} 1',
      'c_total{x="y",zone="a"} 1',
      'c_total{x="y",zone="b"} 1',
      'g 1',
      'g{zone="a"} 1',
      'g{zone="b"} 1',
    ]);
  });

  it('have one definition from one merge to the next, however many labels come together', test => {
    const registries = filled(test, ['a', 'b'], (registry, label) =>
      registry.counter({ name: 'c_total', help: 'C.', labelNames: [label] }).inc({ [label]: 'x' }),
    );
    const inputs = inputsFrom(registries);
    const [first, second] = [mergeProcesses(inputs), mergeProcesses(inputs)];
    assert.deepEqual(first.families[0]!.descriptor.labelNames, ['b', 'a']);
    assert.equal(first.families[0]!.descriptor, second.families[0]!.descriptor);
  });

  it('keep what overflowed in one overflow series', test => {
    const registries = [1, 2].map(() => newRegistry(test, { familySeriesMax: 1 }));
    for (const registry of registries) {
      const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
      counter.inc({ a: 'x' });
      counter.inc({ a: 'y' }, 5);
    }
    const lines = mergedLines(...registries);
    assert.deepEqual(lines.slice(0, 2), ['c_total{a="x"} 2', 'c_total{otel_metric_overflow="true"} 10']);
  });
});

describe('gauges of several processes', () => {
  const EXPECTED: readonly (readonly [Aggregator, readonly string[]])[] = [
    ['sum', ['g 9']],
    ['min', ['g 2']],
    ['max', ['g 4']],
    ['average', ['g 3']],
    ['first', ['g 3']],
    ['last', ['g 2']],
    ['omit', []],
    ['thread', ['g{thread="0:0"} 3', 'g{thread="1:0"} 4', 'g{thread="2:0"} 2']],
  ];
  for (const [aggregator, expected] of EXPECTED) {
    it(`follow their aggregator ${aggregator}`, test =>
      assert.deepEqual(gaugeLines(test, aggregator, 3, 4, 2), expected));
  }

  for (const [aggregator, expected] of EXPECTED.slice(0, -2)) {
    it(`leave a process out that has not set it: ${aggregator}`, test =>
      assert.deepEqual(gaugeLines(test, aggregator, undefined, 3, 4, undefined, 2), expected));
  }

  it('are at their starting value when no process has set them', test =>
    assert.deepEqual(gaugeLines(test, 'min', undefined, undefined), ['g 0']));

  it('weigh processes by their threads in an average', test => {
    const sums = new FamilySum(partsOf(filled(test, [0], defineAverage)[0]!)[0]!.descriptor);
    const part = (sum: number, setters: number) => ({
      descriptor: sums.descriptor,
      series: [{ ...EMPTY, numbers: [sum, setters] }],
    });
    sums.add(part(9, 3));
    sums.add(part(1, 1));
    assert.deepEqual(sums.result().series[0]!.numbers, [10, 4]);
  });

  it('are wrong when unset ones are counted: a mutant', test => {
    const addAll = function (
      this: { rows: Map<string, { numbers: number[] }> },
      row: never,
      part: never,
    ): void {
      const [into, { numbers }] = [row as { numbers: number[] }, part as { numbers: number[] }];
      into.numbers[0] = Math.min(into.numbers[0]!, numbers[0]!);
    };
    withMutant(FamilySum.prototype, 'addTo', addAll as never, () =>
      assert.throws(() => assert.deepEqual(gaugeLines(test, 'min', undefined, 3), ['g 3'])),
    );
  });
});

const EMPTY = {
  labels: [],
  isOverflow: false,
  createdMs: 0,
  thread: undefined,
  buckets: undefined,
  exemplars: [],
};

function defineAverage(registry: Registry): void {
  registry.gauge({ name: 'g', help: 'G.', aggregator: 'average' }).set(1);
}

describe('native histograms and summaries of several processes', () => {
  it('merge to the coarser schema, with every count', test => {
    const registries = filled(test, [1, 1e6], (registry, factor) => {
      const histogram = registry.histogram({
        name: 'h',
        help: 'H.',
        buckets: [],
        native: { maxBuckets: 20, schema: factor === 1 ? 8 : 0 },
      });
      for (let i = 1; i <= 10; i++) histogram.observe(factor * 1.001 ** i);
    });
    const native = nativeBucketsOf(mergedSnapshot(registries).families[0]!, 0)!;
    assert.equal(native.schema, 0);
    assert.equal(
      native.positiveCounts.reduce((sum, count) => sum + count, 0),
      20,
    );
  });

  it('take quantiles of all observations, not of quantiles', test => {
    const registries = filled(test, [1, 3, 3], (registry, value) =>
      registry.summary({ name: 's', help: 'S.', percentiles: [0.5] }).observe(value),
    );
    const [median, ...rest] = mergedLines(...registries);
    assert.ok(Math.abs(Number(median!.split(' ')[1]) - 3) < 0.03, median);
    assert.deepEqual(rest, ['s_sum 7', 's_count 3']);
  });

  it('lose counts when sketches are not added: a mutant', test => {
    const first = function (this: never, row: never, part: never): void {
      const [into, { numbers }] = [row as { numbers: number[] }, part as { numbers: number[] }];
      numbers.forEach((number, i) => (into.numbers[i]! += number));
    };
    withMutant(FamilySum.prototype, 'addTo', first as never, () => {
      const registries = filled(test, [1, 3, 3], (registry, value) =>
        registry.summary({ name: 's', help: 'S.', percentiles: [0.5] }).observe(value),
      );
      const [median] = mergedLines(...registries);
      assert.ok(Math.abs(Number(median!.split(' ')[1]) - 3) > 1, median);
    });
  });
});

describe('what else processes say of a family', () => {
  it('is the latest exemplar of each bucket', test => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const registries = filled(test, ['old', 'new', 'older'], (registry, trace) => {
      test.mock.timers.setTime(trace === 'new' ? 3_000_000 : trace === 'old' ? 2_000_000 : 1_000_000);
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1], enableExemplars: true });
      histogram.observe({ labels: {}, value: 0.5, exemplarLabels: { trace } });
      if (trace === 'older') histogram.observe({ labels: {}, value: 2, exemplarLabels: { trace } });
    });
    const [family] = mergedSnapshot(registries).families;
    assert.deepEqual(
      exemplarsOf(family!, 0).map(({ bucket, labels, timestampSeconds }) => [
        bucket,
        labels['trace'],
        timestampSeconds,
      ]),
      [
        [0, 'new', 3_000],
        [1, 'older', 1_000],
      ],
    );
  });

  it('is when the first of them created the series', test => {
    test.mock.timers.enable({ apis: ['Date'] });
    const registries = filled(test, [3_000, 1_000, 2_000], (registry, now) => {
      test.mock.timers.setTime(now);
      registry.counter({ name: 'c_total', help: 'C.' }).inc();
    });
    assert.equal(mergedSnapshot(registries).families[0]!.series[0]!.createdSeconds, 1);
  });

  it('is every label set of an info, and the state of the youngest', test => {
    const registries = filled(test, ['1.0', '1.1', '1.1'], (registry, version) => {
      registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version });
      registry.stateSet({ name: 'mode', help: 'M.', states: ['1.0', '1.1'] }).set(version as '1.0');
    });
    assert.deepEqual(mergedLines(...registries), [
      'build_info{version="1.0"} 1',
      'build_info{version="1.1"} 1',
      'mode{mode="1.0"} 0',
      'mode{mode="1.1"} 1',
    ]);
  });
});

describe('families that processes define differently', () => {
  it('are those of the youngest, and the others are named', test => {
    const registries = filled(test, [[1], [1, 2], [1, 2]], (registry, buckets) =>
      registry.histogram({ name: 'h', help: `H ${buckets.length}.`, buckets }).observe(1),
    );
    const { families, conflicts } = mergeProcesses(inputsFrom(registries));
    assert.deepEqual(conflicts, ['h']);
    assert.deepEqual(
      families.map(({ descriptor, series }) => [descriptor.bounds, series[0]!.numbers]),
      [
        [
          [1, 2],
          [2, 0, 0, 2],
        ],
      ],
    );
  });

  it('are one when only what is said of them differs', test => {
    const registries = filled(test, ['Old.', 'New.'], (registry, help) =>
      registry.counter({ name: 'c_total', help }).inc(),
    );
    const { families, conflicts } = mergeProcesses(inputsFrom(registries));
    assert.deepEqual(conflicts, []);
    assert.deepEqual(
      families.map(({ descriptor, series }) => [descriptor.help, series[0]!.numbers]),
      [['New.', [2]]],
    );
  });
});
