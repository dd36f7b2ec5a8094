/** Totals from the text that a registry renders: the same reading for every library that speaks the format. */
import { sumOfSamples } from '../harness/exposition-text.js';
import type { Observations } from './observations.js';
import type { Workload } from './workload.js';

export const COUNTER_NAME = 'bench_events_total';
export const GAUGE_NAME = 'bench_depth';
export const HISTOGRAM_NAME = 'bench_duration_seconds';
export const LABEL_NAMES = ['method', 'status'] as const;
export const GAUGE_VALUE = 42.5;
export const OBSERVED_VALUE = 0.3125;

interface TextSource {
  metrics(): Promise<string>;
}

/** Each call adds `step` to one of the counter's series. */
export function counterWorkload(source: TextSource, step: number, operation: () => void): Workload {
  return {
    operation,
    expected: calls => ({ value: calls * step }),
    found: async () => ({ value: sumOfSamples(await source.metrics(), COUNTER_NAME) }),
  };
}

/** Each call sets the gauge to GAUGE_VALUE; how often it did so leaves no trace to be checked. */
export function gaugeSetWorkload(source: TextSource, operation: () => void): Workload {
  return { ...gaugeWorkload(source, operation), expected: () => ({ value: GAUGE_VALUE }) };
}

export function gaugeIncWorkload(source: TextSource, operation: () => void): Workload {
  return { ...gaugeWorkload(source, operation), expected: calls => ({ value: calls }) };
}

export function histogramWorkload(
  source: TextSource,
  observations: Observations,
  operation: () => void,
): Workload {
  return {
    operation,
    expected: calls => observations.expected(calls),
    found: async () => {
      const text = await source.metrics();
      return {
        count: sumOfSamples(text, `${HISTOGRAM_NAME}_count`),
        sum: sumOfSamples(text, `${HISTOGRAM_NAME}_sum`),
        buckets: sumOfSamples(text, `${HISTOGRAM_NAME}_bucket`),
      };
    },
  };
}

/** As histogramWorkload, for whatever has no classic buckets: native histograms and summaries. */
export function sketchWorkload(
  source: TextSource,
  observations: Observations,
  operation: () => void,
): Workload {
  return {
    operation,
    expected: calls => {
      const { count, sum } = observations.expected(calls);
      return { count, sum };
    },
    found: async () => {
      const text = await source.metrics();
      return {
        count: sumOfSamples(text, `${HISTOGRAM_NAME}_count`),
        sum: sumOfSamples(text, `${HISTOGRAM_NAME}_sum`),
      };
    },
  };
}

/** The operation that observes the next of the values at each call. */
export function observeInTurn(values: Float64Array, observe: (value: number) => void): () => void {
  const last = values.length - 1;
  let at = last;
  return () => {
    at = (at + 1) & last;
    observe(values[at]);
  };
}

function gaugeWorkload(source: TextSource, operation: () => void): Pick<Workload, 'operation' | 'found'> {
  return { operation, found: async () => ({ value: sumOfSamples(await source.metrics(), GAUGE_NAME) }) };
}
