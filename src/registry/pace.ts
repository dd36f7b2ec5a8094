/**
 * Pace: how many rows one step of a rendering takes, by how long the last ones took.
 *
 *     rows   32 -> 64 -> 128 ... -> all that a step may have       while steps are short; half as many after a long one
 *
 * The first rows of a process take a hundred times as long as later ones: nothing is compiled, nothing encoded. One pace for
 * all renderings of a registry: a later one, also of another format, goes on with compiled code.
 */

const FIRST_ROWS = 32;
/** A step that takes longer was too long; in one that takes a quarter of it twice the rows fit. */
const LONG_MS = 1;
const SHORT_MS = LONG_MS / 4;

export class Pace {
  private rowsMax = FIRST_ROWS;

  /** How many of these rows to take in one step. */
  rowsOf(rows: number): number {
    return Math.min(rows, this.rowsMax);
  }

  /** Tells how long a step with so many rows took. */
  note(rows: number, ms: number): void {
    if (ms > LONG_MS) this.rowsMax = Math.max(FIRST_ROWS, this.rowsMax >>> 1);
    else if (ms < SHORT_MS && rows >= this.rowsMax) this.rowsMax *= 2;
  }
}
