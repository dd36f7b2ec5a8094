/** Data point: one point of a metric, as an encoder is given it. One object, which is filled again for each point. */
import type { ExemplarReading } from '../registry/exemplars.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { MetricIdentity } from './metric-identity.js';
import type { Temporality } from './temporality.js';

/** The start of a point that counts since its series was created: whoever encodes the series knows it. */
export const SINCE_CREATION = -1;
export const NO_EXEMPLARS: readonly ExemplarReading[] = [];

/** A metric as it is exported. The same object for the same metric. */
export interface ExportedMetric extends MetricIdentity {
  readonly temporality: Temporality;
}

/** Buckets of an exponential histogram that lie side by side: counts in the numbers of the point. */
export class BucketRun {
  /** Index of the first one in OpenTelemetry, which names a bucket by its lower bound, Prometheus by its upper one. */
  offset = 0;
  from = 0;
  end = 0;

  /** Leaves out empty buckets at both ends. */
  trim(counts: Float64Array): void {
    while (this.end > this.from && counts[this.end - 1] === 0) this.end--;
    while (this.end > this.from && counts[this.from] === 0) {
      this.from++;
      this.offset++;
    }
    if (this.from === this.end) this.offset = 0;
  }
}

export class DataPoint {
  /** Whose attributes it has. */
  family!: FamilySnapshot;
  row = 0;
  /** One more attribute, beside those of the series; '' for none. */
  extraKey = '';
  extraValue = '';
  /** ms since 1970, or SINCE_CREATION. */
  startMs = SINCE_CREATION;
  /** ms since 1970: when the values were read. */
  timeMs = 0;
  exemplars: readonly ExemplarReading[] = NO_EXEMPLARS;
  /**
   * From `at` on: the value; of a histogram the count of each bucket; of a summary the value at each quantile, then sum and
   * count. Of an exponential histogram, where its runs say.
   */
  numbers: Float64Array = new Float64Array(0);
  at = 0;
  /** Of histograms. Undefined when it is none of non-negative observations, which receivers would take it for. */
  sum: number | undefined;
  count = 0;
  /** Of exponential histograms. */
  scale = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  readonly positive = new BucketRun();
  readonly negative = new BucketRun();
}
