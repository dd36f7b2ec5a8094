/**
 * Last lines: what a renderer wrote of a family last, and of which values. Most values are the same at the next scrape, and
 * their lines are copied in runs.
 *
 *     row         0       1       2       3            this rendering   the rows that are what they were are one copy,
 *     sequence    31      32      35      36                            the others are written anew
 *     values      7       0       12      3
 *     end      |------|-------|-------|-------|        of the last rendering, in the buffer that it was written to
 *
 * A row is what it was when the same series has the same values: everything else in its lines is of the series or of the
 * family. A buffer that has been cleared since has other lines. Of two renderings that are open at once, the one that
 * begins a family later keeps its lines; the other one writes the rest of its own anew.
 */
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { TextBuffer } from './text-buffer.js';

const FIRST_ROWS = 4;

export class LastLines {
  private sequences = new Int32Array(0);
  private values = new Float64Array(0);
  private ends = new Uint32Array(0);
  /** Rows that the rendering which has begun last has written, and where to. */
  private count = 0;
  private out: TextBuffer | undefined;
  private generation = 0;
  private startsAt = 0;
  /** Rows of the one before it, and where the next one of them begins. */
  private source: TextBuffer | undefined;
  private sourceCount = 0;
  private sourceAt = 0;

  /** Call it where the lines of the family begin. */
  begin(out: TextBuffer): void {
    const isThere = this.out !== undefined && this.out !== out && this.out.generation === this.generation;
    this.source = isThere ? this.out : undefined;
    this.sourceCount = isThere ? this.count : 0;
    this.sourceAt = this.startsAt;
    this.out = out;
    this.generation = out.generation;
    this.startsAt = out.length;
    this.count = 0;
  }

  /** False when another rendering has begun the family since. */
  isOf(out: TextBuffer): boolean {
    return this.out === out && this.generation === out.generation;
  }

  /** Copies rows from this one on, as long as they are what they were. Returns the first that is not. */
  copySame({ rows, values, stride }: FamilySnapshot, row: number, out: TextBuffer): number {
    const { count, sourceAt, sourceCount, sequences, ends } = this;
    const shownSequences = rows.sequences;
    let index = count;
    let next = row;
    while (next < rows.length && index < sourceCount && sequences[index] === shownSequences[next]) {
      if (!this.hasValues(index, values, next * stride, stride)) break;
      index++;
      next++;
    }
    if (next === row) return row;
    const end = ends[index - 1]!;
    const moved = out.length - sourceAt;
    out.copyOf(this.source!, sourceAt, end);
    for (let i = count; i < index; i++) ends[i]! += moved;
    this.sourceAt = end;
    this.count = index;
    return next;
  }

  /** Notes that a row ends here, which was written anew. */
  note({ rows, values, stride }: FamilySnapshot, row: number, out: TextBuffer): void {
    const index = this.count++;
    if (index < this.sourceCount) this.sourceAt = this.ends[index]!;
    if (index === this.sequences.length) this.grow(stride, rows.length - row);
    this.sequences[index] = rows.sequences[row]!;
    for (let i = 0; i < stride; i++) this.values[index * stride + i] = values[row * stride + i]!;
    this.ends[index] = out.length;
  }

  private hasValues(index: number, values: Float64Array, at: number, stride: number): boolean {
    const known = this.values;
    const from = index * stride;
    for (let i = 0; i < stride; i++) if (known[from + i] !== values[at + i]) return false;
    return true;
  }

  /** `coming`: rows of the part that is being written, from the one that needs the room on. */
  private grow(stride: number, coming: number): void {
    const { length } = this.sequences;
    const rows = Math.max(FIRST_ROWS, length + coming, length === 0 ? 0 : length * 2);
    const { sequences, values, ends } = this;
    this.sequences = new Int32Array(rows);
    this.sequences.set(sequences);
    this.values = new Float64Array(rows * stride);
    this.values.set(values);
    this.ends = new Uint32Array(rows);
    this.ends.set(ends);
  }
}
