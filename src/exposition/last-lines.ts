/**
 * Last lines: what a renderer wrote of a family last, and of which values. Most values are the same at the next scrape, and
 * of most others the text is as long as it was.
 *
 *     row         0       1       2       3            this rendering   rows of the same values are taken over in runs;
 *     sequence    31      32      35      36                            one of other values is, too, and its numbers are
 *     values      7       0       12      3                             replaced; where one is longer or shorter, the row
 *     end      |------|-------|-------|-------|        since the start  is written anew
 *
 * A row is what it was when the same series has the same values: everything else in its lines is of the series or of the
 * family. They are taken over where they stand when the rendering goes to the memory of the last one, see text-memory.ts, or
 * fetched from there, if that memory is still being sent. Memory that has been cleared since has other lines. Of two
 * renderings that are open at once, the one that begins a family later keeps its lines; the other one writes the rest of its
 * own anew.
 */
import { isLaterSequence } from '../registry/series-list.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { grownTo } from './expected-rows.js';
import type { Fragment, TextBuffer } from './text-buffer.js';

const FIRST_ROWS = 4;

export class LastLines {
  private sequences = new Int32Array(0);
  private values = new Float64Array(0);
  private ends = new Uint32Array(0);
  /** Of lone values: what stands behind each in its row. */
  private tails = new Uint32Array(0);
  /** Rows that the rendering which has begun last has written, and where to. */
  private count = 0;
  private out: TextBuffer | undefined;
  private generation = 0;
  private startsAt = 0;
  /** Where the lines of the family end, in a family that is not kept as well. */
  private end = 0;
  /** Rows of the rendering before it: the next one, where that begins, and how many there are. */
  private next = 0;
  private nextAt = 0;
  private sourceCount = 0;
  /** Where they are to be fetched from, if not where they stood, and those that are here. */
  private source: TextBuffer | undefined;
  private sourceGeneration = 0;
  private sourceStartsAt = 0;
  private hereCount = 0;

  /** @param isLone true when each row has one value, of which only the number changes */
  constructor(private readonly isLone: boolean) {}

  /** Makes room for so many rows in all: growing by doubling would have V8 go on with a collection at each step. */
  expect(rows: number, stride: number): void {
    if (rows > this.sequences.length) this.grow(grownTo(this.sequences.length, rows), stride);
  }

  /** Call it where the lines of the family begin: writes what stands before them. `isKept` says whether note() will be called. */
  begin(out: TextBuffer, comments: Fragment, isKept: boolean): void {
    const { startsAt, count, end } = this;
    const isHere = this.out === out && this.generation + 1 === out.generation && out.reach(startsAt);
    const isThere = this.out !== undefined && this.out !== out && this.out.holds(this.generation);
    this.source = isThere ? this.out : undefined;
    this.sourceGeneration = this.generation;
    this.sourceStartsAt = startsAt;
    this.sourceCount = isHere || isThere ? count : 0;
    this.hereCount = isHere ? count : 0;
    this.next = 0;
    this.nextAt = comments.length;
    this.out = out;
    this.generation = out.generation;
    this.count = 0;
    this.startsAt = out.length;
    if (isThere) out.forget();
    if (isHere && !isKept) out.skip(end);
    if (!isHere || !isKept || !out.take(comments.length)) {
      out.reserve(comments.length);
      out.fragment(comments);
    }
  }

  /** Call it where some of its lines end. */
  pause(out: TextBuffer): void {
    if (this.isOf(out)) this.end = out.length - this.startsAt;
  }

  /** False when another rendering has begun the family since. */
  isOf(out: TextBuffer): boolean {
    return this.out === out && this.generation === out.generation;
  }

  /** Takes rows over from this one on, as long as they are what they were. Returns the first that is not. */
  takeSame(part: FamilySnapshot, row: number, out: TextBuffer): number {
    const { rows } = part;
    for (let shown = row; shown < rows.length;) {
      if (this.next === this.hereCount && !this.fetch(rows.length - shown, out)) return shown;
      const same = this.sameRows(part, shown, out);
      if (same > 0) {
        if (!this.takeRows(same, out)) return shown;
        shown += same;
      } else if (this.sequences[this.next] === rows.sequences[shown]) return shown;
      else if (isLaterSequence(rows.sequences[shown]!, this.sequences[this.next]!)) this.skipRow(out);
      else return shown;
    }
    return rows.length;
  }

  /**
   * Takes a row over, and notes it, that is of the same series and has another lone value of the same length. False when it
   * has none of that length, and nothing is written; its former lines are gone then.
   */
  takeOther(part: FamilySnapshot, row: number, out: TextBuffer): boolean {
    const { next } = this;
    const isHere = next < this.hereCount && this.sequences[next] === part.rows.sequences[row];
    if (!isHere || !this.isLone) return false;
    const start = out.length;
    const end = this.ends[next]!;
    if (!out.take(end - this.nextAt)) return false;
    this.next = next + 1;
    this.nextAt = end;
    const tail = this.tails[next]!;
    if (out.replaceNumber(out.length - tail, part.values, row)) {
      this.note(part, row, out, tail);
      return true;
    }
    out.length = start;
    return false;
  }

  /**
   * Notes that a row ends here, which was written anew, or has other values than it had.
   *
   * @param tail in a family of lone values, how many bytes stand behind that of this row
   */
  note({ rows, values, stride }: FamilySnapshot, row: number, out: TextBuffer, tail: number): void {
    if (this.count === this.next && this.next < this.hereCount) this.skipRow(out);
    const index = this.count++;
    // Its place may have been that of a row which is there, and not here yet.
    if (index >= this.next) this.sourceCount = Math.min(this.sourceCount, index);
    if (index === this.sequences.length) this.grow(Math.max(FIRST_ROWS, index * 2), stride);
    this.sequences[index] = rows.sequences[row]!;
    if (stride === 1) this.values[index] = values[row]!;
    else for (let i = 0; i < stride; i++) this.values[index * stride + i] = values[row * stride + i]!;
    this.ends[index] = out.length - this.startsAt;
    this.tails[index] = tail;
  }

  /** How many rows from the next one on are what is shown from this one on, once numbers of the same length are replaced. */
  private sameRows(part: FamilySnapshot, row: number, out: TextBuffer): number {
    const { rows, values, stride } = part;
    const { next, sequences } = this;
    const count = Math.min(rows.length - row, this.hereCount - next);
    if (stride === 1) return this.sameLoneRows(part, row, count, out);
    const shown = rows.sequences;
    const known = this.values;
    let same = 0;
    while (same < count && sequences[next + same] === shown[row + same]) {
      if (!hasValues(known, (next + same) * stride, values, (row + same) * stride, stride)) break;
      same++;
    }
    return same;
  }

  private sameLoneRows(
    { rows, values }: FamilySnapshot,
    row: number,
    count: number,
    out: TextBuffer,
  ): number {
    const { next, sequences, ends, tails, values: known } = this;
    const shown = rows.sequences;
    const place = this.isLone ? out.formerPlace() : -1;
    for (let i = 0; i < count; i++) {
      if (sequences[next + i] !== shown[row + i]) return i;
      if (known[next + i] === values[row + i]) continue;
      if (place < 0) return i;
      const end = place + ends[next + i]! - this.nextAt - tails[next + i]!;
      if (!out.replaceNumber(end, values, row + i)) return i;
      known[next + i] = values[row + i]!;
    }
    return count;
  }

  private takeRows(rows: number, out: TextBuffer): boolean {
    const { next, count, ends } = this;
    const end = ends[next + rows - 1]!;
    if (!out.take(end - this.nextAt)) {
      this.sourceCount = next;
      this.hereCount = next;
      return false;
    }
    const moved = out.length - this.startsAt - end;
    if (count !== next) this.moveRows(rows);
    else if (moved !== 0) for (let i = next; i < next + rows; i++) ends[i]! += moved;
    if (count !== next) for (let i = count; i < count + rows; i++) ends[i]! += moved;
    this.next = next + rows;
    this.nextAt = end;
    this.count = count + rows;
    return true;
  }

  /** Rows have gone: the columns close up. */
  private moveRows(rows: number): void {
    const { next, count, sequences, values, ends, tails } = this;
    const stride = values.length / sequences.length;
    sequences.copyWithin(count, next, next + rows);
    ends.copyWithin(count, next, next + rows);
    tails.copyWithin(count, next, next + rows);
    values.copyWithin(count * stride, next * stride, (next + rows) * stride);
  }

  private skipRow(out: TextBuffer): void {
    const end = this.ends[this.next++]!;
    out.skip(end - this.nextAt);
    this.nextAt = end;
  }

  /** Fetches lines of the next rows, as many at most. False when there are none. */
  private fetch(rows: number, out: TextBuffer): boolean {
    const { next, source, sourceStartsAt } = this;
    const to = Math.min(next + rows, this.sourceCount);
    if (to <= next || source?.holds(this.sourceGeneration) !== true) return false;
    out.fetch(source, sourceStartsAt + this.nextAt, sourceStartsAt + this.ends[to - 1]!);
    this.hereCount = to;
    return true;
  }

  /** One piece of memory: V8 goes on at each with a collection that it has begun. */
  private grow(rows: number, stride: number): void {
    const { sequences, values, ends, tails } = this;
    const columnBytes = rows * Int32Array.BYTES_PER_ELEMENT;
    const valueBytes = rows * stride * Float64Array.BYTES_PER_ELEMENT;
    const memory = new ArrayBuffer(valueBytes + 3 * columnBytes);
    this.values = new Float64Array(memory, 0, rows * stride);
    this.values.set(values);
    this.sequences = new Int32Array(memory, valueBytes, rows);
    this.sequences.set(sequences);
    this.ends = new Uint32Array(memory, valueBytes + columnBytes, rows);
    this.ends.set(ends);
    this.tails = new Uint32Array(memory, valueBytes + 2 * columnBytes, rows);
    this.tails.set(tails);
  }
}

function hasValues(
  known: Float64Array,
  knownAt: number,
  values: Float64Array,
  at: number,
  stride: number,
): boolean {
  for (let i = 0; i < stride; i++) if (known[knownAt + i] !== values[at + i]) return false;
  return true;
}
