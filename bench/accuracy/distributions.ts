/** Distributions: observations of the shapes that latencies and sizes have, the same in every run. */

const SEED = 0x2545f491;

/** Uniform in (0, 1). */
type Random = () => number;

export interface Distribution {
  readonly name: string;
  readonly about: string;
  readonly draw: (random: Random) => number;
}

export const DISTRIBUTIONS: readonly Distribution[] = [
  { name: 'skewed', about: 'log-normal, sigma 1.5', draw: random => 0.05 * Math.exp(1.5 * normal(random)) },
  {
    name: 'bimodal',
    about: 'a cache: 80 % around 1 ms, 20 % around 80 ms',
    draw: random => (random() < 0.8 ? 0.001 : 0.08) * Math.exp(0.2 * normal(random)),
  },
  { name: 'constant', about: 'always 0.25', draw: () => 0.25 },
  { name: 'heavy-tailed', about: 'Pareto, alpha 1.1', draw: random => 0.01 * random() ** (-1 / 1.1) },
  { name: 'uniform', about: '0 to 10', draw: random => 10 * random() },
  { name: 'both signs', about: 'normal around 0.5', draw: random => 0.5 + normal(random) },
];

/** The first `count` values of a distribution. */
export function drawn({ draw }: Distribution, count: number): Float64Array {
  const random = seededRandom(SEED);
  return Float64Array.from({ length: count }, () => draw(random));
}

/** The smallest value that at least `quantile` of the sorted values do not exceed. */
export function exactQuantile(sorted: Float64Array, quantile: number): number {
  const rank = Math.max(1, Math.ceil(quantile * sorted.length * (1 - 1e-12)));
  return sorted[rank - 1]!;
}

/** Error of an estimate as a share of the exact value. */
export function relativeError(estimate: number, exact: number): number {
  return estimate === exact ? 0 : Math.abs(estimate - exact) / Math.abs(exact);
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32 (Tommy Ettinger): every value of its 32-bit state once. */
function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}
