/** Merged series: one series over several processes, as renderers see those of one. It stands in no arena. */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import { SeriesEntry } from '../registry/catalogue.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { visitTexts } from '../registry/label-bytes.js';

export interface SeriesIdentity {
  /** Renderers find what they encoded of a series by these two: another sequence is another series. */
  readonly slot: number;
  readonly sequence: number;
}

export class MergedSeries extends SeriesEntry {
  /** Of the last merge. */
  exemplars: readonly ExemplarReading[] = [];

  constructor(
    { slot, sequence }: SeriesIdentity,
    private readonly labels: readonly string[],
    isOverflow: boolean,
    readonly createdMs: number,
  ) {
    super(undefined as never, undefined as never, slot as SlotIndex, sequence, 0 as CellOffset, isOverflow);
  }

  override get createdSeconds(): number {
    return this.createdMs / 1_000;
  }

  override labelValues(): string[] {
    return [...this.labels];
  }

  /** Called once for each format: renderers keep what they encode. */
  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.labels, visit);
  }
}
