/**
 * Given family: what a metric that is none of this package gives as plain objects, as the snapshot of a family, so that
 * every format can show it.
 */
import type { LabelValueVisitor } from '../memory/record-key.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { FamilyDescription, FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { describeFamily } from '../primitives/family-descriptor.js';
import type { MetricExemplar, MetricValue } from '../primitives/readings.js';
import { SeriesEntry } from './catalogue.js';
import type { ExemplarReading, SnapshotExemplars } from './exemplars.js';
import { visitTexts } from './label-bytes.js';
import { familyOfSeries } from './shown-family.js';
import type { FamilySnapshot } from './snapshot.js';

/** What `get()` of a metric resolves to, as any client library for Node.js has it. */
export interface GivenMetric {
  readonly name: string;
  readonly help?: string | undefined;
  readonly type?: unknown;
  readonly aggregator?: unknown;
  readonly values?: readonly MetricValue[] | undefined;
}

type Type = Extract<FamilyType, 'counter' | 'gauge' | 'histogram' | 'summary'>;

interface Given {
  readonly labelValues: string[];
  readonly rows: MetricValue[];
}

const TYPES: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary'];
/** Labels of samples, by which the rows of one series differ. */
const SAMPLE_LABEL: Partial<Record<Type, string>> = { histogram: 'le', summary: 'quantile' };

/**
 * A type that is none here is shown as a gauge.
 *
 * @param sinceSeconds when the metric came to this registry: nothing tells when its series were created
 * @throws Error naming what cannot be shown
 */
export function givenFamily(given: GivenMetric, sinceSeconds: number): FamilySnapshot {
  const type = (TYPES.includes(given.type) ? given.type : 'gauge') as Type;
  const rows = given.values ?? [];
  const sampleLabel = SAMPLE_LABEL[type];
  const labelNames = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels ?? {})))].filter(
    name => name !== sampleLabel,
  );
  const series = seriesIn(rows, labelNames);
  const definition = definitionOf(type, given, labelNames);
  const bounds = sampleNumbers(rows, sampleLabel).filter(Number.isFinite);
  const ofType: Partial<FamilyDescription> = {
    ...(type === 'histogram' ? { buckets: bounds.sort((a, b) => a - b) } : {}),
    ...(type === 'summary' ? { percentiles: bounds } : {}),
    ...(rows.some(({ exemplar }) => exemplar) && (type === 'counter' || type === 'histogram')
      ? { enableExemplars: true }
      : {}),
  };
  const descriptor = describeFamily(type, { ...definition, ...ofType }, Infinity);
  const values = series.map(one => valuesOf(descriptor, one));
  const exemplars = series.map(one => exemplarsIn(descriptor, one));
  const entries = series.map(({ labelValues }, index) => new GivenSeries(labelValues, index, sinceSeconds));
  const family = {
    descriptor,
    series: entries,
    values: Float64Array.from(values.flat()),
    stride: values[0]?.length ?? 1,
    threads: undefined,
    ...(descriptor.enableExemplars ? { exemplars: exemplarsReader(exemplars) } : {}),
  };
  // Encoded anew for each scrape.
  return familyOfSeries(family, family);
}

function definitionOf(type: Type, given: GivenMetric, labelNames: readonly string[]): FamilyDescription {
  return { name: given.name, help: given.help || `A ${type}.`, labelNames };
}

function sampleNumbers(rows: readonly MetricValue[], label: string | undefined): number[] {
  if (label === undefined) return [];
  const given = rows.flatMap(({ labels }) => (labels?.[label] === undefined ? [] : [labels[label]]));
  return [...new Set(given.map(numberOf))];
}

/** Of `le` and `quantile`, as number or text; NaN when there is none. */
function numberOf(text: string | number | undefined): number {
  return text === '+Inf' ? Infinity : Number(text ?? NaN);
}

function seriesIn(rows: readonly MetricValue[], labelNames: readonly string[]): Given[] {
  const series = new Map<string, Given>();
  for (const row of rows) {
    const labelValues = labelNames.map(name => String(row.labels?.[name] ?? ''));
    const key = JSON.stringify(labelValues);
    let one = series.get(key);
    if (one === undefined) series.set(key, (one = { labelValues, rows: [] }));
    one.rows.push(row);
  }
  return [...series.values()];
}

function valuesOf({ name, type, bounds, quantiles }: FamilyDescriptor, { rows }: Given): number[] {
  const named = (suffix: string): number =>
    Number(rows.find(({ metricName }) => metricName === name + suffix)?.value ?? 0);
  if (type === 'histogram') {
    const count = named('_count');
    let below = 0;
    const inBuckets = [...bounds, Infinity].map(bound => {
      const row = rows.find(({ labels }) => numberOf(labels?.['le']) === bound);
      const upTo = Number(row?.value ?? (bound === Infinity ? count : below));
      const own = upTo - below;
      below = upTo;
      return own;
    });
    return [...inBuckets, named('_sum')];
  }
  if (type !== 'summary') return [Number(rows[rows.length - 1]!.value)];
  const inQuantiles = quantiles.map(quantile => {
    const row = rows.find(({ labels }) => numberOf(labels?.['quantile']) === quantile);
    return Number(row?.value ?? NaN);
  });
  // Nothing tells how far they are off.
  return [...inQuantiles, named('_sum'), named('_count'), 0];
}

function exemplarsIn({ bounds, type }: FamilyDescriptor, { rows }: Given): ExemplarReading[] {
  return rows.flatMap(({ exemplar, labels }) => {
    if (!exemplar) return [];
    const at = bounds.indexOf(numberOf(labels?.['le']));
    const last = type === 'histogram' ? bounds.length : 0;
    return [readingOf(exemplar, at < 0 ? last : at)];
  });
}

function readingOf({ labelSet, value, timestamp }: MetricExemplar, bucket: number): ExemplarReading {
  const labels = Object.fromEntries(Object.entries(labelSet).map(([name, text]) => [name, String(text)]));
  return { bucket, labels, value, timestampSeconds: timestamp };
}

function exemplarsReader(readings: readonly ExemplarReading[][]): SnapshotExemplars {
  const reader: Pick<SnapshotExemplars, 'read'> = {
    read: (_family, row) => readings[row] ?? [],
  };
  return reader as SnapshotExemplars;
}

/** A series that stands in no arena; its slot is its place among the others of its family. */
class GivenSeries extends SeriesEntry {
  constructor(
    private readonly texts: readonly string[],
    index: number,
    private readonly sinceSeconds: number,
  ) {
    super(undefined as never, undefined as never, index as SlotIndex, 1, 0 as CellOffset, false);
  }

  override get createdSeconds(): number {
    return this.sinceSeconds;
  }

  override labelValues(): string[] {
    return [...this.texts];
  }

  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.texts, visit);
  }
}
