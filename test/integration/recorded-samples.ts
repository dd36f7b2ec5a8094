/**
 * One recording of every type, and beside it what it comes to, counted here and not by the library: samples, exemplars and
 * native observations that a backend must have in the end.
 */
import type { Registry } from '../../src/index.js';

/** What a backend was given, not what it stores. */
export type WireFormat = 'text' | 'openmetrics' | 'protobuf';

export interface RecordedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of quantiles, which are estimates. */
  readonly relativeError?: number;
  /** Those that show it; all by default. */
  readonly formats?: readonly WireFormat[];
}

export interface RecordedExemplar {
  /** Of the sample that it stands at. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exemplarLabels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Its histogram has native buckets too. */
  readonly isNative: boolean;
}

export interface RecordedNative {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly zeroThreshold: number;
  readonly values: readonly number[];
}

type Labels = Readonly<Record<string, string>>;

export const HOSTILE = [
  'plain',
  'say "hi"',
  'C:\\dir\\',
  'two\nlines',
  '\\n',
  '}, {a="x"} 1',
  ' # {a="x"} 1',
  '# EOF',
  'a="b",c="d"',
  'tab\t cr\r',
  'é 日本 😀 \u2028 \ufeff \u0085',
  '__proto__',
  ' ',
  ',',
  'x'.repeat(200),
];
/** Exemplars whose labels have braces, which are an end of the labels to a parser that looks for no quotes. */
export const BRACED_FAMILY = 'braced_total';
export const SERIES_MAX = HOSTILE.length;
const BEYOND = ['one too many', 'and another'];
const NUMBERS = [0, -0, 0.1, 5e-324, 2 ** 53, 2 ** 53 + 2, 1e21, 1e308, 1e-7, NaN, Infinity, -Infinity, -1.5];
const RELATIVE_ERROR = 0.01;
const NOT_PROTOBUF = ['text', 'openmetrics'] as const;
const NOT_OPENMETRICS = ['text', 'protobuf'] as const;
const help = 'A help with \\ backslashes, "quotes",\nline feeds and é 😀.';
const labelNames = ['kind'] as const;

export class Recorded {
  readonly samples: RecordedSample[] = [];
  readonly exemplars: RecordedExemplar[] = [];
  readonly natives: RecordedNative[] = [];
  /** By the name of the family: its type and its help. */
  readonly families = new Map<string, { readonly type: string; readonly help: string }>();

  constructor(private readonly registry: Registry) {
    this.recordCounters();
    this.recordGauges();
    this.recordStates();
    this.recordHistograms();
    this.recordSummaries();
    this.recordNatives();
    this.recordTraced();
  }

  samplesIn(format: WireFormat): RecordedSample[] {
    return this.samples.filter(({ formats }) => formats === undefined || formats.includes(format));
  }

  private expect(name: string, labels: Labels, value: number, more: Partial<RecordedSample> = {}): void {
    this.samples.push({ name, labels, value, ...more });
  }

  private describe(name: string, type: string): { name: string; help: string } {
    this.families.set(name, { type, help });
    return { name, help };
  }

  private recordCounters(): void {
    const jobs = this.registry.counter({ ...this.describe('jobs_total', 'counter'), labelNames });
    const finite = NUMBERS.filter(value => value >= 0 && Number.isFinite(value)).map(value => value + 0);
    HOSTILE.forEach((kind, i) => {
      const value = finite[i % finite.length]!;
      jobs.inc({ kind }, value);
      this.expect('jobs_total', { kind }, value);
    });
    // The series over the limit are one, and counted.
    for (const kind of BEYOND) jobs.inc({ kind }, 2.5);
    this.expect('jobs_total', { otel_metric_overflow: 'true' }, 2.5 * BEYOND.length);
    const excess = { family: 'jobs_total', reason: 'family_limit' };
    this.expect('threadtally_overflow_observations_total', excess, BEYOND.length);
    this.registry.counter(this.describe('big_total', 'counter')).inc(2 ** 53 - 1);
    this.expect('big_total', {}, 2 ** 53 - 1);
    this.registry.counter({ ...this.describe('cpu_seconds_total', 'counter'), unit: 'seconds' }).inc(0.1);
    this.expect('cpu_seconds_total', {}, 0.1);
  }

  private recordGauges(): void {
    const gauge = this.registry.gauge({ ...this.describe('queue_depth', 'gauge'), labelNames });
    HOSTILE.forEach((kind, i) => {
      gauge.set({ kind }, NUMBERS[i % NUMBERS.length]!);
      this.expect('queue_depth', { kind }, NUMBERS[i % NUMBERS.length]!);
    });
    const open = { ...this.describe('open_files', 'gauge'), aggregator: 'thread' } as const;
    this.registry.gauge(open).set(3);
    this.expect('open_files', { thread: '0' }, 3);
  }

  private recordStates(): void {
    const phase = { ...this.describe('phase', 'gauge'), labelNames, states: HOSTILE };
    const states = this.registry.stateSet(phase);
    for (const [kind, active] of [HOSTILE, HOSTILE.toReversed()].map(([a, b]) => [a!, b!] as const)) {
      states.set({ kind }, active);
      for (const state of HOSTILE) this.expect('phase', { kind, phase: state }, state === active ? 1 : 0);
    }
    const build = this.registry.info({ ...this.describe('build', 'gauge'), labelNames: ['version', 'of'] });
    this.families.delete('build');
    this.families.set('build_info', { type: 'gauge', help });
    build.set({ version: '1.2', of: HOSTILE[5]! });
    this.expect('build_info', { version: '1.2', of: HOSTILE[5]! }, 1);
  }

  /** Values are multiples of 1/1024, so that sums are exact. */
  private recordHistograms(): void {
    const buckets = [0.001, 0.25, 1, 10, 100_000, 1_000_000];
    const latency = this.registry.histogram({
      ...this.describe('latency_seconds', 'histogram'),
      labelNames,
      buckets,
    });
    HOSTILE.forEach((kind, i) => {
      const values = [0, 1 / 1_024, 0.25, 1, 1 + i / 1_024, 99, 2 ** 19, 2 ** 30 + i];
      for (const value of values) latency.observe({ kind }, value);
      this.expectBuckets({ name: 'latency_seconds', labels: { kind }, buckets, values });
    });
    for (const [name, bounds, values] of [
      ['balance_ratio', [-10, -0.5, 0, 5], [-11, -10, -0.25, 0, 4, 6]],
      ['drift_seconds', [1], [-3, 0.5, 1.5]],
      ['empty_seconds', [0.5, 1], []],
      ['bare_seconds', [], [1, 2]],
    ] as const) {
      const histogram = this.registry.histogram({
        ...this.describe(name, 'histogram'),
        buckets: [...bounds],
      });
      for (const value of values) histogram.observe(value);
      this.expectBuckets({ name, labels: {}, buckets: bounds, values });
    }
  }

  private recordSummaries(): void {
    const percentiles = [0.5, 0.9, 0.99];
    const summary = this.registry.summary({
      ...this.describe('rtt_seconds', 'summary'),
      labelNames,
      percentiles,
    });
    HOSTILE.forEach((kind, i) => {
      const values = Array.from({ length: 200 }, (_, n) => ((n * 7_919) % 1_009) / 64 + i + 1);
      for (const value of values) summary.observe({ kind }, value);
      this.expectQuantiles('rtt_seconds', { kind }, percentiles, values);
    });
    this.registry.summary({ ...this.describe('idle_seconds', 'summary'), percentiles });
    this.expectQuantiles('idle_seconds', {}, percentiles, []);
    this.registry.summary({ ...this.describe('plain_seconds', 'summary'), percentiles: [] }).observe(2);
    this.expectQuantiles('plain_seconds', {}, [], [2]);
    const signed = this.registry.summary({ ...this.describe('offset_seconds', 'summary'), percentiles });
    const values = [-8, -4, -2, 1];
    for (const value of values) signed.observe(value);
    this.expectQuantiles('offset_seconds', {}, percentiles, values);
  }

  private recordNatives(): void {
    const spread = Array.from({ length: 5_000 }, (_, i) => Math.exp(Math.sin(i) * 5.5) * (1 + i / 1e9));
    const mixed = [-1_000, -3, -3, 0, 0, 0, 1.25, 1.5, 3, 2_000];
    for (const [name, buckets, native, values] of [
      ['fine_seconds', [], { maxBuckets: 8_192 }, spread],
      ['change_ratio', [0, 2], { schema: 0 }, mixed],
      ['unused_seconds', [1], true, []],
    ] as const) {
      const histogram = this.registry.histogram({
        ...this.describe(name, 'histogram'),
        buckets: [...buckets],
        native,
      });
      for (const value of values) histogram.observe(value);
      this.natives.push({ name, labels: {}, zeroThreshold: 2 ** -128, values });
      this.expectBuckets({ name, labels: {}, buckets, values, isNative: true });
    }
    const zeroThreshold = 0.5;
    const rows = this.registry.histogram({
      ...this.describe('row_ratio', 'histogram'),
      labelNames,
      buckets: [1],
      native: { schema: 2, zeroThreshold },
    });
    HOSTILE.forEach((kind, i) => {
      const values = Array.from({ length: 30 }, (_, n) => (n + i + 0.25) / 8);
      for (const value of values) rows.observe({ kind }, value);
      this.natives.push({ name: 'row_ratio', labels: { kind }, zeroThreshold, values });
      this.expectBuckets({ name: 'row_ratio', labels: { kind }, buckets: [1], values, isNative: true });
    });
  }

  private recordTraced(): void {
    const { registry } = this;
    HOSTILE.forEach((kind, i) => {
      const name = /[{}]/.test(kind) ? BRACED_FAMILY : 'traced_total';
      const described = this.families.has(name) ? { name, help } : this.describe(name, 'counter');
      const traced = registry.counter({ ...described, labelNames, enableExemplars: true });
      const exemplarLabels = { trace_id: `t${i}`, note: kind.slice(0, 60) };
      const value = i + 0.5;
      traced.inc({ labels: { kind }, value, exemplarLabels });
      this.expect(name, { kind }, value);
      this.exemplars.push({ name, labels: { kind }, exemplarLabels, value, isNative: false });
    });
    const buckets = [0.25, 1, 1_000_000];
    const values = [0.125, 0.5, 3, 2 ** 30];
    for (const [name, native] of [
      ['traced_seconds', undefined],
      ['traced_ratio', true],
    ] as const) {
      const isNative = native !== undefined;
      const options = { ...this.describe(name, 'histogram'), buckets, enableExemplars: true } as const;
      const histogram = registry.histogram(isNative ? { ...options, native } : options);
      values.forEach((value, i) => {
        const exemplarLabels = { trace_id: `${name} ${i}` };
        histogram.observe({ value, exemplarLabels });
        const le = String([...buckets, Infinity][i]);
        this.exemplars.push({ name: `${name}_bucket`, labels: { le }, exemplarLabels, value, isNative });
      });
      this.expectBuckets({ name, labels: {}, buckets, values, isNative });
      if (isNative) this.natives.push({ name, labels: {}, zeroThreshold: 2 ** -128, values });
    }
  }

  /** A histogram with native buckets reaches Prometheus in protobuf as these, and not as classic ones. */
  private expectBuckets(histogram: {
    readonly name: string;
    readonly labels: Labels;
    readonly buckets: readonly number[];
    readonly values: readonly number[];
    readonly isNative?: boolean;
  }): void {
    const { name, labels, buckets, values, isNative = false } = histogram;
    const formats: { formats?: readonly WireFormat[] } = isNative ? { formats: NOT_PROTOBUF } : {};
    for (const bound of [...buckets, Infinity]) {
      const count = values.filter(value => value <= bound).length;
      this.expect(`${name}_bucket`, { ...labels, le: String(bound) }, count, formats);
    }
    const sum = sumOf(values);
    const hasTotals = sum >= 0 && !buckets.some(bound => bound < 0);
    const inOpenMetrics: readonly WireFormat[] = isNative
      ? NOT_PROTOBUF
      : ['text', 'openmetrics', 'protobuf'];
    const totals = { formats: inOpenMetrics.filter(format => hasTotals || format !== 'openmetrics') };
    // Sums of numbers that are no multiples of a power of two depend on the order.
    this.expect(`${name}_sum`, labels, sum, { ...totals, relativeError: 1e-12 });
    this.expect(`${name}_count`, labels, values.length, totals);
  }

  private expectQuantiles(
    name: string,
    labels: Labels,
    percentiles: readonly number[],
    values: readonly number[],
  ): void {
    const sorted = values.toSorted((a, b) => a - b);
    for (const quantile of percentiles) {
      const value = sorted[Math.ceil(quantile * values.length) - 1] ?? NaN;
      this.expect(name, { ...labels, quantile: String(quantile) }, value, {
        relativeError: RELATIVE_ERROR,
        ...(value < 0 ? { formats: NOT_OPENMETRICS } : {}),
      });
    }
    const sum = sumOf(values);
    this.expect(`${name}_sum`, labels, sum, sum < 0 ? { formats: NOT_OPENMETRICS } : {});
    this.expect(`${name}_count`, labels, values.length);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The created timestamps that OpenMetrics shows, as the registry has them. */
export function createdSamples(registry: Registry): RecordedSample[] {
  return registry.snapshot().families.flatMap(({ descriptor, series }) => {
    const { name, type, labelNames: names } = descriptor;
    if (type !== 'counter' && type !== 'histogram' && type !== 'summary') return [];
    return series.map(each => ({
      name: `${name.replace(/_total$/, '')}_created`,
      labels: each.isOverflow
        ? { otel_metric_overflow: 'true' }
        : Object.fromEntries(each.labelValues().map((value, i) => [names[i]!, value])),
      value: each.createdSeconds,
    }));
  });
}
