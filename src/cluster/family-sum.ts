/**
 * Family sum: one family over several processes, as one registry would show it that had recorded everything.
 *
 *     counter, histogram, summary    added, bucket by bucket; a summary by its sketch
 *     gauge                          by its aggregator; of `first` and `last` the oldest and the youngest process
 *     gauge, aggregator `thread`     side by side, with the process before the thread: `3:0`
 *     state set                      the state of the youngest process that has one
 *     info                           every label set that some process shows
 *     exemplars                      the latest of each bucket
 *     created                        the earliest
 *
 * What comes out has the form of what goes in, so sums can be summed again.
 */
import { sumOfBuckets } from '../memory/bucket-sum.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { NATIVE_EXEMPLARS } from '../primitives/native-exemplars.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import type { FamilyPart, SeriesPart } from './process-snapshot.js';

export interface FamilySumOptions {
  /** What stands before the thread of a gauge value. */
  readonly process?: number | undefined;
  /** Most series; those that would be one more are added to the overflow series. */
  readonly seriesMax?: number | undefined;
}

/** A series that is being added up. */
interface Row {
  readonly labels: readonly string[];
  readonly isOverflow: boolean;
  readonly thread: string | undefined;
  createdMs: number;
  readonly numbers: number[];
  readonly buckets: MergedBuckets[];
  exemplars: readonly ExemplarReading[];
}

type AddNumbers = (into: number[], numbers: readonly number[]) => void;

const OVERFLOW_KEY = 'overflow';

export class FamilySum {
  private readonly rows = new Map<string, Row>();
  private readonly addNumbers: AddNumbers;

  readonly descriptor: FamilyDescriptor;

  /**
   * @param youngest what the youngest process that has the family says of it
   * @param labelNames of all processes: a label that one lacks - a default label, as a rule - is empty there
   */
  constructor(youngest: FamilyDescriptor, labelNames: readonly string[] = youngest.labelNames) {
    const descriptor = withLabelNames(youngest, labelNames);
    this.descriptor = descriptor;
    this.addNumbers = additionOf(descriptor);
  }

  /** Adds the family of one more process. Processes come from the oldest to the youngest. */
  add({ descriptor, series }: FamilyPart, { process, seriesMax = Infinity }: FamilySumOptions = {}): void {
    const order = orderOf(descriptor.labelNames, this.descriptor.labelNames);
    for (const part of series) {
      const labels =
        order === undefined || part.isOverflow ? part.labels : order.map(i => part.labels[i] ?? '');
      const thread =
        part.thread === undefined || process === undefined ? part.thread : `${process}:${part.thread}`;
      this.addSeries({ ...part, labels, thread }, seriesMax);
    }
  }

  /** The sum so far. Overflow last, as in every snapshot. */
  result(): FamilyPart {
    const { descriptor } = this;
    const bucketsMax = descriptor.sketch?.bucketsMax ?? 0;
    const series = [...this.rows.values()].map(({ buckets, ...row }) => ({
      ...row,
      // One alone, too, when it was counted under a definition with more buckets.
      buckets: isWithin(buckets, bucketsMax) ? buckets[0] : sumOfBuckets(buckets, bucketsMax),
    }));
    return {
      descriptor,
      series: [...series.filter(({ isOverflow }) => !isOverflow), ...series.filter(row => row.isOverflow)],
    };
  }

  private addSeries(part: SeriesPart, seriesMax: number): void {
    const key = part.isOverflow ? OVERFLOW_KEY : seriesKey(part);
    const row = this.rows.get(key);
    if (row !== undefined) {
      this.addTo(row, part);
      return;
    }
    if (this.rows.size >= seriesMax && !part.isOverflow && part.labels.length > 0) {
      this.addSeries({ ...part, labels: [], isOverflow: true }, seriesMax);
      return;
    }
    const { buckets, numbers } = part;
    this.rows.set(key, { ...part, numbers: [...numbers], buckets: buckets === undefined ? [] : [buckets] });
  }

  private addTo(row: Row, { createdMs, numbers, buckets, exemplars }: SeriesPart): void {
    row.createdMs = Math.min(row.createdMs, createdMs);
    this.addNumbers(row.numbers, numbers);
    if (buckets !== undefined) row.buckets.push(buckets);
    if (exemplars.length > 0) row.exemplars = latestOf([...row.exemplars, ...exemplars]);
  }
}

function isWithin(buckets: readonly MergedBuckets[], bucketsMax: number): boolean {
  if (buckets.length !== 1) return buckets.length === 0;
  return buckets[0]!.positiveCount + buckets[0]!.negativeCount <= bucketsMax;
}

/** No two label sets have one key, whatever is in their values. */
export function seriesKey({ labels, thread }: Pick<SeriesPart, 'labels' | 'thread'>): string {
  let key = thread === undefined ? '' : `${thread.length}:${thread}`;
  for (const label of labels) key += `,${label.length}:${label}`;
  return key;
}

const widened = new WeakMap<FamilyDescriptor, FamilyDescriptor>();

/** The same object for the same names as long as these stay what they are. */
function withLabelNames(descriptor: FamilyDescriptor, labelNames: readonly string[]): FamilyDescriptor {
  if (orderOf(descriptor.labelNames, labelNames) === undefined) return descriptor;
  let wide = widened.get(descriptor);
  if (wide === undefined || orderOf(wide.labelNames, labelNames) !== undefined) {
    wide = { ...descriptor, labelNames };
    widened.set(descriptor, wide);
  }
  return wide;
}

/** Of each wanted label where it stands among the given ones, or -1; undefined when they are the same. */
function orderOf(given: readonly string[], wanted: readonly string[]): number[] | undefined {
  if (given.length === wanted.length && given.every((label, i) => label === wanted[i])) return undefined;
  return wanted.map(label => given.indexOf(label));
}

function additionOf({ type, aggregator }: FamilyDescriptor): AddNumbers {
  if (type === 'gauge') return gaugeAddition(aggregator);
  if (type === 'stateset') return replace;
  return addEach;
}

function addEach(into: number[], numbers: readonly number[]): void {
  for (let i = 0; i < into.length; i++) into[i]! += numbers[i]!;
}

function replace(into: number[], numbers: readonly number[]): void {
  for (let i = 0; i < into.length; i++) into[i] = numbers[i]!;
}

/** Value, and how many threads have set it. A value that nobody has set counts only as long as nobody has. */
function gaugeAddition(aggregator: FamilyDescriptor['aggregator']): AddNumbers {
  return (into, numbers) => {
    const [value, setters] = [numbers[0]!, numbers[1]!];
    if (setters === 0) return;
    const isFirst = into[1] === 0;
    into[1]! += setters;
    into[0] = isFirst ? value : aggregate(aggregator, into[0]!, value);
  };
}

function aggregate(aggregator: FamilyDescriptor['aggregator'], before: number, value: number): number {
  switch (aggregator) {
    case 'min':
      return Math.min(before, value);
    case 'max':
      return Math.max(before, value);
    case 'first':
      return before;
    case 'last':
      return value;
    default:
      return before + value;
  }
}

/** The latest exemplar of each classic bucket, and the latest of native ones, as many as a series keeps. */
function latestOf(exemplars: readonly ExemplarReading[]): ExemplarReading[] {
  const byAge = exemplars.toSorted((a, b) => b.timestampSeconds - a.timestampSeconds);
  const classic = new Map<number, ExemplarReading>();
  const native: ExemplarReading[] = [];
  for (const exemplar of byAge) {
    const { bucket } = exemplar;
    if (bucket === 'native') native.push(exemplar);
    else if (!classic.has(bucket)) classic.set(bucket, exemplar);
  }
  const inOrder = [...classic.entries()].toSorted(([a], [b]) => a - b).map(([, exemplar]) => exemplar);
  return [...inOrder, ...native.slice(0, NATIVE_EXEMPLARS)];
}
