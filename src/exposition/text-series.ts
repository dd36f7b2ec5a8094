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
import type { TextBuffer } from './text-buffer.js';
import { numberText } from './text-numbers.js';
import { closingOf, openingOf } from './text-names.js';

export interface SeriesForm {
  /** As they stand before the values of labels. */
  readonly labelNames: readonly string[];
  /** The head is everything before the value of a sample with this name; when empty, it is the labels alone. */
  readonly sampleName: string;
  /** Name of the sample that says when the series was created; empty for none. */
  readonly createdName: string;
}

export class TextSeries extends SeriesFragments {
  private labelNames: readonly string[] = [];
  private isFirstLabel = true;
  /** One function for all series: what visits a label value is called for each of them. */
  private readonly addLabel = (bytes: Uint8Array, start: number, end: number, index: number): void => {
    if (start === end) return;
    const { scratch } = this;
    if (!this.isFirstLabel) scratch.add(',');
    this.isFirstLabel = false;
    scratch.add(this.labelNames[index]!);
    scratch.add('="');
    scratch.addEscaped(bytes, start, end);
    scratch.add('"');
  };

  /** Encodes the series in a row of a family, which locate() has not found, and locates it. Its head has `seriesSplit` bytes. */
  encode(family: FamilySnapshot, row: number, form: SeriesForm): void {
    const series = family.entryAt(row);
    const { sampleName, createdName } = form;
    const { scratch } = this;
    scratch.clear();
    if (sampleName !== '') scratch.add(openingOf(sampleName));
    const labelsAt = scratch.length;
    const labelsBytes = this.addLabels(form, series);
    if (sampleName !== '') this.endLabels(sampleName, labelsBytes);
    const split = scratch.length;
    if (createdName !== '') {
      scratch.add(openingOf(createdName));
      this.addAgain(labelsAt, labelsBytes);
      this.endLabels(createdName, labelsBytes);
      scratch.add(`${numberText(series.createdSeconds)}\n`);
    }
    this.keep(series.slot, series.sequence, scratch.bytes, scratch.length, split);
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

  /** Ends the opening of a sample with labels; without any there are no braces but those of a name in quotes. */
  private endLabels(sampleName: string, labelsBytes: number): void {
    const { scratch } = this;
    if (labelsBytes === 0) scratch.length--;
    scratch.add(labelsBytes === 0 ? closingOf(sampleName) : '} ');
  }

  /** Adds `a="x",b="y"`; empty values are left out, which is the same series to Prometheus. Returns how many bytes. */
  private addLabels({ labelNames }: SeriesForm, series: SeriesEntry): number {
    const { scratch } = this;
    const { length: at } = scratch;
    this.labelNames = labelNames;
    this.isFirstLabel = true;
    if (series.isOverflow) scratch.add(`${OVERFLOW_LABEL}="true"`);
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
