/**
 * Delta sources: data points that say what a series has gained since the last push that has arrived.
 *
 *     values now - values delivered = point          the request arrives: values delivered = values now
 *                                                    it fails: nothing has changed, and the next point has it all
 *
 * A series that has gained nothing has no point. A series whose slot was another's has none delivered, and begins at its
 * creation. What a series had gained when it was removed is gone with it.
 */
import { NativeBucketPlace } from '../registry/native-buckets.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { subtractCounts } from './bucket-difference.js';
import type { CountedRun } from './bucket-difference.js';
import type { DataPoint, ExportedMetric } from './point.js';
import type { DeliveredValues } from './delivered-values.js';
import { beginPoint, finishExponential, sumShown, totalOf } from './point-sources.js';
import type { PointSink, PointSource } from './point-sources.js';

/** The source of the points of a metric that is told in deltas. */
export function deltaSourceOf({ kind }: ExportedMetric, delivered: DeliveredValues): PointSource {
  if (kind === 'histogram') return new HistogramDeltas(delivered);
  return kind === 'exponentialHistogram' ? new ExponentialDeltas(delivered) : new SumDeltas(delivered);
}

/** Numbers of a row that say all that it has counted. */
interface CountedNumbers {
  readonly from: number;
  readonly width: number;
}

abstract class Deltas implements PointSource {
  /** What a point is given as its numbers. */
  protected scratch = new Float64Array(1);

  constructor(protected readonly delivered: DeliveredValues) {}

  read(family: FamilySnapshot, row: number, sink: PointSink): void {
    const { delivered } = this;
    const { point } = sink;
    const slot = family.rows.slots[row]!;
    const sequence = family.rows.sequences[row]!;
    const { from, width } = this.countedIn(family, row);
    const isKnown = delivered.find(slot, sequence);
    if (isKnown && isSame(family.values, from, delivered.numbers, delivered.at, width)) {
      delivered.confirm(slot, point.timeMs);
      return;
    }
    if (!isKnown && !this.hasCounted(family, row)) return;
    // The clock may have been set back since an earlier push told it: no point ends before it starts.
    beginPoint(point, family, row, isKnown ? Math.min(delivered.sinceMs, point.timeMs) : undefined);
    if (isKnown) dropEarlierExemplars(point);
    this.subtract(point, family, isKnown);
    sink.addPoint();
    sink.tell(slot, sequence, family.values, from, width);
  }

  protected abstract countedIn(family: FamilySnapshot, row: number): CountedNumbers;

  /** False for a series that is at its beginning. */
  protected abstract hasCounted(family: FamilySnapshot, row: number): boolean;

  /** Fills in the point, which has the numbers of the row: less those that are delivered, if there are any. */
  protected abstract subtract(point: DataPoint, family: FamilySnapshot, isKnown: boolean): void;

  protected fit(length: number): Float64Array {
    if (this.scratch.length < length) this.scratch = new Float64Array(length);
    return this.scratch;
  }
}

class SumDeltas extends Deltas {
  private readonly counted = { from: 0, width: 1 };

  protected countedIn(_family: FamilySnapshot, row: number): CountedNumbers {
    this.counted.from = row;
    return this.counted;
  }

  protected hasCounted({ values }: FamilySnapshot, row: number): boolean {
    return values[row] !== 0;
  }

  protected subtract(point: DataPoint, { values }: FamilySnapshot, isKnown: boolean): void {
    const { delivered, scratch } = this;
    scratch[0] = values[point.at]! - (isKnown ? delivered.numbers[delivered.at]! : 0);
    point.numbers = scratch;
    point.at = 0;
  }
}

/** Counts of classic buckets, then the sum. */
class HistogramDeltas extends Deltas {
  private readonly counted = { from: 0, width: 0 };

  protected countedIn({ stride }: FamilySnapshot, row: number): CountedNumbers {
    this.counted.from = row * stride;
    this.counted.width = stride;
    return this.counted;
  }

  protected hasCounted({ values, stride }: FamilySnapshot, row: number): boolean {
    return totalOf(values, row * stride, (row + 1) * stride - 1) > 0;
  }

  protected subtract(point: DataPoint, { values, stride }: FamilySnapshot, isKnown: boolean): void {
    const { delivered } = this;
    const scratch = this.fit(stride);
    for (let i = 0; i < stride; i++)
      scratch[i] = values[point.at + i]! - (isKnown ? delivered.numbers[delivered.at + i]! : 0);
    point.numbers = scratch;
    point.at = 0;
    point.count = totalOf(scratch, 0, stride - 1);
    point.sum = sumShown(scratch[stride - 1]!);
  }
}

/** The sum, then native buckets as a snapshot has them. Classic ones beside them count the same, and are left out. */
class ExponentialDeltas extends Deltas {
  private readonly counted = { from: 0, width: 0 };
  private readonly now = new NativeBucketPlace();
  private readonly before = new NativeBucketPlace();

  protected countedIn({ descriptor, stride }: FamilySnapshot, row: number): CountedNumbers {
    const sumAt = descriptor.bounds.length + 1;
    this.counted.from = row * stride + sumAt;
    this.counted.width = stride - sumAt;
    return this.counted;
  }

  protected hasCounted(family: FamilySnapshot, row: number): boolean {
    const { now } = this;
    now.find(family, row);
    return now.zeroCount + totalOf(family.values, now.positiveFrom, now.negativeEnd) > 0;
  }

  protected subtract(point: DataPoint, family: FamilySnapshot, isKnown: boolean): void {
    const { now, before, delivered } = this;
    const { values } = family;
    now.find(family, point.row);
    if (isKnown) before.locate(delivered.numbers, delivered.at + 1);
    const schema = isKnown ? Math.min(now.schema, before.schema) : now.schema;
    const scratch = this.fit(now.negativeEnd - now.positiveFrom);
    const negativeAt = subtractCounts(
      positiveRun(now, values),
      isKnown ? positiveRun(before, delivered.numbers) : undefined,
      schema,
      { out: scratch, at: 0, run: point.positive },
    );
    subtractCounts(
      negativeRun(now, values),
      isKnown ? negativeRun(before, delivered.numbers) : undefined,
      schema,
      { out: scratch, at: negativeAt, run: point.negative },
    );
    point.numbers = scratch;
    point.scale = schema;
    point.zeroThreshold = now.zeroThreshold;
    point.zeroCount = now.zeroCount - (isKnown ? before.zeroCount : 0);
    const sum = values[this.counted.from]!;
    finishExponential(point, isKnown ? sum - delivered.numbers[delivered.at]! : sum);
  }
}

function positiveRun(place: NativeBucketPlace, counts: Float64Array): CountedRun {
  const { schema, positiveLow, positiveFrom, positiveEnd } = place;
  // Prometheus names a bucket by its upper bound, OpenTelemetry by its lower one.
  return { schema, offset: positiveLow - 1, counts, from: positiveFrom, end: positiveEnd };
}

function negativeRun(place: NativeBucketPlace, counts: Float64Array): CountedRun {
  const { schema, negativeLow, negativeFrom, negativeEnd } = place;
  return { schema, offset: negativeLow - 1, counts, from: negativeFrom, end: negativeEnd };
}

/** NaN is the same as NaN: a sum that has become it stays so. */
function isSame(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, width: number): boolean {
  for (let i = 0; i < width; i++) if (!Object.is(a[aFrom + i], b[bFrom + i])) return false;
  return true;
}

/** Those of observations that were in an earlier point. */
function dropEarlierExemplars(point: DataPoint): void {
  if (point.exemplars.length === 0) return;
  point.exemplars = point.exemplars.filter(
    ({ timestampSeconds }) => Math.round(timestampSeconds * 1_000) >= point.startMs,
  );
}
