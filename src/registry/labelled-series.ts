/** Labelled series: a series of an arena with label values that its record does not have. */
import { SeriesEntry } from './catalogue.js';
import type { LabelValueVisitor } from '../memory/record-key.js';

export class LabelledSeries extends SeriesEntry {
  /** @param valuesOf the label values that it shows, in the order of the label names of its descriptor */
  constructor(
    readonly source: SeriesEntry,
    private readonly valuesOf: (source: SeriesEntry) => string[],
  ) {
    const { family, slot, sequence, cells } = source;
    // An overflow series says what it is by a label among the others.
    super(source['records'], family, slot, sequence, cells, false);
  }

  override get createdSeconds(): number {
    return this.source.createdSeconds;
  }

  override labelValues(): string[] {
    return this.valuesOf(this.source);
  }

  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.labelValues(), visit);
  }
}

/** Visits texts as the bytes of one array: renderers note where each value stands, and copy later. */
export function visitTexts(texts: readonly string[], visit: LabelValueVisitor): void {
  const parts = texts.map(text => Buffer.from(text));
  const bytes = Buffer.concat(parts);
  let at = 0;
  for (const [index, { length }] of parts.entries()) {
    visit(bytes, at, at + length, index);
    at += length;
  }
}
