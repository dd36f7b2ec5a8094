/**
 * Ledger: what workers say they have recorded, kept outside the engine.
 *
 * Each worker has a row. It counts an operation in `begun` before it records and in `ended` after; a worker that is
 * killed has at most one operation begun and not ended, so the true total lies between the two sums.
 */
const ROW_WORDS = 16;
const BEGUN = 0;
const ENDED = 1;

export class Ledger {
  private readonly words: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
  }

  static forRows(rows: number): Ledger {
    return new Ledger(new SharedArrayBuffer(rows * ROW_WORDS * 4));
  }

  begin(row: number): void {
    Atomics.add(this.words, row * ROW_WORDS + BEGUN, 1);
  }

  end(row: number): void {
    Atomics.add(this.words, row * ROW_WORDS + ENDED, 1);
  }

  begun(row: number): number {
    return Atomics.load(this.words, row * ROW_WORDS + BEGUN);
  }

  ended(row: number): number {
    return Atomics.load(this.words, row * ROW_WORDS + ENDED);
  }

  /** Sums over the first `rows` rows. */
  totals(rows: number): { begun: number; ended: number } {
    let [begun, ended] = [0, 0];
    for (let row = 0; row < rows; row++) {
      begun += this.begun(row);
      ended += this.ended(row);
    }
    return { begun, ended };
  }
}
