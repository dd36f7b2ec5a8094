/**
 * Series that are recorded into by their labels alone are rows of numbers in each metric object. Whatever removes them, in
 * whichever registry of the arena, no row may lead to another series, and none may be lost.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import type { Counter, Gauge, Histogram } from '../../src/index.js';
import { HandleCache } from '../../src/primitives/handle-cache.js';
import { SeriesCursor } from '../../src/memory/series-cursor.js';
import { samples } from '../unit/sample-lines.js';

// Limits are hit on purpose, so that slots are used again: no news.
process.removeAllListeners('warning');

type Raw = string | number | boolean;
type LabelsOf = { readonly a: Raw; readonly b: Raw };
type AnyMetric = Counter<'a' | 'b'> | Gauge<'a' | 'b'> | Histogram<'a' | 'b'>;
type AnyHandle = ReturnType<AnyMetric['labels']>;

const KINDS = ['counter', 'gauge', 'histogram'] as const;
type Kind = (typeof KINDS)[number];

/** One more than there are label sets of one kind: no series is refused, and slots are few. */
const LIMITS = { seriesMax: 27, familySeriesMax: 10, threadsMax: 1 };

interface LabelledStep<D extends string> {
  readonly do: D;
  readonly kind: Kind;
  readonly by: number;
  readonly labels: LabelsOf;
}

type Step =
  | LabelledStep<'record'>
  | LabelledStep<'keep'>
  | LabelledStep<'remove'>
  | LabelledStep<'removeMatching'>
  | { readonly do: 'use'; readonly which: number }
  | { readonly do: 'reset'; readonly kind: Kind; readonly by: number }
  | { readonly do: 'purge'; readonly kind: Kind; readonly by: number };

const value = fc.constantFrom<Raw>('1', 1, 'true', true, 'x');
const labels = fc.record({ a: value, b: value });
const kind = fc.constantFrom(...KINDS);
const by = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('record' as const), kind, by, labels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('keep' as const), kind, by, labels }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('use' as const), which: fc.nat({ max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), kind, by, labels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeMatching' as const), kind, by, labels }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), kind, by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), kind, by }) },
);

function metricsOf(registry: Registry): Record<Kind, AnyMetric> {
  const labelNames = ['a', 'b'] as const;
  return {
    counter: registry.counter({ name: 'counter', help: 'C.', labelNames }),
    gauge: registry.gauge({ name: 'gauge', help: 'G.', labelNames, aggregator: 'last' }),
    histogram: registry.histogram({ name: 'histogram', help: 'H.', labelNames, buckets: [0] }),
  };
}

function keyOf(kindOf: Kind, { a, b }: LabelsOf): string {
  const name = kindOf === 'histogram' ? 'histogram_count' : kindOf;
  return `${name}{a="${a}",b="${b}"}`;
}

/** What each series is at: a counter at its sum, a gauge at the number of the last step, a histogram at its count. */
class Run {
  readonly expected = new Map<string, number>();
  private readonly first = new Registry(LIMITS);
  private readonly second = Registry.attach(this.first.share());
  private readonly metrics = [metricsOf(this.first), metricsOf(this.second)];
  private readonly kept: { readonly kind: Kind; readonly labels: LabelsOf; readonly handle: AnyHandle }[] =
    [];

  take(one: Step, number: number): void {
    if (one.do === 'use') {
      const used = this.kept[one.which % Math.max(1, this.kept.length)];
      if (used === undefined) return;
      this.note(used.kind, used.labels, number);
      recordInto(used.handle, number);
      return;
    }
    const metric = this.metrics[one.by]![one.kind];
    if (one.do === 'purge') metric.purge();
    else if (one.do === 'reset') {
      metric.reset();
      this.forget(key => key.startsWith(one.kind));
    } else if (one.do === 'record') {
      this.note(one.kind, one.labels, number);
      recordBy(metric, one.labels, number);
    } else if (one.do === 'keep') {
      this.kept.push({ kind: one.kind, labels: one.labels, handle: metric.labels(one.labels) });
    } else if (one.do === 'remove') {
      metric.remove(one.labels);
      this.expected.delete(keyOf(one.kind, one.labels));
    } else {
      metric.removeMatching({ a: one.labels.a });
      this.forget(key => key.startsWith(one.kind) && key.includes(`a="${one.labels.a}"`));
    }
  }

  check(): void {
    const shown = Object.entries(samples(this.first)).filter(
      ([key]) => !/_(bucket|sum)\{/.test(key) && /^(counter|gauge|histogram)/.test(key),
    );
    assert.deepEqual(new Map(shown), this.expected);
  }

  close(): void {
    this.second.close();
    this.first.close();
  }

  private note(kindOf: Kind, labelsOf: LabelsOf, number: number): void {
    const key = keyOf(kindOf, labelsOf);
    this.expected.set(key, kindOf === 'gauge' ? number : (this.expected.get(key) ?? 0) + 1);
  }

  private forget(isGone: (key: string) => boolean): void {
    for (const key of this.expected.keys()) if (isGone(key)) this.expected.delete(key);
  }
}

function recordBy(metric: AnyMetric, labelsOf: LabelsOf, number: number): void {
  if ('observe' in metric) metric.observe(labelsOf, number);
  else if ('set' in metric) metric.set(labelsOf, number);
  else metric.inc(labelsOf);
}

function recordInto(handle: AnyHandle, number: number): void {
  if ('observe' in handle) handle.observe(number);
  else if ('set' in handle) handle.set(number);
  else handle.inc();
}

function checkRuns(numRuns: number): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), steps => {
      const run = new Run();
      try {
        steps.forEach((one, number) => {
          run.take(one, number);
          run.check();
        });
      } finally {
        run.close();
      }
    }),
    { numRuns },
  );
}

/** Runs with a method put in the place of another one, which must show. */
function assertShows<T extends object, K extends keyof T>(prototype: T, name: K, mutant: T[K]): void {
  const original = prototype[name];
  prototype[name] = mutant;
  try {
    assert.throws(() => checkRuns(300));
  } finally {
    prototype[name] = original;
  }
}

describe('series recorded into by their labels', () => {
  it('are what a Map says, however they are removed, purged and asked handles of', () => {
    checkRuns(150);
  });

  it('would be seen to be recorded into after their end', () => {
    const prototype = SeriesCursor.prototype as unknown as { isLiveAt(row: number): boolean };
    assertShows(prototype, 'isLiveAt', () => true);
  });

  it('would be seen to be others when rows are freed that values still lead to', () => {
    assertShows(HandleCache.prototype, 'purge', () => undefined);
  });

  it('take no more memory when they come and go without a turn of the event loop', () => {
    const registry = new Registry({ seriesMax: 10, threadsMax: 1 });
    const metric = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a', 'b'] });
    for (let i = 0; i < 10_000; i++) {
      metric.inc({ a: i, b: 'x' });
      metric.remove({ a: i, b: 'x' });
    }
    const { rows } = metric as unknown as { rows: SeriesCursor };
    assert.ok(rows.cells.length <= 16, `${rows.cells.length} rows`);
    registry.close();
  });

  it('are read back as the same handle, whichever values it was asked for with', () => {
    const registry = new Registry();
    const metric = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['code'] });
    metric.inc({ code: 200 });
    const handle = metric.labels({ code: 200 });
    metric.inc({ code: '200' });
    metric.inc({ code: 200 });
    handle.inc();
    assert.equal(metric.labels('200'), handle);
    assert.equal(metric.labels({ code: '200' }), handle);
    assert.equal(metric.labels({ code: 200 }), handle);
    assert.deepEqual(samples(registry), { 'c_total{code="200"}': 4 });
    registry.close();
  });

  it('begin again after their value was withdrawn by a handle', () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    gauge.set({ a: 1 }, 5);
    gauge.set({ a: '1' }, 6);
    gauge.labels({ a: '1' }).withdraw();
    assert.deepEqual(samples(registry), {});
    // The number still leads to the row.
    gauge.set({ a: 1 }, 7);
    assert.deepEqual(samples(registry), { 'g{a="1"}': 7 });
    registry.close();
  });
});
