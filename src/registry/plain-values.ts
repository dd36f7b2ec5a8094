/** Plain values: what a snapshot holds in number arrays, as the objects that user code gets. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type {
  HistogramBucket,
  HistogramValue,
  MetricExemplar,
  MetricObjectWithValues,
  MetricValue,
  SeriesValue,
  SummaryValue,
} from '../primitives/readings.js';
import type { SeriesEntry } from './catalogue.js';
import { exemplarsOf } from './exemplars.js';
import { nativeBucketsOf } from './native-buckets.js';
import type { FamilySnapshot } from './family-reading.js';

type SampleLabels = Record<string, string | number>;

/** The value of the series with this index. */
export function valueAt(family: FamilySnapshot, index: number): SeriesValue {
  const { descriptor, values, stride } = family;
  switch (descriptor.type) {
    case 'histogram':
      return histogramAt(family, index);
    case 'summary':
      return summaryAt(family, index);
    case 'stateset':
      return descriptor.states[values[index]!]!;
    default:
      return values[index * stride]!;
  }
}

/** A family with its samples, in the form of prom-client's JSON. */
export function metricObjectOf(family: FamilySnapshot): MetricObjectWithValues {
  const values = family.series.flatMap((series, index) => samplesAt(family, series, index));
  return { ...emptyMetricObject(family.descriptor), values };
}

/** A family that is not there. */
export function emptyMetricObject({
  help,
  name,
  type,
  unit,
  aggregator,
}: FamilyDescriptor): MetricObjectWithValues {
  return { help, name, type, ...(unit === '' ? {} : { unit }), aggregator, values: [] };
}

function histogramAt(family: FamilySnapshot, index: number): HistogramValue {
  const { descriptor, values, stride } = family;
  const at = index * stride;
  const buckets: HistogramBucket[] = [];
  let count = 0;
  for (const [i, le] of [...descriptor.bounds, Infinity].entries()) {
    count += values[at + i]!;
    buckets.push({ le, count });
  }
  const sum = values[at + buckets.length]!;
  const native = nativeBucketsOf(family, index);
  return native === undefined ? { count, sum, buckets } : { count, sum, buckets, native };
}

function summaryAt({ descriptor, values, stride }: FamilySnapshot, index: number): SummaryValue {
  const at = index * stride;
  const end = at + descriptor.quantiles.length;
  const quantiles = descriptor.quantiles.map((quantile, i) => ({ quantile, value: values[at + i]! }));
  return { count: values[end + 1]!, sum: values[end]!, quantiles, relativeError: values[end + 2]! };
}

function samplesAt(family: FamilySnapshot, series: SeriesEntry, index: number): MetricValue[] {
  const { descriptor, threads } = family;
  const { name, type } = descriptor;
  const labels = labelsOf(series, descriptor);
  const value = valueAt(family, index);
  const exemplars = exemplarsByBucket(family, index);
  if (type === 'histogram') return histogramSamples(name, labels, value as HistogramValue, exemplars);
  if (type === 'summary') return summarySamples(name, labels, value as SummaryValue);
  if (type === 'stateset')
    return descriptor.states.map(state => ({
      labels: { [name]: state, ...labels },
      value: state === value ? 1 : 0,
    }));
  if (type === 'info') return [{ labels, value: 1, metricName: name + INFO_SUFFIX }];
  if (threads !== undefined) labels['thread'] = threads[index]!;
  const [exemplar] = exemplars;
  return [{ labels, value: value as number, ...(exemplar === undefined ? {} : { exemplar }) }];
}

/** Those of native buckets belong to no sample of this form. */
function exemplarsByBucket(family: FamilySnapshot, index: number): MetricExemplar[] {
  const exemplars: MetricExemplar[] = [];
  for (const { bucket, labels, value, timestampSeconds } of exemplarsOf(family, index)) {
    if (bucket !== 'native') exemplars[bucket] = { labelSet: labels, value, timestamp: timestampSeconds };
  }
  return exemplars;
}

function histogramSamples(
  name: string,
  labels: SampleLabels,
  { buckets, sum, count }: HistogramValue,
  exemplars: readonly MetricExemplar[],
): MetricValue[] {
  return [
    ...buckets.map((bucket, i): MetricValue => ({
      labels: { le: bucket.le === Infinity ? '+Inf' : bucket.le, ...labels },
      value: bucket.count,
      metricName: `${name}_bucket`,
      exemplar: exemplars[i] ?? null,
    })),
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}

function summarySamples(
  name: string,
  labels: SampleLabels,
  { quantiles, sum, count }: SummaryValue,
): MetricValue[] {
  return [
    ...quantiles.map(({ quantile, value }): MetricValue => ({ labels: { quantile, ...labels }, value })),
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}

/** Empty values are left out: to Prometheus they are the same as missing ones. */
function labelsOf(series: SeriesEntry, { labelNames }: FamilyDescriptor): SampleLabels {
  if (series.isOverflow) return { [OVERFLOW_LABEL]: 'true' };
  const values = series.labelValues();
  return Object.fromEntries(
    labelNames.map((name, i) => [name, values[i]!] as const).filter(([, value]) => value !== ''),
  );
}
