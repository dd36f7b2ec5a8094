/**
 * Idle expiry: removes series whose value has not changed for as long as their family says.
 *
 * The recording path knows nothing of it. One thread looks at the values of such families several times in that period
 * and compares them with those of its last look; a series that was found equal for the whole time is removed as by
 * remove(). What races with the removal is recorded into the removed series; the next recording creates it again.
 *
 * Which thread: the one that was attached first, of those that offer it and whose hearts beat. Every thread decides that
 * for itself from the leases, so for some beats there may be two, or none. Two are harmless: each goes by its own looks
 * alone, and a removal has one winner. None is a delay: a thread that takes over has no looks yet, so time starts again.
 */
import type { Attachment } from '../memory/attachment.js';
import type { SlotIndex } from '../memory/layout.js';
import type { LeaseReading } from '../memory/leases.js';
import type { FamilyType } from '../primitives/family-descriptor.js';
import type { Catalogue, FamilyEntry } from './catalogue.js';
import { isLaterSequence } from './series-list.js';
import type { SeriesList } from './series-list.js';
import type { FamilySnapshot, SnapshotReader } from './snapshot.js';

/** Looks in one period. More of them find the end of it more exactly, and cost a read of all values each. */
export const LOOKS_PER_PERIOD = 8;
/** A thread that has not beaten for this many heartbeats is blocked: the next one takes over. */
export const STALE_BEATS = 4;
/** What one look counts at most, in looks: a thread that was blocked has not seen what went on meanwhile. */
const GAP_LOOKS_MAX = 2;

/**
 * The values of a series that change with its recordings, as a range of its `stride`; all of them for the types that are
 * not named here. The quantiles of a summary change with time alone: they fall when nobody observes anything in a sliding
 * window, and become NaN, which equals nothing. Its sum and count do not; they stand before its error, which is last.
 */
const COMPARED: Partial<Record<FamilyType, (stride: number) => readonly [from: number, to: number]>> = {
  summary: stride => [stride - 3, stride - 1],
};

/** What was seen of a family, with one element for each series in the order of their sequence numbers. */
interface Look {
  readonly atMs: number;
  readonly sequences: number[];
  /** For how long the values have been as they are. */
  readonly idleMs: number[];
  /** The rows of `values` before which those of a series end: none for one without a value, several for threads. */
  readonly rowEnds: number[];
  readonly values: Float64Array;
}

/** A series, by what tells it from all others. */
interface Row {
  readonly slot: SlotIndex;
  readonly sequence: number;
}

const NOTHING_SEEN: Look = { atMs: 0, sequences: [], idleMs: [], rowEnds: [], values: new Float64Array(0) };

export class IdleExpiry {
  private looks = new WeakMap<FamilyEntry, Look>();

  constructor(
    private readonly attachment: Attachment,
    private readonly catalogue: Catalogue,
    private readonly snapshots: SnapshotReader,
  ) {}

  /**
   * Does this thread's part with each heartbeat. Costs one load as long as no family of the arena has idle series.
   *
   * @param nowMs on a clock that never goes back, in ms
   * @param wallMs on the clock of the heartbeats, in ms since 1970
   */
  beat(nowMs: number, wallMs = Date.now()): void {
    if (!this.attachment.isIdleExpiryUsed) return;
    if (this.isSweeper(wallMs)) this.sweep(nowMs);
    // Another thread looks now; what was seen here would be too old to go by when this one takes over again.
    else this.looks = new WeakMap();
  }

  /** True when this thread is the one that removes idle series. */
  isSweeper(wallMs: number): boolean {
    const { lease, leases, arena } = this.attachment;
    const held = leases.held();
    const own = held.find(reading => reading.index === lease?.index);
    if (own === undefined) return false;
    const staleMs = STALE_BEATS * arena.limits.heartbeatMs;
    const comesFirst = (other: LeaseReading): boolean =>
      other.isSweeper && ((other.order - own.order) | 0) < 0 && wallMs - other.heartbeatMs < staleMs;
    return !held.some(comesFirst);
  }

  /**
   * Looks at the families that are due, and removes the series that have been idle for long enough.
   *
   * @returns how many this call has removed
   */
  sweep(nowMs: number): number {
    // From the look to the removals: until then no slot is given to another series.
    this.attachment.pin();
    try {
      const due = this.catalogue.families().filter(family => this.isDue(family, nowMs));
      if (due.length === 0) return 0;
      const { families } = this.snapshots.takeOf(due);
      return due.reduce((removed, family, i) => removed + this.expire(family, families[i]!, nowMs), 0);
    } finally {
      this.attachment.unpin();
    }
  }

  private isDue(family: FamilyEntry, nowMs: number): boolean {
    const { idleExpirySeconds, labelNames } = family.descriptor;
    if (idleExpirySeconds === 0 || labelNames.length === 0) return false;
    const last = this.looks.get(family);
    // Half a heartbeat early: with timers that are a little early, every second beat would find nothing due.
    const toleranceMs = this.attachment.arena.limits.heartbeatMs / 2;
    return last === undefined || nowMs - last.atMs >= this.intervalMs(family) - toleranceMs;
  }

  private intervalMs({ descriptor }: FamilyEntry): number {
    const periodMs = descriptor.idleExpirySeconds * 1_000;
    return Math.max(this.attachment.arena.limits.heartbeatMs, periodMs / LOOKS_PER_PERIOD);
  }

  private expire(family: FamilyEntry, snapshot: FamilySnapshot, nowMs: number): number {
    const before = this.looks.get(family);
    const sinceMs = before === undefined ? 0 : nowMs - before.atMs;
    const creditMs = Math.min(sinceMs, GAP_LOOKS_MAX * this.intervalMs(family));
    const entries = entriesOf(family);
    const look = lookAt(entries, snapshot, before ?? NOTHING_SEEN, { nowMs, creditMs });
    this.looks.set(family, look);
    const periodMs = family.descriptor.idleExpirySeconds * 1_000;
    return entries.filter((entry, i) => look.idleMs[i]! >= periodMs && this.remove(entry)).length;
  }

  /** By its slot, not by its labels: another thread may have removed it and created it again since the look. */
  private remove({ slot }: Row): boolean {
    return this.attachment.records.retire(slot);
  }
}

/** Every series of a family but the overflow one, those included that nothing was recorded in, by sequence number. */
function entriesOf({ series, hidden }: FamilyEntry): readonly Row[] {
  const rows: Row[] = [];
  for (let row = 0; row < series.length; row++)
    rows.push({ slot: series.slots[row] as SlotIndex, sequence: series.sequences[row]! });
  if (hidden.length === 0) return rows;
  return [...rows, ...hidden].sort((a, b) => (a.sequence - b.sequence) | 0);
}

function lookAt(
  entries: readonly Row[],
  { descriptor, rows, values, stride }: FamilySnapshot,
  before: Look,
  time: { readonly nowMs: number; readonly creditMs: number },
): Look {
  const [from, to] = COMPARED[descriptor.type]?.(stride) ?? [0, stride];
  const look: Look = {
    atMs: time.nowMs,
    sequences: [],
    idleMs: [],
    rowEnds: [],
    values: values.slice(0, rows.length * stride),
  };
  let row = 0;
  let known = 0;
  for (const entry of entries) {
    const start = row;
    while (row < rows.length && isAt(rows, row, entry)) row++;
    // Both lists are in order: what comes before this series in the last look is gone.
    while (known < before.sequences.length && isLaterSequence(entry.sequence, before.sequences[known]!))
      known++;
    const knownStart = known === 0 ? 0 : before.rowEnds[known - 1]!;
    const isSame =
      before.sequences[known] === entry.sequence &&
      before.rowEnds[known]! - knownStart === row - start &&
      areRowsEqual(look.values, start, before.values, knownStart, { rows: row - start, stride, from, to });
    look.sequences.push(entry.sequence);
    look.idleMs.push(isSame ? before.idleMs[known]! + time.creditMs : 0);
    look.rowEnds.push(row);
  }
  return look;
}

function isAt({ slots, sequences }: SeriesList, row: number, { slot, sequence }: Row): boolean {
  return slots[row] === slot && sequences[row] === sequence;
}

interface RowRange {
  readonly rows: number;
  readonly stride: number;
  readonly from: number;
  readonly to: number;
}

function areRowsEqual(
  a: Float64Array,
  aRow: number,
  b: Float64Array,
  bRow: number,
  range: RowRange,
): boolean {
  const { rows, stride, from, to } = range;
  for (let row = 0; row < rows; row++) {
    for (let i = from; i < to; i++) {
      // A gauge that is NaN and stays it is unchanged.
      if (!Object.is(a[(aRow + row) * stride + i], b[(bRow + row) * stride + i])) return false;
    }
  }
  return true;
}
