/**
 * Last messages: what the protobuf renderer wrote last of a family in which each series is one metric with a lone value.
 *
 *     row         3       2       1       0            written from the end, see proto-buffer.ts; a value has eight bytes
 *     sequence    36      35      32      31           whatever it is, so the metrics of the same series are copied in one
 *     start    <--|-------|-------|-------|            piece, and get their values then
 *     split       |..v....|..v....|..v....|            where the value of a metric begins, since its start
 *
 * They are copied from the memory of the last rendering, if nothing else was written to it since. Of two renderings that are
 * open at once, the one that begins a family later keeps its metrics; the other one writes the rest of its own anew.
 */
import type { FamilySnapshot } from '../registry/snapshot.js';
import { grownTo } from './expected-rows.js';
import type { ProtoBuffer } from './proto-buffer.js';

const FIRST_ROWS = 4;

export class LastMessages {
  private sequences = new Int32Array(0);
  /** Bytes from the start of a metric to the end of all metrics. */
  private starts = new Uint32Array(0);
  private splits = new Uint32Array(0);
  /** Rows that the rendering which has begun last has written, and where to. */
  private count = 0;
  private out: ProtoBuffer | undefined;
  private generation = 0;
  private endsAt = 0;
  /** Rows of the one before it. */
  private source: ProtoBuffer | undefined;
  private sourceGeneration = 0;
  private sourceEndsAt = 0;
  private sourceCount = 0;
  private sourceStart = 0;

  /** Call it where the metrics of the family end. */
  begin(out: ProtoBuffer): void {
    const isThere = this.out !== undefined && this.out !== out && this.out.holds(this.generation);
    this.source = isThere ? this.out : undefined;
    this.sourceGeneration = this.generation;
    this.sourceCount = isThere ? this.count : 0;
    this.sourceEndsAt = this.endsAt;
    this.sourceStart = 0;
    this.out = out;
    this.generation = out.generation;
    this.endsAt = out.length;
    this.count = 0;
  }

  /** Makes room for so many rows in all, see LastLines. */
  expect(rows: number): void {
    if (rows > this.sequences.length) this.grow(grownTo(this.sequences.length, rows));
  }

  /** False when another rendering has begun the family since. */
  isOf(out: ProtoBuffer): boolean {
    return this.out === out && this.generation === out.generation;
  }

  /** Copies metrics of this row and those before it, with the values that they have now. Returns the first row that is not copied. */
  copySame({ rows, values }: FamilySnapshot, row: number, out: ProtoBuffer): number {
    const { count, source, sequences, starts, splits } = this;
    const shown = rows.sequences;
    let end = count;
    let next = row;
    while (next >= 0 && end < this.sourceCount && sequences[end] === shown[next]) {
      end++;
      next--;
    }
    if (next === row || source?.holds(this.sourceGeneration) !== true) return row;
    const start = starts[end - 1]!;
    const moved = out.length - this.endsAt - this.sourceStart;
    out.copyOf(source, this.sourceEndsAt + this.sourceStart, this.sourceEndsAt + start);
    if (moved !== 0) for (let i = count; i < end; i++) starts[i]! += moved;
    out.putDoubles(this.endsAt, { starts, splits, from: count, to: end }, values, row);
    this.sourceStart = start;
    this.count = end;
    return next;
  }

  /** Notes that the metric of a row starts here, which was written anew. */
  note({ rows }: FamilySnapshot, row: number, out: ProtoBuffer, split: number): void {
    const index = this.count++;
    if (index < this.sourceCount) this.sourceStart = this.starts[index]!;
    if (index === this.sequences.length) this.grow(Math.max(FIRST_ROWS, 2 * index));
    this.sequences[index] = rows.sequences[row]!;
    this.starts[index] = out.length - this.endsAt;
    this.splits[index] = split;
  }

  private grow(rows: number): void {
    const { sequences, starts, splits } = this;
    const columnBytes = rows * Int32Array.BYTES_PER_ELEMENT;
    const memory = new ArrayBuffer(3 * columnBytes);
    this.sequences = new Int32Array(memory, 0, rows);
    this.sequences.set(sequences);
    this.starts = new Uint32Array(memory, columnBytes, rows);
    this.starts.set(starts);
    this.splits = new Uint32Array(memory, 2 * columnBytes, rows);
    this.splits.set(splits);
  }
}
