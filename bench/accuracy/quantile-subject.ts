/** Quantile subject: something that observes values and tells their quantiles. */
import { nativeBucketsOf, quantileOfNativeBuckets, Registry } from '../../src/index.js';
import { relativeErrorOf } from '../../src/primitives/sketch-options.js';
import type { PromImplementation } from '../baselines/prom-library.js';

export const QUANTILES = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999] as const;

export interface QuantileSubject {
  observe(value: number): void;
  readonly count: () => Promise<number>;
  /** One for each of QUANTILES. */
  readonly quantiles: () => Promise<number[]>;
  /** The relative error that is promised for what was observed; undefined when nothing is. */
  readonly statedError: () => number | undefined;
}

const RELATIVE_ERROR = 0.01;
const NAME = 'bench_seconds';

export function summarySubject(): QuantileSubject {
  const registry = new Registry();
  const summary = registry.summary({
    name: NAME,
    help: 'x',
    percentiles: QUANTILES,
    relativeError: RELATIVE_ERROR,
  });
  const handle = summary.labels();
  const values = (): Float64Array => registry.snapshot().families[0]!.values;
  return {
    observe: value => handle.observe(value),
    count: async () => values()[QUANTILES.length + 1]!,
    quantiles: async () => [...values().subarray(0, QUANTILES.length)],
    statedError: () => Math.max(RELATIVE_ERROR, values()[QUANTILES.length + 2]!),
  };
}

export function nativeSubject(): QuantileSubject {
  const registry = new Registry();
  const handle = registry.histogram({ name: NAME, help: 'x', native: true }).labels();
  const buckets = () => nativeBucketsOf(registry.snapshot().families[0]!, 0)!;
  return {
    observe: value => handle.observe(value),
    count: async () => registry.snapshot().families[0]!.values[0]!,
    quantiles: async () => QUANTILES.map(quantile => quantileOfNativeBuckets(buckets(), quantile)),
    statedError: () => relativeErrorOf(buckets().schema),
  };
}

export async function promSubject(library: PromImplementation): Promise<QuantileSubject> {
  const { Summary, Registry: PromRegistry } = await library.load();
  const registers = [new PromRegistry()];
  const summary = new Summary({ name: NAME, help: 'x', percentiles: [...QUANTILES], registers });
  const read = async (): Promise<number[]> => (await summary.get()).values.map(({ value }) => value);
  return {
    observe: value => summary.observe(value),
    count: async () => (await read())[QUANTILES.length + 1]!,
    quantiles: async () => (await read()).slice(0, QUANTILES.length),
    statedError: () => undefined,
  };
}
