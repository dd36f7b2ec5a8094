/** All accuracy cases: each distribution with each way to take quantiles. */
import type { PromImplementation } from '../baselines/prom-library.js';
import { PROM_CLIENT, PROMETHEUS_IO } from '../baselines/prom-library.js';
import type { BenchCase } from '../harness/bench-case.js';
import type { Distribution } from './distributions.js';
import { DISTRIBUTIONS } from './distributions.js';
import type { QuantileSubject } from './quantile-subject.js';
import { nativeSubject, promSubject, summarySubject } from './quantile-subject.js';

export interface AccuracyCase extends BenchCase {
  readonly distribution: Distribution;
  readonly load: () => Promise<QuantileSubject>;
}

const WHY = {
  summary:
    'Its error is bounded for every distribution, up to 1 % here: a digest that interpolates can be closer, or further off.',
  native:
    'With 160 buckets over the whole range, the schema is the finest that fits; what is stated is its error.',
};

export const ACCURACY_CASES: readonly AccuracyCase[] = DISTRIBUTIONS.flatMap(distribution => [
  caseOf(distribution, 'summary', 'threadtally summary', async () => summarySubject(), WHY.summary),
  caseOf(distribution, 'native', 'threadtally native histogram', async () => nativeSubject(), WHY.native),
  promCase(distribution, PROM_CLIENT),
  promCase(distribution, PROMETHEUS_IO),
]);

function promCase(distribution: Distribution, library: PromImplementation): AccuracyCase {
  const { key, name, isVariant } = library;
  return { ...caseOf(distribution, key, `${name} summary`, () => promSubject(library)), isVariant };
}

function caseOf(
  ...[distribution, key, implementation, load, why]: [
    Distribution,
    string,
    string,
    () => Promise<QuantileSubject>,
    string?,
  ]
): AccuracyCase {
  const base = {
    id: `${distribution.name.replace(' ', '-')}/${key}`,
    operation: `${distribution.name}: ${distribution.about}`,
    implementation,
    call: 'handle.observe(value)',
    distribution,
    load,
  };
  return why === undefined ? base : { ...base, why };
}
