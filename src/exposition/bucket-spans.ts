/**
 * Bucket spans: the counts of native buckets as Prometheus takes them (prometheus.io/docs/specs/native_histograms).
 *
 *     index     -3   -2   -1    0    1    2    3    4    5    6
 *     count      5    .    7    9    .    .    .    .    2    2      first index -3
 *     spans     [offset -3, length 4 ]                  [offset 4, length 2]
 *     deltas     5   -5    7    2                      -7    0
 *
 * The first offset is an index, each further one a gap. A delta is the difference to the bucket before, also over a gap.
 */

/**
 * Empty buckets in a row that are still shown in a span. Further ones end it: a span takes about six bytes, and an empty
 * bucket two or more, for the way down to zero and up again.
 */
export const SPAN_GAP_MAX = 2;
const BUCKETS_INITIAL = 64;

/** The spans of one list of buckets. One object for each renderer, filled again for every list. */
export class BucketSpans {
  spanCount = 0;
  deltaCount = 0;
  offsets = new Int32Array(BUCKETS_INITIAL);
  lengths = new Int32Array(BUCKETS_INITIAL);
  deltas = new Float64Array(BUCKETS_INITIAL);

  /**
   * Lays out the counts at `from` up to `end` in `values`.
   *
   * @param low index of the bucket that the first one counts
   */
  layOut(values: Float64Array, from: number, end: number, low: number): void {
    this.fit(end - from);
    this.spanCount = 0;
    this.deltaCount = 0;
    let previous = 0;
    // For the first span the gap to 0 is its index.
    let behind = 0;
    for (let i = from; i < end; i++) {
      const count = values[i]!;
      if (count === 0) continue;
      const index = low + i - from;
      const gap = index - behind;
      if (this.spanCount === 0 || gap > SPAN_GAP_MAX) this.open(gap);
      else for (let k = 0; k < gap; k++, previous = 0) this.add(-previous);
      this.add(count - previous);
      previous = count;
      behind = index + 1;
    }
  }

  private open(offset: number): void {
    this.offsets[this.spanCount] = offset;
    this.lengths[this.spanCount] = 0;
    this.spanCount++;
  }

  private add(delta: number): void {
    this.deltas[this.deltaCount++] = delta;
    this.lengths[this.spanCount - 1]!++;
  }

  private fit(buckets: number): void {
    if (buckets <= this.deltas.length) return;
    this.deltas = new Float64Array(buckets * 2);
    this.offsets = new Int32Array(buckets * 2);
    this.lengths = new Int32Array(buckets * 2);
  }
}
