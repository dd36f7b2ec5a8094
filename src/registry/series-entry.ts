/** Series entry: one series as an object, for whoever asks for it; renderers and readers go by rows, see series-list.ts. */
import { StaleSnapshotError } from '../errors.js';
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import type { RecordStore } from '../memory/record-store.js';
import { SLOT_LIVE, SLOT_RETIRED, SLOT_RETIRING } from '../memory/slots.js';
import type { FamilyEntry } from './catalogue.js';

export class SeriesEntry {
  constructor(
    private readonly records: RecordStore,
    readonly family: FamilyEntry,
    readonly slot: SlotIndex,
    /** Order of creation in the registry. */
    readonly sequence: number,
    readonly cells: CellOffset,
    readonly isOverflow: boolean,
  ) {}

  /**
   * When the series was created, in seconds since 1970; the same in every thread. After a removal or a reset it is another
   * series, created later.
   *
   * @throws StaleSnapshotError as labelValues()
   */
  get createdSeconds(): number {
    this.assertPresent();
    return this.records.slots.createdMs(this.slot) / 1_000;
  }

  /**
   * The text of attribute-set.ts, of a series with open labels; undefined for others.
   *
   * @throws StaleSnapshotError as labelValues()
   */
  get attributeText(): string | undefined {
    return undefined;
  }

  /**
   * Values in the order of the family's label names; empty text for a missing label. Decoded at each call.
   *
   * @throws StaleSnapshotError when the series was removed and its slot has been given to another since
   */
  labelValues(): string[] {
    this.assertPresent();
    return this.records.labelValuesOf(this.slot);
  }

  /** As labelValues(), each as the bytes where they stand: for renderers, which copy them. */
  visitLabelValues(visit: LabelValueVisitor): void {
    this.assertPresent();
    this.records.visitLabelValues(this.slot, visit);
  }

  private assertPresent(): void {
    if (this.records.slots.sequence(this.slot) !== this.sequence) throw staleSeries();
  }
}

/** @throws StaleSnapshotError when a series was removed and its cells may have been given to another since */
export function assertUnreclaimed({ slots }: RecordStore, slot: SlotIndex, sequence: number): void {
  const state = slots.state(slot);
  if (state !== SLOT_LIVE && state !== SLOT_RETIRING && state !== SLOT_RETIRED) throw staleSeries();
  if (slots.sequence(slot) !== sequence) throw staleSeries();
}

function staleSeries(): StaleSnapshotError {
  return new StaleSnapshotError(
    'this series was removed since the snapshot was taken; read a snapshot before the event loop turns again',
  );
}
