/** The process of one accuracy case: observes a million values, and compares the quantiles with the exact ones. */
import type { CaseReport, CaseRequest } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { ACCURACY_CASES } from './case-list.js';
import { drawn, exactQuantile, relativeError } from './distributions.js';
import { QUANTILES } from './quantile-subject.js';

await reportCase(measureCase);

async function measureCase({ id, preset }: CaseRequest): Promise<CaseReport> {
  const { distribution, load } = ACCURACY_CASES.find(one => one.id === id)!;
  const values = drawn(distribution, PRESETS[preset].observations);
  const subject = await load();
  const startNs = process.hrtime.bigint();
  for (let i = 0; i < values.length; i++) subject.observe(values[i]!);
  const ns = Number(process.hrtime.bigint() - startNs);
  const estimates = await subject.quantiles();
  const sorted = values.toSorted();
  const errors = QUANTILES.map((quantile, i) =>
    relativeError(estimates[i]!, exactQuantile(sorted, quantile)),
  );
  const stated = subject.statedError();
  return {
    readings: {
      percentWorst: 100 * Math.max(...errors),
      percentMedian: 100 * errors.toSorted((a, b) => a - b)[Math.floor(errors.length / 2)]!,
      ...(stated === undefined ? {} : { percentStated: 100 * stated }),
      nsPerObservation: ns / values.length,
    },
    checks: [{ what: 'count', expected: values.length, found: await subject.count() }],
  };
}
