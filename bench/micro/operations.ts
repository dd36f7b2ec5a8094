/** Operations: what the micro benches compare. The key is the first half of a case's id. */

export const OPERATIONS = {
  'empty-call': 'empty call',
  'counter-inc': 'counter, kept handle: inc()',
  'counter-inc-3': 'counter, kept handle: inc(3)',
  'counter-inc-fraction': 'counter, kept handle: inc(0.5)',
  'counter-by-object': 'counter by label object, then inc()',
  'counter-by-kept-object': 'counter by kept label object, then inc()',
  'counter-inc-object': 'counter: inc(label object)',
  'counter-by-values': 'counter by label values, then inc()',
  'counter-64-objects': 'counter, 64 label objects in turn',
  'counter-unlabelled': 'counter without labels: inc()',
  'bound-add': 'counter of OpenTelemetry, attributes bound: add(1)',
  'bound-record': 'histogram of OpenTelemetry, attributes bound: one value',
  'gauge-set': 'gauge, kept handle: set()',
  'gauge-inc': 'gauge, kept handle: inc()',
  'gauge-unlabelled': 'gauge without labels: set()',
  'histogram-observe': 'histogram, kept handle: one value',
  'histogram-cycle': 'histogram, kept handle: 16,384 values',
  'histogram-unlabelled': 'histogram without labels: one value',
  'native-observe': 'native histogram, kept handle: one value',
  'native-cycle': 'native histogram, kept handle: 16,384 values',
  'dual-observe': 'classic and native histogram, kept handle: one value',
  'dual-cycle': 'classic and native histogram, kept handle: 16,384 values',
  'summary-observe': 'summary, kept handle: one value',
  'summary-cycle': 'summary, kept handle: 16,384 values',
  'summary-window-cycle': 'summary with a sliding window, kept handle: 16,384 values',
  'bucket-search-11': 'bucket of 16,384 values, 11 bounds',
  'bucket-search-100': 'bucket of 16,384 values, 100 linear bounds',
} as const;

export type OperationKey = keyof typeof OPERATIONS;
