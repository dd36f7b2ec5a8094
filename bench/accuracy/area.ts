/** Accuracy: quantiles of a million observations against the exact ones, and what observing them cost. */
import { join } from 'node:path';
import type { Area } from '../harness/bench-case.js';
import { ACCURACY_CASES } from './case-list.js';

export const accuracyArea: Area = {
  name: 'accuracy',
  title: 'Quantiles of a million observations',
  about:
    'Relative error of the quantiles 0.01, 0.05, 0.5, 0.9, 0.95, 0.99 and 0.999 against those of the sorted values: the ' +
    'worst of the seven and the median one, beside the error that is stated for them. Nanoseconds an observation are of ' +
    'one pass over the values, the first one of the process: code is compiled and ranges are found on the way.',
  processFile: join(import.meta.dirname, 'process.js'),
  execArgv: [],
  cases: ACCURACY_CASES,
  columns: [
    { heading: 'worst error, %', reading: 'percentWorst', digits: 3, isCompared: true },
    { heading: 'median error, %', reading: 'percentMedian', digits: 3 },
    { heading: 'stated error, %', reading: 'percentStated', digits: 3 },
    {
      heading: 'ns an observation',
      reading: 'nsPerObservation',
      digits: 1,
      isCompared: true,
      showsSpread: true,
    },
  ],
  refusal: () => undefined,
};
