/**
 * Series list: the series of a family as columns of numbers.
 *
 *     row          0     1     2     3
 *     slots        12    13    7     40     which record of the arena
 *     sequences    31    32    35    36     which use of that slot; rows are in this order, which is that of creation
 *     cells        0x40  0x50  0x60  0x70   where its cells stand in every stripe
 *
 * Twelve bytes for a series, and nothing for a collector to visit: with an object for each of a million series, one
 * collection takes longer than the whole scrape.
 */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import { isLaterSequence } from '../memory/slots.js';

export { isLaterSequence } from '../memory/slots.js';

/** Rows that do not change any more. The columns may be longer than `length`: what is behind it belongs to nobody. */
export interface SeriesList {
  readonly slots: Int32Array;
  readonly sequences: Int32Array;
  readonly cells: Uint32Array;
  readonly length: number;
}

const FIRST_ROWS = 4;
/** Rows that are sorted, or merged, in one step: about a millisecond. */
const STEP_ROWS = 16_384;
/** Above the index of a row within one step, in the number that it is sorted by. */
const INDEX_SPAN = STEP_ROWS;
const TWO_POW_31 = 2 ** 31;

/** Rows that are added one by one. */
export class SeriesRows implements SeriesList {
  slots: Int32Array;
  sequences: Int32Array;
  cells: Uint32Array;
  length = 0;

  constructor(capacity = 0) {
    this.slots = new Int32Array(capacity);
    this.sequences = new Int32Array(capacity);
    this.cells = new Uint32Array(capacity);
  }

  push(slot: SlotIndex, sequence: number, cells: CellOffset): void {
    const { length } = this;
    if (length === this.slots.length) this.reserve(Math.max(FIRST_ROWS, length * 2));
    this.slots[length] = slot;
    this.sequences[length] = sequence;
    this.cells[length] = cells;
    this.length = length + 1;
  }

  pushRow(from: SeriesList, row: number): void {
    this.push(from.slots[row] as SlotIndex, from.sequences[row]!, from.cells[row] as CellOffset);
  }

  /** Adds rows `from` to `to` of a list, for which there is room. */
  pushRows(list: SeriesList, from: number, to: number): void {
    const { slots, sequences, cells, length } = this;
    const [fromSlots, fromSequences, fromCells] = [list.slots, list.sequences, list.cells];
    for (let row = from, at = length; row < to; row++, at++) {
      slots[at] = fromSlots[row]!;
      sequences[at] = fromSequences[row]!;
      cells[at] = fromCells[row]!;
    }
    this.length = length + to - from;
  }

  /** Copies a row over another one. */
  move(from: number, to: number): void {
    if (from === to) return;
    this.slots[to] = this.slots[from]!;
    this.sequences[to] = this.sequences[from]!;
    this.cells[to] = this.cells[from]!;
  }

  /** Makes room for `capacity` rows in all. */
  reserve(capacity: number): void {
    if (capacity <= this.slots.length) return;
    const { slots, sequences, cells } = this;
    this.slots = new Int32Array(capacity);
    this.sequences = new Int32Array(capacity);
    this.cells = new Uint32Array(capacity);
    this.slots.set(slots);
    this.sequences.set(sequences);
    this.cells.set(cells);
  }

  /**
   * Moves the last row up to where it belongs among those before it, and not above `first`.
   *
   * @returns false when that would take more than `steps` moves, or a place above `first`; the rows are as they were
   */
  settleLast(first: number, steps: number): boolean {
    const { slots, sequences, cells } = this;
    const last = this.length - 1;
    const sequence = sequences[last]!;
    let at = last;
    while (at > first && last - at < steps && isLaterSequence(sequences[at - 1]!, sequence)) at--;
    if (at > 0 && isLaterSequence(sequences[at - 1]!, sequence)) return false;
    if (at === last) return true;
    const [slot, cell] = [slots[last]!, cells[last]!];
    slots.copyWithin(at + 1, at, last);
    sequences.copyWithin(at + 1, at, last);
    cells.copyWithin(at + 1, at, last);
    slots[at] = slot;
    sequences[at] = sequence;
    cells[at] = cell;
    return true;
  }

  /** These rows, which do not change while only such are added that come behind them. */
  view(): SeriesList {
    const { slots, sequences, cells, length } = this;
    return { slots, sequences, cells, length };
  }

  clear(): void {
    this.length = 0;
  }
}

export const NO_SERIES: SeriesList = new SeriesRows().view();

/** Says of a row whether it stays. */
export type RowFilter = (slot: number, sequence: number) => boolean;

const everyRow: RowFilter = () => true;

/** The rows of two lists in order, those that stay. Each step takes about a millisecond. */
export function* mergedRows(
  a: SeriesList,
  b: SeriesList,
  isKept: RowFilter = everyRow,
): Generator<void, SeriesRows> {
  const rows = new SeriesRows(a.length + b.length);
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    for (let step = 0; step < STEP_ROWS && (i < a.length || j < b.length); step++) {
      const isFromA = j === b.length || (i < a.length && isLaterSequence(b.sequences[j]!, a.sequences[i]!));
      const from = isFromA ? a : b;
      const row = isFromA ? i++ : j++;
      if (isKept(from.slots[row]!, from.sequences[row]!)) rows.pushRow(from, row);
    }
    yield;
  }
  return rows;
}

/** Rows in order, given in any: first short stretches of them, then these are merged. */
export function* sortedRows(rows: SeriesList): Generator<void, SeriesList> {
  const runs: SeriesList[] = [];
  for (let from = 0; from < rows.length; from += STEP_ROWS) {
    runs.push(sortedRun(rows, from, Math.min(from + STEP_ROWS, rows.length)));
    yield;
  }
  while (runs.length > 1) runs.push(yield* mergedRows(runs.shift()!, runs.shift()!));
  return runs[0] ?? NO_SERIES;
}

function sortedRun(rows: SeriesList, from: number, to: number): SeriesList {
  const base = rows.sequences[from]!;
  // Sorted as plain numbers, which calls no comparison: the distance from the first one, which wraps as sequences do, then
  // the index.
  const keys = new Float64Array(to - from);
  for (let i = 0; i < keys.length; i++) {
    const distance = (rows.sequences[from + i]! - base) | 0;
    keys[i] = (distance + TWO_POW_31) * INDEX_SPAN + i;
  }
  keys.sort();
  const sorted = new SeriesRows(keys.length);
  for (const key of keys) sorted.pushRow(rows, from + (key % INDEX_SPAN));
  return sorted;
}
