/**
 * Text series: what the lines of a series share, encoded once by each renderer; found again as series-fragments.ts says.
 *
 *     with a sample name       jobs_total{queue="mail"} |jobs_created{queue="mail"} 1700000000.5\n|
 *     without                  queue="mail"|latency_created{queue="mail"} 1700000000.5\n|
 *                              ^ the head, up to the split              ^ the created line, in formats that have one
 */
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import { SeriesFragments } from './series-fragments.js';
import type { TextBuffer } from './text-buffer.js';
import { numberText } from './text-buffer.js';
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
    if (!this.isFirstLabel) this.add(',');
    this.isFirstLabel = false;
    this.add(this.labelNames[index]!);
    this.add('="');
    this.addEscaped(bytes, start, end);
    this.add('"');
  };

  /** Locates a series, encoded now if it is not yet. Its head has `seriesSplit` bytes. */
  find(series: SeriesEntry, form: SeriesForm): void {
    if (!this.locate(series)) this.encode(series, form);
  }

  /** A whole line of the series that was located last, which has a sample name. */
  writeLine(out: TextBuffer, value: number): void {
    out.line(this.view, this.seriesAt, this.seriesSplit, value);
  }

  /** The created line of the series that was located last; nothing in a format that has none. */
  writeCreated(out: TextBuffer): void {
    const length = this.seriesBytes - this.seriesSplit;
    out.reserve(length);
    out.copy(this.view, this.seriesAt + this.seriesSplit, length);
  }

  private encode(series: SeriesEntry, form: SeriesForm): void {
    const { sampleName, createdName } = form;
    const { length: at } = this;
    if (sampleName !== '') this.add(openingOf(sampleName));
    const labelsAt = this.length;
    const labelsBytes = this.addLabels(form, series);
    if (sampleName !== '') this.endLabels(sampleName, labelsBytes);
    const split = this.length - at;
    if (createdName !== '') {
      this.add(openingOf(createdName));
      this.addAgain(labelsAt, labelsBytes);
      this.endLabels(createdName, labelsBytes);
      this.add(`${numberText(series.createdSeconds)}\n`);
    }
    this.keep(series, at, split);
  }

  /** Ends the opening of a sample with labels; without any there are no braces but those of a name in quotes. */
  private endLabels(sampleName: string, labelsBytes: number): void {
    if (labelsBytes === 0) this.length--;
    this.add(labelsBytes === 0 ? closingOf(sampleName) : '} ');
  }

  /** Adds `a="x",b="y"`; empty values are left out, which is the same series to Prometheus. Returns how many bytes. */
  private addLabels({ labelNames }: SeriesForm, series: SeriesEntry): number {
    const { length: at } = this;
    this.labelNames = labelNames;
    this.isFirstLabel = true;
    if (series.isOverflow) this.add(`${OVERFLOW_LABEL}="true"`);
    else series.visitLabelValues(this.addLabel);
    return this.length - at;
  }

  private addAgain(at: number, length: number): void {
    this.reserve(length);
    this.bytes.copyWithin(this.length, at, at + length);
    this.length += length;
  }
}
