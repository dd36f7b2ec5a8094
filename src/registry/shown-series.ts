/**
 * Shown series: the one label set that an info shows, replaced from any thread.
 *
 *     live series of the family:   x          x, y           y
 *     shown:                       x          y              y
 *                                    set(y): publishes y --> retires what is older
 *
 * The youngest series is the one that is shown, so publishing it is the whole change: there is no moment with two label
 * sets or none. What is older is retired afterwards, which only gives its space back. A thread killed in between leaves
 * a series that nobody sees, and the next set retires it.
 *
 * Writers   any thread.
 * Readers   any thread, through Catalogue, which walks again when a set has moved the series past its walk.
 * Promises  A series is retired only by who has seen a younger one live, so the youngest stays and there never is none.
 *           Each set looks at all series after its own publication; of two sets at the same time at least one sees both
 *           series, so one is left. A set that ends before another one begins is older than that one.
 * Progress  lock-free; a set gives up after SET_RETRY_MAX rounds, each lost to an equal set of another thread, whose
 *           series stands for both.
 */
import type { Published, RecordStore } from '../memory/record-store.js';
import { KIND_SERIES, NO_SLOT, isLaterSequence } from '../memory/slots.js';
import type { SlotIndex } from '../memory/layout.js';
import { cellBytesOf } from '../primitives/cell-sizes.js';
import type { OverflowReason } from './cardinality.js';
import type { FamilyRecord } from './family-record.js';
import { isFamilyLive, setSeriesKey } from './family-record.js';
import type { PlaceOwner } from './series-place.js';

const SET_RETRY_MAX = 100;

/** The label set of one info, for one thread. */
export class ShownSeries {
  private readonly records: RecordStore;

  constructor(private readonly owner: PlaceOwner) {
    this.records = owner.attachment.records;
  }

  /** Makes this the label set that is shown; the overflow series when a limit forbids it. Never throws for capacity. */
  show(values: readonly string[]): void {
    const { attachment } = this.owner;
    if (attachment.isDetached) return;
    // Nothing is looked up yet, and what earlier sets of this thread replaced can be reused from here on.
    attachment.safePoint();
    const family = this.owner.current();
    if (family === undefined) return;
    const { labelValueMax } = this.owner;
    const isTooLong = values.some(value => value.length > labelValueMax);
    const reason = isTooLong ? 'label_value_length' : this.publishYoungest(family, values);
    if (reason !== undefined) this.showOverflow(family, reason);
  }

  /** Publishes the label set as the youngest series; the reason when a limit forbids it. */
  private publishYoungest(family: FamilyRecord, values: readonly string[]): OverflowReason | undefined {
    const { records } = this;
    const { attachment } = this.owner;
    for (let attempt = 0; attempt < SET_RETRY_MAX; attempt++) {
      const { found, live } = this.look(family, values);
      if (found !== NO_SLOT && found === this.youngestOf(live)) {
        this.retireOlder(family);
        return undefined;
      }
      // A younger series has been seen since it was found: it was left behind, or is about to be retired by who replaced it.
      // To be the youngest it must be published again.
      if (found !== NO_SLOT) records.retire(found);
      const reason = this.reserve(family, live.length > 0);
      if (reason !== undefined) return reason;
      const published = this.publish(family, values);
      if (published === undefined) return 'arena_full';
      // The family may have been removed since it was looked up; its remover may have missed this series then.
      if (!isFamilyLive(attachment, family)) {
        records.retire(published.slot);
        return undefined;
      }
      if (!published.isNew) continue;
      this.retireOlder(family);
      return undefined;
    }
    return undefined;
  }

  /** The series of this label set, then all that are live: so that whatever is younger than the first is in the second. */
  private look(family: FamilyRecord, values: readonly string[]): { found: SlotIndex; live: SlotIndex[] } {
    setSeriesKey(this.owner.attachment, family, values);
    const found = this.records.find();
    return { found, live: this.liveSeries(family) };
  }

  /** What takes the place of another label set is counted beside it for a moment, and not turned away for that. */
  private reserve(family: FamilyRecord, isReplacing: boolean): OverflowReason | undefined {
    if (!isReplacing) return this.owner.reserve(family);
    this.records.reservations.reserveSeries(family.slot);
    return undefined;
  }

  private publish(family: FamilyRecord, values: readonly string[]): Published | undefined {
    const { records } = this;
    setSeriesKey(this.owner.attachment, family, values);
    const published = records.publish({
      kind: KIND_SERIES,
      family: family.slot,
      cellBytes: cellBytesOf(family.descriptor),
      isShown: true,
    });
    if (!published?.isNew) records.reservations.unreserveSeries(family.slot);
    return published;
  }

  private retireOlder(family: FamilyRecord): void {
    const live = this.liveSeries(family);
    const youngest = this.youngestOf(live);
    for (const slot of live) if (slot !== youngest) this.records.retire(slot);
  }

  /** Shows the overflow series, and only it: the label set that was shown is not true any more. */
  private showOverflow(family: FamilyRecord, reason: OverflowReason): void {
    // Before the others go, so that something is shown throughout; it stands behind them while they are there.
    this.records.slots.show(family.baseSlot);
    for (const slot of this.liveSeries(family)) this.records.retire(slot);
    this.owner.overflowed(family, reason);
  }

  /** The live series of a family without its overflow series. */
  private liveSeries(family: FamilyRecord): SlotIndex[] {
    const { records } = this;
    return records.seriesOf(family.slot).filter(slot => records.slots.kind(slot) === KIND_SERIES);
  }

  private youngestOf(series: readonly SlotIndex[]): SlotIndex {
    const { slots } = this.records;
    let youngest = NO_SLOT;
    for (const slot of series) {
      if (youngest === NO_SLOT || isLaterSequence(slots.sequence(slot), slots.sequence(youngest)))
        youngest = slot;
    }
    return youngest;
  }
}
