/**
 * Point sources: from the values of a series to its data points, which count since the series was created.
 *
 * Those that say what came since the last push that has arrived are in delta-sources.ts.
 */
import { exemplarsOf } from '../registry/exemplars.js';
import { NativeBucketPlace } from '../registry/native-buckets.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { freeKey } from './metric-identity.js';
import { NO_EXEMPLARS, SINCE_CREATION } from './point.js';
import type { BucketRun, DataPoint } from './point.js';

/** Takes the points of one push. */
export interface PointSink {
  /** Filled again for each point; its time is that at which the row was read. */
  readonly point: DataPoint;
  /** Adds the point as it is now. */
  addPoint(): void;
  /** The request that has the point tells these values of its series: they are delivered with it. */
  tell(slot: number, sequence: number, values: Float64Array, from: number, width: number): void;
}

export interface PointSource {
  /** Adds the points of a row. Makes nothing for a series without exemplars. */
  read(family: FamilySnapshot, row: number, sink: PointSink): void;
}

/** The source of a family's points, all of its rows. */
export function cumulativeSourceOf({ descriptor, threads }: FamilySnapshot): PointSource {
  const { type, sketch, name, states } = descriptor;
  if (type === 'histogram') return sketch === null ? new HistogramSource() : new ExponentialSource();
  if (type === 'stateset') return new StateSource(name, states);
  return threads === undefined ? valueSource : threadSource;
}

/** Says whose point it is, and since when it counts. */
export function beginPoint(
  point: DataPoint,
  family: FamilySnapshot,
  row: number,
  startMs = SINCE_CREATION,
): void {
  point.family = family;
  point.row = row;
  point.startMs = startMs;
  point.extraKey = '';
  point.exemplars = family.exemplars === undefined ? NO_EXEMPLARS : exemplarsOf(family, row);
  point.numbers = family.values;
  point.at = row * family.stride;
}

/** Of counters, gauges, infos and summaries: the numbers of a row are those of its point. */
const valueSource: PointSource = {
  read(family, row, sink) {
    beginPoint(sink.point, family, row);
    sink.addPoint();
  },
};

/** Of gauges that are shown by thread: each has several rows. */
const threadSource: PointSource = {
  read(family, row, sink) {
    beginPoint(sink.point, family, row);
    sink.point.extraKey = freeKey('thread', family, row);
    sink.point.extraValue = family.threads![row]!;
    sink.addPoint();
  },
};

const ZERO = Float64Array.of(0);
const ONE = Float64Array.of(1);

class StateSource implements PointSource {
  constructor(
    private readonly name: string,
    private readonly states: readonly string[],
  ) {}

  read(family: FamilySnapshot, row: number, sink: PointSink): void {
    const { point } = sink;
    const active = family.values[row];
    beginPoint(point, family, row);
    point.at = 0;
    point.extraKey = freeKey(this.name, family, row);
    for (let i = 0; i < this.states.length; i++) {
      point.numbers = i === active ? ONE : ZERO;
      point.extraValue = this.states[i]!;
      sink.addPoint();
    }
  }
}

class HistogramSource implements PointSource {
  read(family: FamilySnapshot, row: number, sink: PointSink): void {
    const { point } = sink;
    beginPoint(point, family, row);
    const sumAt = point.at + family.descriptor.bounds.length + 1;
    point.count = totalOf(family.values, point.at, sumAt);
    point.sum = sumShown(family.values[sumAt]!);
    sink.addPoint();
  }
}

class ExponentialSource implements PointSource {
  private readonly place = new NativeBucketPlace();

  read(family: FamilySnapshot, row: number, sink: PointSink): void {
    const { place } = this;
    const { point } = sink;
    beginPoint(point, family, row);
    place.find(family, row);
    point.scale = place.schema;
    point.zeroThreshold = place.zeroThreshold;
    point.zeroCount = place.zeroCount;
    setRun(point.positive, place.positiveLow, place.positiveFrom, place.positiveEnd);
    setRun(point.negative, place.negativeLow, place.negativeFrom, place.negativeEnd);
    point.positive.trim(point.numbers);
    point.negative.trim(point.numbers);
    finishExponential(point, family.values[point.at + family.descriptor.bounds.length + 1]!);
    sink.addPoint();
  }
}

/** @param low the index of the first bucket in Prometheus */
function setRun(run: BucketRun, low: number, from: number, end: number): void {
  run.offset = low - 1;
  run.from = from;
  run.end = end;
}

/** What follows from the buckets of a point, which are trimmed. */
export function finishExponential(point: DataPoint, sum: number): void {
  const { positive, negative, numbers } = point;
  const negativeCount = totalOf(numbers, negative.from, negative.end);
  point.count = point.zeroCount + totalOf(numbers, positive.from, positive.end) + negativeCount;
  point.sum = negativeCount > 0 ? undefined : sumShown(sum);
}

/** Receivers take the sum for one that grows; OTLP wants none where observations are negative. */
export function sumShown(sum: number): number | undefined {
  return sum < 0 || Number.isNaN(sum) ? undefined : sum;
}

export function totalOf(counts: Float64Array, from: number, end: number): number {
  let total = 0;
  for (let i = from; i < end; i++) total += counts[i]!;
  return total;
}
