/** Any registry: families of every type with hostile texts and numbers in them, and what they must show. */
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

export const LONG = 10_000;
/** There are hundreds of registries in one process, and address space is not for nothing. */
const SMALL = { labelValueMax: LONG, seriesMax: 200, threadsMax: 2, stripeBytes: 1_048_576 };
const STATE_LENGTH_MAX = 256;

const long = fc.constantFrom('x'.repeat(LONG), '\\"\n😀'.repeat(LONG / 5));
const label = fc.oneof({ weight: 20, arbitrary: hostileText() }, { weight: 1, arbitrary: long });
const help = fc
  .oneof({ weight: 20, arbitrary: hostileText() }, { weight: 1, arbitrary: long })
  .filter(text => text !== '');
const state = hostileText(STATE_LENGTH_MAX).filter(text => text !== '' && text.isWellFormed());
const number = fc.oneof(
  anyDouble(),
  fc.constantFrom(
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 64,
    1e308,
    -1e308,
    -0,
    5e-324,
    2 ** -1_022,
  ),
);

export interface Given {
  readonly help: string;
  readonly bounds: readonly number[];
  readonly labels: readonly string[];
  readonly states: readonly string[];
  readonly numbers: readonly number[];
}

export const given: fc.Arbitrary<Given> = fc.record({
  help,
  bounds: fc
    .uniqueArray(
      anyDouble()
        .filter(Number.isFinite)
        .map(bound => bound + 0),
      { maxLength: 8 },
    )
    .map(bounds => bounds.sort((a, b) => a - b)),
  labels: fc.uniqueArray(label, { minLength: 1, maxLength: 12, selector: asEncoded }),
  states: fc.uniqueArray(state, { minLength: 2, maxLength: 4 }),
  numbers: fc.array(number, { minLength: 1, maxLength: 12 }),
});

/** The families are `g`, `t`, `c_total`, `h`, `n`, `s`, `i` and `p`, in this order: one of each type, and of each form. */
export function registryOf({ help: text, bounds, labels, numbers, states }: Given): Registry {
  const registry = new Registry(SMALL);
  const options = { help: text, labelNames: ['a', 'b'] } as const;
  const gauge = registry.gauge({ ...options, name: 'g' });
  const threads = registry.gauge({ ...options, name: 't', aggregator: 'thread' });
  const counter = registry.counter({ ...options, name: 'c_total' });
  const histogram = registry.histogram({ ...options, name: 'h', buckets: bounds });
  const native = registry.histogram({ ...options, name: 'n', buckets: [], native: true });
  const summary = registry.summary({ ...options, name: 's', percentiles: [0, 0.5, 0.99, 1] });
  const info = registry.info({ ...options, name: 'i' });
  const phase = registry.stateSet({ ...options, name: 'p', states });
  labels.forEach((b, i) => {
    gauge.set({ b }, numbers[i % numbers.length]!);
    threads.set({ b }, numbers[i % numbers.length]!);
    info.set({ b });
    phase.set({ b }, states[i % states.length]!);
    for (const value of numbers.slice(i).filter(Number.isFinite)) {
      counter.inc({ b }, Math.abs(value));
      for (const metric of [histogram, native, summary]) metric.observe({ a: 'x', b }, value);
    }
  });
  return registry;
}

export interface ExpectedSample {
  readonly name: string;
  /** Without empty ones; of `le` the number as JavaScript spells it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What the text formats show of it, by a model that has nothing of the registry; without the quantiles of `s`. */
export function expectedSamples({ bounds, labels, numbers, states }: Given): ExpectedSample[] {
  const observed = labels.map((b, i) => ({
    b: asEncoded(b),
    values: numbers.slice(i).filter(Number.isFinite),
  }));
  const recorded = observed.filter(({ values }) => values.length > 0);
  const sampleOf = (name: string, pairs: Record<string, string>, value: number): ExpectedSample => ({
    name,
    labels: Object.fromEntries(Object.entries(pairs).filter(([, text]) => text !== '')),
    value: value + 0,
  });
  const totalsOf = (name: string, b: string, values: readonly number[]): ExpectedSample[] => [
    sampleOf(`${name}_sum`, { a: 'x', b }, sumOf(values)),
    sampleOf(`${name}_count`, { a: 'x', b }, values.length),
  ];
  const histogramOf = (name: string, upperBounds: readonly number[]): ExpectedSample[] =>
    recorded.flatMap(({ b, values }) => [
      ...[...upperBounds, Infinity].map(bound =>
        sampleOf(
          `${name}_bucket`,
          { le: String(bound), a: 'x', b },
          values.filter(value => value <= bound).length,
        ),
      ),
      ...totalsOf(name, b, values),
    ]);
  const gaugeOf = (name: string, more: Record<string, string>): ExpectedSample[] =>
    labels.map((b, i) => sampleOf(name, { b: asEncoded(b), ...more }, numbers[i % numbers.length]!));
  return [
    ...gaugeOf('g', {}),
    ...gaugeOf('t', { thread: '0' }),
    ...recorded.map(({ b, values }) => sampleOf('c_total', { b }, sumOf(values.map(Math.abs)))),
    ...histogramOf('h', bounds),
    ...histogramOf('n', []),
    ...recorded.flatMap(({ b, values }) => totalsOf('s', b, values)),
    sampleOf('i_info', { b: asEncoded(labels.at(-1)!) }, 1),
    ...labels.flatMap((b, i) =>
      states.map((p, k) => sampleOf('p', { p, b: asEncoded(b) }, k === i % states.length ? 1 : 0)),
    ),
  ];
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
