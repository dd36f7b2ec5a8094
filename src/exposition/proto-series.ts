/**
 * Proto series: what a metric has besides its values - its labels and its created timestamp - encoded once and copied from
 * then on.
 *
 *     lone value     | metric | length | labels | gauge or counter | value | created timestamp |
 *                                                                  ^ split
 *     anything else  | labels | created timestamp |
 *                             ^ split
 */
import type { FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { COUNTER, GAUGE, HISTOGRAM, LABEL_PAIR, METRIC, METRIC_FAMILY, SUMMARY } from './metric-fields.js';
import { DOUBLE_BYTES, ProtoBuffer } from './proto-buffer.js';
import type { Tag } from './proto-buffer.js';
import { writeLabel, writeTimestamp } from './proto-messages.js';
import { SeriesFragments } from './series-fragments.js';

const SCRATCH_BYTES = 1_024;
const CREATED_TAGS: Partial<Record<FamilyType, Tag>> = {
  counter: COUNTER.createdTimestamp,
  summary: SUMMARY.createdTimestamp,
  histogram: HISTOGRAM.createdTimestamp,
};

export class ProtoSeries extends SeriesFragments {
  /** A series before it is kept. */
  private readonly message = new ProtoBuffer(SCRATCH_BYTES);
  /** Where the label values of the series stand that is encoded now: a start and an end for each. */
  private readonly valueRanges: number[] = [];
  private valueBytes: Uint8Array = new Uint8Array(0);
  private readonly noteValue = (bytes: Uint8Array, start: number, end: number): void => {
    this.valueBytes = bytes;
    this.valueRanges.push(start, end);
  };

  /** Locates a series, encoded now if it is not yet. It has a lone value in every rendering, or in none. */
  find(family: FamilySnapshot, row: number, isLone: boolean): void {
    const { slots, sequences } = family.rows;
    if (!this.locate(slots[row]!, sequences[row]!))
      this.encode(family.descriptor, family.entryAt(row), isLone);
  }

  /** The metric of a series with a lone value, located before: the one that is the `index`th in `values`. */
  copyMetric(out: ProtoBuffer, values: Float64Array, index: number): void {
    out.copy(this.view, this.seriesAt, this.seriesBytes);
    out.putDoubleOf(this.seriesSplit, values, index);
  }

  /** The labels of a series without a lone value, located before. */
  copyLabels(out: ProtoBuffer): void {
    out.copy(this.view, this.seriesAt, this.seriesSplit);
  }

  /** As copyLabels(): its created timestamp, or nothing for a type that has none. */
  copyCreated(out: ProtoBuffer): void {
    out.copy(this.view, this.seriesAt + this.seriesSplit, this.seriesBytes - this.seriesSplit);
  }

  private encode(descriptor: FamilyDescriptor, series: SeriesEntry, isLone: boolean): void {
    const { message: scratch } = this;
    const createdTag = CREATED_TAGS[descriptor.type];
    scratch.clear();
    if (createdTag !== undefined) writeTimestamp(scratch, createdTag, series.createdSeconds);
    const createdBytes = scratch.length;
    if (isLone) {
      const isCounter = descriptor.type === 'counter';
      scratch.doubleField(isCounter ? COUNTER.value : GAUGE.value, 0);
      scratch.message(isCounter ? METRIC.counter : METRIC.gauge, 0);
    }
    this.writeLabels(descriptor, series);
    if (isLone) scratch.message(METRIC_FAMILY.metric, 0);
    const split = scratch.length - createdBytes - (isLone ? DOUBLE_BYTES : 0);
    this.keep(series.slot, series.sequence, scratch, split);
  }

  /** Empty values are left out, which is the same series to Prometheus. */
  private writeLabels({ labelNames }: FamilyDescriptor, series: SeriesEntry): void {
    const { message: scratch, valueRanges } = this;
    if (series.isOverflow) {
      writeLabel(scratch, METRIC.label, OVERFLOW_LABEL, 'true');
      return;
    }
    valueRanges.length = 0;
    series.visitLabelValues(this.noteValue);
    for (let i = labelNames.length - 1; i >= 0; i--) {
      const [start, end] = [valueRanges[2 * i]!, valueRanges[2 * i + 1]!];
      if (start === end) continue;
      const labelEnd = scratch.length;
      scratch.bytesField(LABEL_PAIR.value, this.valueBytes, start, end);
      scratch.textField(LABEL_PAIR.name, labelNames[i]!);
      scratch.message(METRIC.label, labelEnd);
    }
  }
}
