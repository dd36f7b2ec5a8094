/** Merged series: one series over several processes, as renderers see those of one. It stands in no arena. */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import { SeriesEntry } from '../registry/catalogue.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { visitTexts } from '../registry/labelled-series.js';

export interface SeriesIdentity {
  /** One object for all series of one merged registry. */
  readonly store: object;
  /** Renderers find what they encoded of a series by these two: another sequence is another series. */
  readonly slot: number;
  readonly sequence: number;
}

export class MergedSeries extends SeriesEntry {
  /** Of the last merge. */
  exemplars: readonly ExemplarReading[] = [];
  private readonly merged: object;

  constructor(
    { store, slot, sequence }: SeriesIdentity,
    private readonly labels: readonly string[],
    isOverflow: boolean,
    readonly createdMs: number,
  ) {
    super(undefined as never, undefined as never, slot as SlotIndex, sequence, 0 as CellOffset, isOverflow);
    this.merged = store;
  }

  override get createdSeconds(): number {
    return this.createdMs / 1_000;
  }

  override get store(): object {
    return this.merged;
  }

  override labelValues(): string[] {
    return [...this.labels];
  }

  /** Called once for each format: renderers keep what they encode. */
  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.labels, visit);
  }

  override isInitialised(): boolean {
    return true;
  }

  override assertUnreclaimed(): void {
    // Nobody else's cells can be there.
  }
}
