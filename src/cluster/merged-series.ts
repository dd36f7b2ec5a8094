/** Merged series: one series over several processes, as renderers see those of one. */
import type { LabelValueVisitor } from '../memory/record-key.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import type { SeriesEntry } from '../registry/catalogue.js';

const encoder = new TextEncoder();

/** What renderers, readings and filters ask of a series; the rest of SeriesEntry is about cells of an arena. */
type ShownSeries = Pick<
  SeriesEntry,
  | 'slot'
  | 'sequence'
  | 'isOverflow'
  | 'store'
  | 'createdSeconds'
  | 'labelValues'
  | 'visitLabelValues'
  | 'isInitialised'
>;

export interface SeriesIdentity {
  readonly store: object;
  /** Renderers find what they encoded of a series by these two: another sequence is another series. */
  readonly slot: SeriesEntry['slot'];
  readonly sequence: number;
}

export class MergedSeries implements ShownSeries {
  readonly slot: SeriesEntry['slot'];
  readonly sequence: number;
  readonly store: object;
  /** Label values in UTF-8, one behind the other, and where each ends. */
  private readonly bytes: Uint8Array;
  private readonly ends: readonly number[];
  /** Of the last merge. */
  exemplars: readonly ExemplarReading[] = [];

  constructor(
    identity: SeriesIdentity,
    private readonly labels: readonly string[],
    readonly isOverflow: boolean,
    readonly createdMs: number,
  ) {
    this.slot = identity.slot;
    this.sequence = identity.sequence;
    this.store = identity.store;
    const values = labels.map(label => encoder.encode(label));
    let end = 0;
    this.ends = values.map(({ length }) => (end += length));
    this.bytes = new Uint8Array(end);
    values.forEach((value, i) => this.bytes.set(value, this.startOf(i)));
  }

  get createdSeconds(): number {
    return this.createdMs / 1_000;
  }

  labelValues(): string[] {
    return [...this.labels];
  }

  visitLabelValues(visit: LabelValueVisitor): void {
    this.ends.forEach((end, index) => visit(this.bytes, this.startOf(index), end, index));
  }

  isInitialised(): boolean {
    return true;
  }

  private startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]!;
  }
}
