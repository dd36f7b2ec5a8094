/**
 * Text memory: where one rendering is written, and what stands there of the former one until that is taken over.
 *
 *     |  written  |     free     |  former text, not taken over yet  |    free    |  former text that stands aside  |
 *                 length         limit                               formerEnd    room
 *
 * Of most renderings nearly all bytes are those of the one before, at the same place: taking them over moves the ends of
 * what is written, and no bytes. A text that has become longer pushes what follows it ahead: the former text that it would
 * write over is put aside by pieces before, and comes back at its new place, so that no step moves more than a few pieces.
 * When more is to stand aside than there is room for, the rest of the former text is forgotten, and written anew.
 *
 * Places in former text are those at which it stood when the rendering began. Text of another memory is made former text of
 * this one by fetch().
 */

/** Kept behind every text for what a copy reads or writes past its end. */
export const SLACK_BYTES = 16;
/** What is put aside at a time, and what may stand aside. Memory that is not written to is none. */
const PIECE_BYTES = 32_768;
const ASIDE_BYTES = 4 * PIECE_BYTES;

export class TextMemory {
  length = 0;
  /** Another one in each rendering: what is written then stands where something else did. */
  generation = 0;
  protected bytes: Buffer;
  protected view: DataView;
  /** Where the next write has to end: at former text, or at the end of the room. */
  private limit: number;
  /** What is not for former text that stands aside. */
  private room: number;
  private formerAt = 0;
  private formerEnd = 0;
  /** True when it came from another memory: what somebody knows of places in this one is not of that text. */
  private isFetched = false;
  /** Former text before this place stands aside, by so much further on in the memory. */
  private asideEnd = 0;
  private asideShift = 0;

  constructor(capacity: number) {
    this.room = capacity + SLACK_BYTES;
    this.limit = this.room;
    // Not from the pool, and not zeroed: every byte that is read has been written.
    this.bytes = Buffer.allocUnsafeSlow(this.room + ASIDE_BYTES);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes of the memory that there is now. */
  get capacity(): number {
    return this.room;
  }

  /**
   * True while what was written in this generation stands here. The body of a rendering is its reader's, who may hand the
   * memory over to another thread: none is left here then.
   */
  holds(generation: number): boolean {
    return this.generation === generation && this.bytes.length > 0;
  }

  /** Starts over in the same memory: what is written is former text from now on. */
  clear(): void {
    this.formerAt = 0;
    this.formerEnd = this.length;
    this.isFetched = false;
    this.asideEnd = 0;
    this.length = 0;
    this.generation++;
    this.setLimit();
  }

  /** The bytes written so far: a view that the next clear and writes change. */
  finish(): Uint8Array {
    this.forget();
    return this.bytes.subarray(0, this.length);
  }

  /** Gives up what is left of the former text. */
  forget(): void {
    this.formerAt = 0;
    this.formerEnd = 0;
    this.asideEnd = 0;
    this.limit = this.room;
  }

  /**
   * Gives up former text up to a place. False when that place is behind, or there is no such text, or it is that of another
   * memory: nothing is given up.
   */
  reach(at: number): boolean {
    if (this.isFetched || at < this.formerAt || at >= this.formerEnd) return false;
    this.formerAt = at;
    this.setLimit();
    return true;
  }

  /** Gives up the next bytes of the former text. */
  skip(bytes: number): void {
    this.formerAt = Math.min(this.formerAt + bytes, this.formerEnd);
    this.setLimit();
  }

  /** Makes the next bytes of the former text the next that are written. False when they are not there any more. */
  take(bytes: number): boolean {
    const from = this.formerAt;
    if (from + bytes > this.formerEnd) return false;
    if (from < this.asideEnd) return this.takeAside(bytes);
    this.formerAt = from + bytes;
    if (from !== this.length) this.bytes.copyWithin(this.length, from, from + bytes);
    this.length += bytes;
    this.setLimit();
    return true;
  }

  /** Where the former text goes on, all of it; negative when some of it stands aside, or there is none. */
  formerPlace(): number {
    return this.formerAt < this.asideEnd || this.formerAt >= this.formerEnd ? -1 : this.formerAt;
  }

  /** Makes a text of another memory, which is not written to meanwhile, the former text of this one. */
  fetch(source: TextMemory, from: number, to: number): void {
    this.forget();
    this.reserve(to - from);
    this.bytes.set(source.bytes.subarray(from, to), this.length);
    this.formerAt = this.length;
    this.formerEnd = this.length + to - from;
    this.isFetched = true;
    this.setLimit();
  }

  /** Makes room for `bytes`, and what a copy may write past them. */
  reserve(bytes: number): void {
    const needed = this.length + bytes + SLACK_BYTES;
    if (needed > this.limit) this.makeRoom(needed);
  }

  private takeAside(bytes: number): boolean {
    const start = this.length;
    for (let rest = bytes; rest > 0;) {
      if (this.formerAt >= this.asideEnd) return this.take(rest);
      const piece = Math.min(rest, this.asideEnd - this.formerAt, PIECE_BYTES);
      this.reserve(piece);
      if (this.formerEnd === 0) {
        this.length = start;
        return false;
      }
      const from = this.formerAt + this.asideShift;
      this.bytes.copyWithin(this.length, from, from + piece);
      this.length += piece;
      this.formerAt += piece;
      rest -= piece;
    }
    this.setLimit();
    return true;
  }

  private setLimit(): void {
    const at = Math.max(this.formerAt, this.asideEnd);
    this.limit = at < this.formerEnd ? at : this.room;
  }

  private makeRoom(needed: number): void {
    while (needed > this.limit && this.limit < this.room) if (!this.putAside()) this.forget();
    if (needed > this.limit) this.grow(needed);
  }

  /** Puts a piece of the former text aside. False when there is no room for it. */
  private putAside(): boolean {
    const { bytes, room } = this;
    const at = Math.max(this.formerAt, this.asideEnd);
    const piece = Math.min(PIECE_BYTES, this.formerEnd - at);
    const standing = at - this.formerAt;
    if (standing + piece > ASIDE_BYTES) return false;
    let to = standing === 0 ? room : at + this.asideShift;
    if (to + piece > room + ASIDE_BYTES) {
      bytes.copyWithin(room, this.formerAt + this.asideShift, at + this.asideShift);
      to = room + standing;
    }
    bytes.copyWithin(to, at, at + piece);
    this.asideShift = to - at;
    this.asideEnd = at + piece;
    this.setLimit();
    return true;
  }

  private grow(needed: number): void {
    const { bytes, room } = this;
    this.room = Math.max(needed, 2 * room);
    const grown = Buffer.allocUnsafeSlow(this.room + ASIDE_BYTES);
    // What is left of the former text stands aside, all of it.
    grown.set(bytes.subarray(0, this.length));
    if (this.formerAt < this.asideEnd) grown.set(bytes.subarray(room), this.room);
    this.asideShift += this.room - room;
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    this.limit = this.room;
  }
}
