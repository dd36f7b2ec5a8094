/**
 * Text series: what the lines of a series share, encoded once by each renderer; found again as series-fragments.ts says.
 *
 *     with a sample name       jobs_total{queue="mail"} |jobs_created{queue="mail"} 1700000000.5\n|
 *     without                  queue="mail"|latency_created{queue="mail"} 1700000000.5\n|
 *                              ^ the head, up to the split              ^ the created line, in formats that have one
 */
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { SeriesFragments } from './series-fragments.js';
import type { Fragment, TextBuffer } from './text-buffer.js';
import { fragmentOf } from './text-buffer.js';
import { numberText } from './text-numbers.js';
import type { SampleHead } from './text-names.js';

const COMMA = 0x2c;
const QUOTE = 0x22;
const LF = 0x0a;
const OVERFLOW_LABELS = fragmentOf(`${OVERFLOW_LABEL}="true"`);
const CLOSING = fragmentOf('} ');

export interface SeriesForm {
  /** What stands before the values of the labels. */
  readonly labelHeads: readonly Fragment[];
  /** The head of a series is everything before the value of this sample; without one it is the labels alone. */
  readonly sample: SampleHead | undefined;
  /** The sample that says when the series was created, if there is one. */
  readonly created: SampleHead | undefined;
}

export class TextSeries extends SeriesFragments {
  private labelHeads: readonly Fragment[] = [];
  private isFirstLabel = true;
  /** One function for all series: what visits a label value is called for each of them. */
  private readonly addLabel = (bytes: Uint8Array, start: number, end: number, index: number): void => {
    if (start === end) return;
    const { scratch } = this;
    if (!this.isFirstLabel) scratch.addByte(COMMA);
    this.isFirstLabel = false;
    scratch.addFragment(this.labelHeads[index]!);
    scratch.addEscaped(bytes, start, end);
    scratch.addByte(QUOTE);
  };

  /** Encodes the series in a row of a family, which locate() has not found, and locates it. Its head has `seriesSplit` bytes. */
  encode(family: FamilySnapshot, row: number, form: SeriesForm): void {
    const series = family.entryAt(row);
    const { sample, created } = form;
    const { scratch } = this;
    scratch.clear();
    if (sample !== undefined) scratch.addFragment(sample.open);
    const labelsAt = scratch.length;
    const labelsBytes = this.addLabels(form, series);
    if (sample !== undefined) this.endLabels(sample, labelsAt);
    const split = scratch.length;
    if (created !== undefined) {
      scratch.addFragment(created.open);
      const againAt = scratch.length;
      this.addAgain(labelsAt, labelsBytes);
      this.endLabels(created, againAt);
      scratch.add(numberText(series.createdSeconds));
      scratch.addByte(LF);
    }
    this.keep(series.slot, series.sequence, scratch, split);
  }

  /** A whole line of the series that was located last, which has a sample name. */
  writeLine(out: TextBuffer, values: Float64Array, index: number): void {
    out.lineOf(this.view, this.seriesAt, this.seriesSplit, values, index);
  }

  /** Length of the created line of the series that was located last; 0 in a format that has none. */
  get createdBytes(): number {
    return this.seriesBytes - this.seriesSplit;
  }

  /** That line. */
  writeCreated(out: TextBuffer): void {
    const length = this.createdBytes;
    out.reserve(length);
    out.copy(this.view, this.seriesAt + this.seriesSplit, length);
  }

  /** Ends what stands before the value of a sample, of which the labels begin here; without any it begins otherwise. */
  private endLabels({ open, bare }: SampleHead, labelsAt: number): void {
    const { scratch } = this;
    if (scratch.length > labelsAt) {
      scratch.addFragment(CLOSING);
      return;
    }
    scratch.length -= open.length;
    scratch.addFragment(bare);
  }

  /** Adds `a="x",b="y"`; empty values are left out, which is the same series to Prometheus. Returns how many bytes. */
  private addLabels({ labelHeads }: SeriesForm, series: SeriesEntry): number {
    const { scratch } = this;
    const { length: at } = scratch;
    this.labelHeads = labelHeads;
    this.isFirstLabel = true;
    if (series.isOverflow) scratch.addFragment(OVERFLOW_LABELS);
    else series.visitLabelValues(this.addLabel);
    return scratch.length - at;
  }

  private addAgain(at: number, length: number): void {
    const { scratch } = this;
    scratch.reserve(length);
    scratch.bytes.copyWithin(scratch.length, at, at + length);
    scratch.length += length;
  }
}
