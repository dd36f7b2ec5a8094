/**
 * Pace: how many rows one step of a rendering takes, by how long the last ones took.
 *
 *     rows   8 -> 16 -> 32 ... -> all that a step may have       while steps are short; half as many after a long one
 *
 * The first rows of a process take a hundred times as long as later ones: nothing is compiled, nothing encoded. So each
 * renderer has its own. Once enough steps were short, times are looked at no more: to read a clock makes garbage.
 */

const FIRST_ROWS = 8;
/** No step takes more. */
export const ROWS_MAX = 1_024;
const SETTLED_STEPS = 64;
/** A step that takes longer was too long; in one that takes a quarter of it twice the rows fit. */
const LONG_MS = 1;
const SHORT_MS = LONG_MS / 4;

export class Pace {
  private rowsMax = FIRST_ROWS;
  private shortSteps = 0;

  /** True while note() is to be called. */
  get isOpen(): boolean {
    return this.shortSteps < SETTLED_STEPS;
  }

  /** How many of these rows to take in one step. */
  rowsOf(rows: number): number {
    return Math.min(rows, this.rowsMax);
  }

  /** Tells how long a step with so many rows took. */
  note(rows: number, ms: number): void {
    if (ms > LONG_MS) {
      this.rowsMax = Math.max(FIRST_ROWS, this.rowsMax >>> 1);
      this.shortSteps = 0;
    } else if (this.rowsMax < ROWS_MAX && rows >= this.rowsMax) {
      if (ms < SHORT_MS) this.rowsMax *= 2;
    } else if (++this.shortSteps === SETTLED_STEPS) this.rowsMax = ROWS_MAX;
  }
}

/** The paces of one registry. */
export class Paces {
  private readonly paces = new WeakMap<object, Pace>();

  of(renderer: object): Pace {
    let pace = this.paces.get(renderer);
    if (pace === undefined) {
      pace = new Pace();
      this.paces.set(renderer, pace);
    }
    return pace;
  }
}
