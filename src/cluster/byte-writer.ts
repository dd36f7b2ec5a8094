/**
 * Byte writer: numbers and texts in few bytes, one behind the other.
 *
 *     length      7 bits in each byte, the lowest first; the 8th says that another one follows
 *     number      an integer in 0..2^52-1 as the length of twice it; anything else as the length 1, then a double
 *     text        its length in UTF-8, then the bytes
 */
const FIRST_BYTES = 4_096;
/** Twice it is a length. */
export const SHORT_NUMBER_MAX = 2 ** 52 - 1;
/** The length of whatever is written as a double. */
export const DOUBLE_FOLLOWS = 1;
export const DOUBLE_BYTES = 8;
/** Shorter than a length of two bytes. An encoder takes several times as long for texts of this size. */
const SHORT_TEXT_MAX = 24;
/** Longest length in bytes. */
export const LENGTH_BYTES_MAX = 8;

export class ByteWriter {
  private bytes = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.bytes.buffer);
  private readonly encoder = new TextEncoder();
  length = 0;

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** @param value an integer in 0..2^53-1 */
  lengthOf(value: number): void {
    this.reserve(LENGTH_BYTES_MAX);
    while (value >= 0x80) {
      this.bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.bytes[this.length++] = value;
  }

  number(value: number): void {
    // The bits of -0 and of NaN arrive, too.
    if (value >= 0 && value <= SHORT_NUMBER_MAX && Number.isInteger(value) && !Object.is(value, -0)) {
      this.lengthOf(value * 2);
      return;
    }
    this.lengthOf(DOUBLE_FOLLOWS);
    this.reserve(DOUBLE_BYTES);
    this.view.setFloat64(this.length, value, true);
    this.length += DOUBLE_BYTES;
  }

  text(value: string): void {
    if (this.shortText(value)) return;
    const bytes = this.encoder.encode(value);
    this.lengthOf(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** @param value an integer in 0..2^32-1 */
  word(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Everything that was written, as a view. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Writes a text of a few characters that are ASCII. False for any other one. */
  private shortText(value: string): boolean {
    const { length } = value;
    if (length > SHORT_TEXT_MAX) return false;
    this.reserve(length + 1);
    const { bytes, length: at } = this;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at + 1 + i] = code;
    }
    bytes[at] = length;
    this.length = at + 1 + length;
    return true;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
