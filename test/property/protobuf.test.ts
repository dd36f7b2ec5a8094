/** Whatever is recorded, an independent reader of protobuf finds it, and the text format says the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SPAN_GAP_MAX } from '../../src/exposition/bucket-spans.js';
import { canonicalNumberText } from '../../src/exposition/canonical-number.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { Registry, nativeBucketsOf } from '../../src/index.js';
import type { FamilySnapshot, NativeBucketValues } from '../../src/index.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import type { DecodedFamily, DecodedHistogram, DecodedMetric } from '../unit/exposition/decoded-families.js';
import { countsIn, decodeFamilies, labelsIn } from '../unit/exposition/decoded-families.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

silenceWarnings();

const LABEL_NAMES: readonly string[] = ['a', 'constructor', 'z'];

interface Recording {
  readonly labels: readonly string[];
  readonly value: number;
}

interface PlannedFamily {
  readonly type: 'counter' | 'gauge' | 'thread' | 'histogram' | 'native' | 'both' | 'summary';
  readonly help: string;
  readonly labelCount: number;
  readonly bounds: readonly number[];
  readonly recordings: readonly Recording[];
}

function finiteDouble(): fc.Arbitrary<number> {
  return anyDouble().filter(Number.isFinite);
}

function plannedFamily(): fc.Arbitrary<PlannedFamily> {
  return fc.record({
    type: fc.constantFrom('counter', 'gauge', 'thread', 'histogram', 'native', 'both', 'summary'),
    help: hostileText().map(text => `${text}.`),
    labelCount: fc.integer({ min: 0, max: LABEL_NAMES.length }),
    bounds: fc.uniqueArray(finiteDouble(), { maxLength: 6, comparator: 'SameValueZero' }),
    recordings: fc.array(
      fc.record({
        labels: fc.array(hostileText(12), { minLength: LABEL_NAMES.length, maxLength: LABEL_NAMES.length }),
        value: anyDouble(),
      }),
      { maxLength: 12 },
    ),
  }) as fc.Arbitrary<PlannedFamily>;
}

function record(registry: Registry, family: PlannedFamily, index: number): void {
  const labelNames = LABEL_NAMES.slice(0, family.labelCount);
  const options = { name: `f${index}`, help: family.help, labelNames };
  const recordings = family.recordings.map(({ labels, value }) => ({
    labels: Object.fromEntries(labelNames.map((name, i) => [name, labels[i]!])),
    value,
  }));
  const finite = recordings.filter(({ value }) => Number.isFinite(value));
  switch (family.type) {
    case 'counter': {
      const counter = registry.counter(options);
      for (const { labels, value } of finite) counter.inc(labels, Math.abs(value));
      break;
    }
    case 'gauge':
    case 'thread': {
      const gauge = registry.gauge({ ...options, aggregator: family.type === 'gauge' ? 'sum' : 'thread' });
      for (const { labels, value } of recordings) gauge.set(labels, value);
      break;
    }
    case 'summary': {
      const summary = registry.summary({ ...options, percentiles: [0.5, 0, 1, 0.999] });
      for (const { labels, value } of finite) summary.observe(labels, value);
      break;
    }
    default: {
      const buckets = family.type === 'native' ? [] : family.bounds.toSorted((a, b) => a - b);
      const histogram = registry.histogram({ ...options, buckets, native: family.type !== 'histogram' });
      for (const { labels, value } of finite) histogram.observe(labels, value);
    }
  }
}

const TYPES = { counter: 'COUNTER', gauge: 'GAUGE', histogram: 'HISTOGRAM', summary: 'SUMMARY' } as const;

function expectedLabels(family: FamilySnapshot, index: number): Record<string, string> {
  const { descriptor, series, threads } = family;
  const values = series[index]!.labelValues();
  const shown = descriptor.labelNames.map((name, i) => [name, values[i]!] as const);
  const thread = threads === undefined ? [] : [['thread', threads[index]!] as const];
  return Object.fromEntries([...shown.filter(([, value]) => value !== ''), ...thread]);
}

/** The parts of a metric that are read off the snapshot directly. */
function checkMetric(family: FamilySnapshot, index: number, metric: DecodedMetric): void {
  const { descriptor, values, stride, series } = family;
  const own = values.subarray(index * stride, (index + 1) * stride);
  assert.deepEqual(labelsIn(metric), expectedLabels(family, index));
  const { counter, gauge, summary, histogram } = metric;
  assert.deepEqual(
    [counter?.value, gauge?.value],
    [descriptor.type === 'counter' ? own[0] : undefined, descriptor.type === 'gauge' ? own[0] : undefined],
  );
  const created = (counter ?? summary ?? histogram)?.createdTimestamp;
  if (created !== undefined) {
    const ms = Number(created.seconds) * 1_000 + (created.nanos ?? 0) / 1_000_000;
    assert.equal(ms, Math.round(series[index]!.createdSeconds * 1_000));
  }
  if (summary !== undefined) {
    const quantiles = descriptor.quantiles.map((quantile, i) => ({ quantile, value: own[i] }));
    assert.deepEqual(summary.quantile, quantiles);
    assert.deepEqual(
      [summary.sampleSum, Number(summary.sampleCount)],
      [...own.subarray(quantiles.length, quantiles.length + 2)],
    );
  }
  if (histogram !== undefined) checkHistogram(family, index, own, histogram);
}

function checkHistogram(
  family: FamilySnapshot,
  index: number,
  own: Float64Array,
  histogram: DecodedHistogram,
): void {
  const { bounds } = family.descriptor;
  const native = nativeBucketsOf(family, index);
  let count = 0n;
  const buckets = [...bounds, Infinity].map((upperBound, i) => {
    count += BigInt(own[i]!);
    return { cumulativeCount: String(count), upperBound };
  });
  const isNativeOnly = native !== undefined && bounds.length === 0;
  assert.deepEqual(histogram.bucket, isNativeOnly ? undefined : buckets);
  assert.deepEqual([histogram.sampleCount, histogram.sampleSum], [String(count), own[bounds.length + 1]]);
  if (native !== undefined) checkNative(native, histogram);
  else assert.equal(histogram.schema, undefined);
}

function checkNative(native: NativeBucketValues, histogram: DecodedHistogram): void {
  assert.equal(histogram.schema, native.schema);
  assert.equal(histogram.zeroThreshold, native.zeroThreshold);
  assert.equal(histogram.zeroCount, String(BigInt(native.zeroCount)));
  for (const sign of ['positive', 'negative'] as const) {
    const [low, counts] = [native[`${sign}Low`], native[`${sign}Counts`]];
    const wanted = [...counts].flatMap((count, i) => (count > 0 ? [[low + i, BigInt(count)] as const] : []));
    const spans = histogram[`${sign}Span`] ?? [];
    const shown = [...countsIn(spans, histogram[`${sign}Delta`])];
    assert.deepEqual(
      shown.filter(([, count]) => count > 0n),
      wanted,
    );
    // No more empty buckets in a row than may be in a span, and none at its ends.
    let empty = 0;
    for (const [, count] of shown) {
      empty = count === 0n ? empty + 1 : 0;
      assert.ok(empty <= SPAN_GAP_MAX);
    }
    const starts = new Set<number>();
    spans.slice(1).forEach(({ offset }) => starts.add(offset));
    for (const offset of starts) assert.ok(offset > SPAN_GAP_MAX, `a span begins after a gap of ${offset}`);
  }
  const isEmpty = native.positiveCounts.every(c => c === 0) && native.negativeCounts.every(c => c === 0);
  if (isEmpty) assert.deepEqual(histogram.positiveSpan, [{ offset: 0, length: 0 }]);
}

/** The sample lines of the text format 0.0.4, from what was decoded. */
function linesOf({ name, type, metric }: DecodedFamily): string[] {
  return metric.flatMap(({ label = [], counter, gauge, summary, histogram }) => {
    const labels = label.map(pair => [pair.name, pair.value] as const);
    if (histogram !== undefined) {
      const { sampleCount, sampleSum } = histogram;
      const infinite = [{ cumulativeCount: sampleCount, upperBound: Infinity }];
      return [
        ...(histogram.bucket ?? infinite).map(({ cumulativeCount, upperBound }) =>
          lineOf(
            `${name}_bucket`,
            [['le', canonicalNumberText(upperBound)], ...labels],
            Number(cumulativeCount),
          ),
        ),
        lineOf(`${name}_sum`, labels, sampleSum),
        lineOf(`${name}_count`, labels, Number(sampleCount)),
      ];
    }
    if (summary !== undefined) {
      return [
        ...(summary.quantile ?? []).map(({ quantile, value }) =>
          lineOf(name, [['quantile', canonicalNumberText(quantile)], ...labels], value),
        ),
        lineOf(`${name}_sum`, labels, summary.sampleSum),
        lineOf(`${name}_count`, labels, Number(summary.sampleCount)),
      ];
    }
    return [lineOf(name, labels, type === 'COUNTER' ? counter!.value : gauge!.value)];
  });
}

function lineOf(name: string, labels: readonly (readonly [string, string])[], value: number): string {
  const escape = (text: string): string =>
    text.replace(/[\\"\n]/g, char => (char === '\n' ? '\\n' : `\\${char}`));
  const pairs = labels.map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  return Math.abs(value) === Infinity ? (value > 0 ? '+Inf' : '-Inf') : String(value);
}

/** Decodes what is rendered of these families, and compares it with them and with the text format. */
function check(families: readonly FamilySnapshot[], renderer: PrometheusProtobufRenderer): void {
  const decoded = decodeFamilies(renderer.render({ families }).body);
  const shown = families.filter(({ series }) => series.length > 0);
  assert.deepEqual(
    decoded.map(({ name, help, type }) => [name, help, type]),
    shown.map(({ descriptor: { name, help, type } }) => [
      name,
      asEncoded(help),
      TYPES[type as keyof typeof TYPES],
    ]),
  );
  decoded.forEach(({ metric }, i) => {
    assert.equal(metric.length, shown[i]!.series.length);
    metric.forEach((one, index) => checkMetric(shown[i]!, index, one));
  });
  const text = Buffer.from(new PrometheusTextRenderer().render({ families }).body).toString();
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('# '));
  assert.deepEqual(decoded.flatMap(linesOf), lines);
}

describe('the protobuf format', () => {
  it('says what was recorded, and what the text format says', () => {
    fc.assert(
      fc.property(fc.array(plannedFamily(), { maxLength: 4 }), families => {
        const registry = new Registry({ labelValueMax: 100 });
        const renderer = new PrometheusProtobufRenderer();
        families.forEach((family, index) => record(registry, family, index));
        check(registry.snapshot().families, renderer);
        // Once more into series that are encoded, and some that are not.
        families.forEach((family, index) => {
          record(registry, { ...family, recordings: family.recordings.slice(0, 3) }, index);
        });
        check(registry.snapshot().families, renderer);
        registry.close();
      }),
      { numRuns: 400 },
    );
  });

  it('says any counts of native buckets, also those that nobody will live to see', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [1], native: { maxBuckets: 200 } });
    const [family] = registry.snapshot().families;
    const renderer = new PrometheusProtobufRenderer();
    const count = fc.oneof(
      { arbitrary: fc.constant(0), weight: 3 },
      { arbitrary: fc.nat(), weight: 1 },
      { arbitrary: fc.nat({ max: Number.MAX_SAFE_INTEGER }), weight: 1 },
    );
    const counts = fc.array(count, { maxLength: 100 });
    const low = fc.integer({ min: -300_000, max: 300_000 });
    fc.assert(
      fc.property(counts, low, counts, low, (positive, positiveLow, negative, negativeLow) => {
        const values = new Float64Array(family!.stride);
        const native = [3, 7, positiveLow, positive.length, negativeLow, negative.length];
        values.set([2 ** 40, 2, 0.5, ...native, ...positive, ...negative]);
        withUncheckedRenderings('counts of native buckets that do not add up', () =>
          check([{ ...family!, values }], renderer),
        );
      }),
      { numRuns: 1_000 },
    );
    registry.close();
  });
});
