/** Byte reader: what a byte writer has written. Never reads beyond the end, and every read takes at least one byte. */
import { SnapshotFormatError } from '../errors.js';
import { DOUBLE_BYTES, DOUBLE_FOLLOWS, LENGTH_BYTES_MAX } from './byte-writer.js';

const SHORT_TEXT_BYTES = 24;

export class ByteReader {
  private readonly view: DataView;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  /** An integer in 0..2^53-1. @throws SnapshotFormatError as all methods */
  lengthOf(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return this.checkedLength(value);
      factor *= 0x80;
    }
    throw this.refused(`a length has more than ${LENGTH_BYTES_MAX} bytes`);
  }

  /** How many of something follow that take at least `bytesEach` each. */
  count(bytesEach = 1): number {
    const count = this.lengthOf();
    if (count * bytesEach > this.left) {
      throw this.refused(`${count} items are announced where ${this.left} bytes are left`);
    }
    return count;
  }

  number(): number {
    const value = this.lengthOf();
    if (value % 2 === 0) return value / 2;
    if (value !== DOUBLE_FOLLOWS) throw this.refused(`a number starts with ${value}`);
    return this.view.getFloat64(this.take(DOUBLE_BYTES), true);
  }

  text(): string {
    const length = this.count();
    const start = this.take(length);
    const ascii = length <= SHORT_TEXT_BYTES ? this.asciiAt(start, start + length) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return this.decoder.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.refused('a text is no UTF-8');
    }
  }

  word(): number {
    return this.view.getUint32(this.take(4), true);
  }

  refused(problem: string): SnapshotFormatError {
    return new SnapshotFormatError(
      `a snapshot of ${this.bytes.length} bytes cannot be read: before byte ${this.at}, ${problem}`,
    );
  }

  /** Most label values are short, and a decoder takes several times as long as this for them. */
  private asciiAt(start: number, end: number): string | undefined {
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = this.bytes[at]!;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private checkedLength(value: number): number {
    if (Number.isSafeInteger(value)) return value;
    throw this.refused('a length is above 2^53-1');
  }

  private take(count: number): number {
    if (count > this.left) throw this.refused(`it ends where ${count} more bytes were expected`);
    const { at } = this;
    this.at += count;
    return at;
  }
}
