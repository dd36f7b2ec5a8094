/** Labelled series: a series of an arena with label values that its record does not have. */
import { SeriesEntry } from './catalogue.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import { visitTexts } from './label-bytes.js';

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

  override get attributeText(): string | undefined {
    return this.source.attributeText;
  }

  override labelValues(): string[] {
    return this.valuesOf(this.source);
  }

  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.labelValues(), visit);
  }
}
