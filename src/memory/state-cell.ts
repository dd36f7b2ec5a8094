/**
 * State cell: which one of a list of states is active, in one word for all threads.
 *
 * Layout    see layout.ts, "State cells". In the shared stripe only: states of several threads cannot be added up.
 * Writers   any thread.
 * Readers   any thread, through readState.
 * Promises  A change is one store, so there is no moment with two active states or none. The last store in the order of
 *           all atomic accesses decides, and outlives the thread that made it. Zeroed memory is "never set".
 * Progress  wait-free.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { EPOCH_INDEX, STATE_CELL_STATE_OFFSET, U32_BYTES } from './layout.js';

/** A constant of this module, which V8 embeds in the code; one of another module is loaded at each recording. */
const EPOCH_AT = EPOCH_INDEX;

export class StateCell {
  private wordIndex = 0;
  private epoch = UNRESOLVED_EPOCH;

  constructor(
    private readonly writer: CellWriter,
    readonly place: CellPlace,
  ) {}

  /** Makes the state with this index the active one. */
  protected put(state: number): void {
    const { words } = this.writer;
    if (words[EPOCH_AT] !== this.epoch && !this.relocate()) return;
    Atomics.store(words, this.wordIndex, state + 1);
  }

  private relocate(): boolean {
    if (!this.place.locate()) return false;
    this.wordIndex = (this.writer.stripeOffset + this.place.cellOffset + STATE_CELL_STATE_OFFSET) / U32_BYTES;
    this.epoch = this.place.epoch;
    return true;
  }
}

/** Index of the active state in the cell at a byte offset of the arena; -1 when none was ever set. */
export function readState(words: Int32Array, byteOffset: number): number {
  return Atomics.load(words, (byteOffset + STATE_CELL_STATE_OFFSET) / U32_BYTES) - 1;
}
