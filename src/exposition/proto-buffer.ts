/**
 * Proto buffer: the protobuf wire format (protobuf.dev/programming-guides/encoding), written from its end to its start.
 *
 *     |                free                | tag | length | content |  <- written so far, `length` bytes
 *                                          ^ the next write goes in front of it
 *
 * A message follows its length, and the length is known only when the message is written. Backwards the content comes
 * first: nothing is measured before, moved afterwards, or made for a message of its own.
 *
 * Copies go through 32-bit integers and not, as those of the text formats, through doubles: bytes that are no UTF-8 may
 * read as a NaN, of which the language does not promise to keep every bit.
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;

/** A field number and its wire type, as they stand before a value. */
export type Tag = number;

export function tagOf(field: number, wireType: number): Tag {
  return (field << 3) | wireType;
}

/** Bytes of the longest varint: 64 bits, seven in each byte. */
const VARINT_BYTES_MAX = 10;
export const DOUBLE_BYTES = 8;
const FRAGMENT_BYTES = 256;
const TWO_POW_28 = 2 ** 28;
const TWO_POW_32 = 2 ** 32;
export const FIXED64_BYTES = 8;
const NANOS_PER_MS = 1e6;
/** Of milliseconds since 1970: each half, in nanoseconds, has no more bits than a double. */
const LOW_MS_BITS = 20;
const LOW_MS = 2 ** LOW_MS_BITS;
const HIGH_STEP = 2 ** (32 - LOW_MS_BITS);

/** Bytes that are written once and copied often. */
export interface ProtoFragment {
  readonly view: DataView;
  readonly length: number;
}

/** Where the values of some metrics stand: `splits` behind their starts, which are so far from the end of all. */
export interface DoublePlaces {
  readonly starts: Uint32Array;
  readonly splits: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** The growing output of one rendering, or of one piece of it. */
export class ProtoBuffer {
  private bytes: Buffer;
  private view: DataView;
  /** Another one when other bytes are written where these were. */
  generation = 0;
  /** Index of the first byte that was written. */
  private at: number;

  constructor(capacity: number) {
    // Not from the pool, and not zeroed: every byte that is read has been written.
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = new DataView(this.bytes.buffer);
    this.at = capacity;
  }

  /** Bytes written so far. What it was at the end of a message is what message() is given at its start. */
  get length(): number {
    return this.bytes.length - this.at;
  }

  /** Bytes of the memory that there is now. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** Forgets what was written since `end`, an earlier `length`. */
  goBackTo(end: number): void {
    this.at = this.bytes.length - end;
  }

  /**
   * True while what was written in this generation stands here. The body of a rendering is its reader's, who may hand the
   * memory over to another thread: none is left here then.
   */
  holds(generation: number): boolean {
    return this.generation === generation && this.bytes.length > 0;
  }

  /** Starts over in the same memory. */
  clear(): void {
    this.at = this.bytes.length;
    this.generation++;
  }

  /** The bytes written so far: a view that the next clear and writes change. */
  finish(): Uint8Array {
    return this.bytes.subarray(this.at);
  }

  /** Makes everything since `end`, an earlier `length`, the content of a field: a message, or packed numbers. */
  message(tag: Tag, end: number): void {
    this.varint(this.length - end);
    this.varint(tag);
  }

  /** As message(), of a message that stands in no other: only its length goes before it. */
  delimited(end: number): void {
    this.varint(this.length - end);
  }

  doubleField(tag: Tag, value: number): void {
    if (this.at < DOUBLE_BYTES) this.grow(DOUBLE_BYTES);
    this.at -= DOUBLE_BYTES;
    this.view.setFloat64(this.at, value, true);
    this.varint(tag);
  }

  /** As doubleField(), of a number in an array: passed as an argument it might be made an object on the way. */
  doubleFieldOf(tag: Tag, values: Float64Array, index: number): void {
    if (this.at < DOUBLE_BYTES) this.grow(DOUBLE_BYTES);
    this.at -= DOUBLE_BYTES;
    this.view.setFloat64(this.at, values[index]!, true);
    this.varint(tag);
  }

  /** An integer from 0 to 2^64, as uint64, uint32 or int64. */
  uintField(tag: Tag, value: number): void {
    this.varint(value);
    this.varint(tag);
  }

  /** An integer of magnitude up to 2^63, as sint64 or sint32. */
  sintField(tag: Tag, value: number): void {
    this.zigzag(value);
    this.varint(tag);
  }

  /** An integer of magnitude up to 2^63, as int64: a negative one in two's complement. */
  int64Field(tag: Tag, value: number): void {
    if (value >= 0) this.varint(value);
    else {
      if (this.at < VARINT_BYTES_MAX) this.grow(VARINT_BYTES_MAX);
      this.longVarint(value >>> 0, Math.floor(value / TWO_POW_32) + TWO_POW_32);
    }
    this.varint(tag);
  }

  /** An integer from 0 to 2^64, as fixed64. */
  fixed64Field(tag: Tag, value: number): void {
    this.fixed64(value);
    this.varint(tag);
  }

  /** As fixed64Field(), without a tag: one of packed numbers. */
  fixed64(value: number): void {
    if (this.at < FIXED64_BYTES) this.grow(FIXED64_BYTES);
    this.at -= FIXED64_BYTES;
    this.view.setUint32(this.at, value >>> 0, true);
    this.view.setUint32(this.at + 4, Math.floor(value / TWO_POW_32), true);
  }

  /** A time, in whole milliseconds since 1970, as fixed64 in nanoseconds. */
  nanosField(tag: Tag, ms: number): void {
    if (this.at < FIXED64_BYTES) this.grow(FIXED64_BYTES);
    this.at -= FIXED64_BYTES;
    this.putNanos(0, ms);
    this.varint(tag);
  }

  /** One of packed doubles. */
  double(value: number): void {
    if (this.at < DOUBLE_BYTES) this.grow(DOUBLE_BYTES);
    this.at -= DOUBLE_BYTES;
    this.view.setFloat64(this.at, value, true);
  }

  /** A field of text. Lone surrogates become U+FFFD. */
  textField(tag: Tag, text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.at < bytes) this.grow(bytes);
    this.at -= bytes;
    this.bytes.write(text, this.at, bytes, 'utf8');
    this.varint(bytes);
    this.varint(tag);
  }

  /** A field of bytes that stand elsewhere. */
  bytesField(tag: Tag, source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.at < length) this.grow(length);
    this.at -= length;
    for (let i = 0; i < length; i++) this.bytes[this.at + i] = source[start + i]!;
    this.varint(length);
    this.varint(tag);
  }

  fragment({ view, length }: ProtoFragment): void {
    this.copy(view, 0, length);
  }

  /** Writes nothing past its end, where what was written before stands: the last copy overlaps the one before it. */
  copy(source: DataView, from: number, length: number): void {
    if (this.at < length) this.grow(length);
    this.at -= length;
    copyBytes(source, from, this.view, this.at, length);
  }

  /** Copies what was written so far to another memory. */
  copyTo(target: DataView, at: number): void {
    copyBytes(this.view, this.at, target, at, this.length);
  }

  /** Replaces a double that was written, or copied: `before` bytes of what was written so far stand before it. */
  putDoubleOf(before: number, values: Float64Array, index: number): void {
    this.view.setFloat64(this.at + before, values[index]!, true);
  }

  /** As putDoubleOf(), of a time in whole milliseconds since 1970. */
  putNanos(before: number, ms: number): void {
    const at = this.at + before;
    // Nanoseconds have more bits than a double: they are taken in two parts, of which the higher one is shifted.
    const high = Math.floor(ms / LOW_MS);
    const highNanos = high * NANOS_PER_MS;
    const shifted = Math.floor(highNanos / HIGH_STEP);
    const low = (highNanos - shifted * HIGH_STEP) * LOW_MS + (ms - high * LOW_MS) * NANOS_PER_MS;
    this.view.setUint32(at, low >>> 0, true);
    this.view.setUint32(at + 4, shifted + Math.floor(low / TWO_POW_32), true);
  }

  /** Copies what another buffer has between two of its lengths. */
  copyOf(source: ProtoBuffer, end: number, start: number): void {
    const bytes = start - end;
    if (this.at < bytes) this.grow(bytes);
    this.at -= bytes;
    const from = source.bytes.length - start;
    this.bytes.set(source.bytes.subarray(from, from + bytes), this.at);
  }

  /** Puts doubles into metrics that were copied: from the one at `index` on, and before it. `end` is where all metrics end. */
  putDoubles(end: number, places: DoublePlaces, values: Float64Array, index: number): void {
    const { view } = this;
    const { starts, splits, from, to } = places;
    const base = this.bytes.length - end;
    for (let i = from; i < to; i++)
      view.setFloat64(base - starts[i]! + splits[i]!, values[index + from - i]!, true);
  }

  /** An integer from 0 to 2^64. */
  varint(value: number): void {
    if (this.at < VARINT_BYTES_MAX) this.grow(VARINT_BYTES_MAX);
    if (value < 0x80) {
      this.bytes[--this.at] = value;
      return;
    }
    if (value >= TWO_POW_28) {
      this.longVarint(value >>> 0, Math.floor(value / TWO_POW_32));
      return;
    }
    const { bytes } = this;
    const size = value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
    this.at -= size;
    let rest = value;
    for (let i = 0; i < size - 1; i++) {
      bytes[this.at + i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.at + size - 1] = rest;
  }

  /** Zigzag: 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
  zigzag(value: number): void {
    const magnitude = Math.abs(value);
    if (magnitude < TWO_POW_28 / 2) {
      this.varint(value < 0 ? 2 * magnitude - 1 : 2 * magnitude);
      return;
    }
    if (this.at < VARINT_BYTES_MAX) this.grow(VARINT_BYTES_MAX);
    // Twice the magnitude less one may have more bits than a double: it is taken in two halves.
    const isNegative = value < 0;
    const low = magnitude >>> 0;
    const high = Math.floor(magnitude / TWO_POW_32);
    let doubledLow = (low << 1) >>> 0;
    let doubledHigh = high * 2 + (low >>> 31);
    if (isNegative) {
      if (doubledLow === 0) doubledHigh--;
      doubledLow = (doubledLow - 1) >>> 0;
    }
    this.longVarint(doubledLow, doubledHigh);
  }

  /** 64 bits in two halves, at least 2^28: rare in counts. */
  private longVarint(low: number, high: number): void {
    let size = 4;
    for (let rest = high * 16 + (low >>> 28); rest > 0; rest = Math.floor(rest / 128)) size++;
    this.at -= size;
    let [restLow, restHigh] = [low, high];
    for (let i = 0; i < size; i++) {
      this.bytes[this.at + i] = (restLow & 0x7f) | (i < size - 1 ? 0x80 : 0);
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
  }

  /** Makes room for `bytes` more; called where `at` says that there is none. */
  private grow(bytes: number): void {
    const { length } = this;
    const capacity = Math.max(length + bytes, this.bytes.length * 2);
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.finish(), capacity - length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    this.at = capacity - length;
  }
}

/** What `write` writes. */
export function fragmentOf(write: (out: ProtoBuffer) => void): ProtoFragment {
  const out = new ProtoBuffer(FRAGMENT_BYTES);
  write(out);
  const bytes = Uint8Array.from(out.finish());
  return { view: new DataView(bytes.buffer), length: bytes.length };
}

function copyBytes(source: DataView, from: number, target: DataView, to: number, length: number): void {
  if (length < 8) {
    for (let i = 0; i < length; i++) target.setUint8(to + i, source.getUint8(from + i));
    return;
  }
  const last = length - 8;
  for (let i = 0; i < last; i += 8) {
    target.setInt32(to + i, source.getInt32(from + i, true), true);
    target.setInt32(to + i + 4, source.getInt32(from + i + 4, true), true);
  }
  target.setInt32(to + last, source.getInt32(from + last, true), true);
  target.setInt32(to + last + 4, source.getInt32(from + last + 4, true), true);
}
