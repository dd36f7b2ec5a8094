/**
 * Text buffer: bytes of an exposition, written in place.
 *
 * Copies go eight bytes at a time, as doubles through DataViews, which load and store unaligned; measured in bench/scrape
 * at a third of the cost of any other copy of this length. A double that is a NaN might come out with other bits, but a
 * NaN needs a byte of 0xF0 or more followed by 0x7F or 0xFF, which valid UTF-8 does not contain - so everything here is
 * valid UTF-8, up to the zeros behind it. A copy may write up to seven bytes past its end; the next write replaces them.
 */
import { SLACK_BYTES, TextMemory } from './text-memory.js';
import { NUMBER_BYTES_MAX, replaceNumber, writeNumber } from './text-numbers.js';

const LF = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LETTER_N = 0x6e;

const encoder = new TextEncoder();

/** Bytes that are written once and copied often: `at` and `length` name a piece of them. */
export class Fragments {
  bytes = new Uint8Array(4_096);
  view = new DataView(this.bytes.buffer);
  length = 0;

  /** Adds a text and returns where it starts; it ends at the new `length`. */
  add(text: string): number {
    const at = this.length;
    this.reserve(text.length * 3);
    this.length += writeText(text, this.bytes, at);
    return at;
  }

  addFragment({ view, at, length }: Fragment): void {
    this.reserve(length);
    copyText(view, at, this.view, this.length, length);
    this.length += length;
  }

  addByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Adds UTF-8 that stands elsewhere, as a label value: backslash, quote and line feed get a backslash. */
  addEscaped(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 2);
    const { bytes } = this;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const byte = source[i]!;
      if (byte === BACKSLASH || byte === QUOTE || byte === LF) bytes[at++] = BACKSLASH;
      bytes[at++] = byte === LF ? LETTER_N : byte;
    }
    this.length = at;
  }

  clear(): void {
    this.length = 0;
  }

  /** Copies all of it, and zeros up to the next multiple of eight. */
  copyTo(target: DataView, at: number): void {
    const { view, length } = this;
    // What is left behind the end may begin in the middle of a character.
    view.setFloat64(length, 0);
    copyText(view, 0, target, at, length);
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    const needed = this.length + bytes + SLACK_BYTES;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** A fragment that belongs to nothing else: a line head, a bucket label. */
export interface Fragment {
  readonly view: DataView;
  readonly at: number;
  readonly length: number;
  /** True after `name{le="0.1"`: what follows in the braces needs a comma. */
  readonly endsInLabel: boolean;
}

export function fragmentOf(text: string): Fragment {
  const encoded = encoder.encode(text);
  const bytes = new Uint8Array(encoded.length + SLACK_BYTES);
  bytes.set(encoded);
  return { view: new DataView(bytes.buffer), at: 0, length: encoded.length, endsInLabel: text.endsWith('"') };
}

/** The growing output of one rendering. */
export class TextBuffer extends TextMemory {
  private readonly lone = new Float64Array(1);

  /** Makes room for `bytes` and a number; the writes below do not check by themselves. */
  override reserve(bytes: number): void {
    super.reserve(bytes + NUMBER_BYTES_MAX);
  }

  fragment(fragment: Fragment): void {
    this.copy(fragment.view, fragment.at, fragment.length);
  }

  copy(source: DataView, at: number, length: number): void {
    const { view } = this;
    const to = this.length;
    for (let i = 0; i < length; i += 8) view.setFloat64(to + i, source.getFloat64(at + i, true), true);
    this.length = to + length;
  }

  /** A whole line: what stands before the value, the value, LF. Makes its own room. */
  line(source: DataView, at: number, length: number, value: number): void {
    this.reserve(length);
    this.copy(source, at, length);
    this.number(value);
    this.bytes[this.length++] = LF;
  }

  /** As line(), of a number in an array, see numberOf(). */
  lineOf(source: DataView, at: number, length: number, values: Float64Array, index: number): void {
    this.reserve(length);
    this.copy(source, at, length);
    this.numberOf(values, index);
    this.bytes[this.length++] = LF;
  }

  /** A whole line of a series with labels: `head` ends before its labels, or after one of its own and needs a comma. */
  labelledLine(head: Fragment, labels: DataView, at: number, length: number, value: number): void {
    this.labelledHead(head, labels, at, length);
    this.number(value);
    this.bytes[this.length++] = LF;
  }

  /** What stands before the value of labelledLine(), and room for that. */
  labelledHead(head: Fragment, labels: DataView, at: number, length: number): void {
    this.reserve(head.length + length + 4);
    this.copy(head.view, head.at, head.length);
    if (length > 0) {
      if (head.endsInLabel) this.bytes[this.length++] = COMMA;
      this.copy(labels, at, length);
    }
    this.bytes[this.length++] = CLOSE_BRACE;
    this.bytes[this.length++] = SPACE;
  }

  /** Puts a text at the end of the line that was written last, before its LF. Makes its own room. */
  endLine(text: string): void {
    this.length--;
    this.text(text);
    this.bytes[this.length++] = LF;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.length += writeText(text, this.bytes, this.length);
  }

  /** A number as JavaScript prints it, which is the shortest text that reads back equal; `+Inf`, `-Inf`, `NaN`. */
  number(value: number): void {
    this.lone[0] = value;
    this.numberOf(this.lone, 0);
  }

  /** As number(), of one in an array: passed as an argument it might be made an object on the way. */
  numberOf(values: Float64Array, index: number): void {
    this.length = writeNumber(this.bytes, this.length, values, index);
  }

  /**
   * Puts a number in the place of one that was written, or taken over, before. False when that is not as long, and nothing
   * is written.
   *
   * @param end where the number ends
   */
  replaceNumber(end: number, values: Float64Array, index: number): boolean {
    return replaceNumber(this.bytes, end, values, index);
  }
}

/** Reads and writes up to seven bytes past the end. */
function copyText(source: DataView, from: number, target: DataView, to: number, length: number): void {
  for (let i = 0; i < length; i += 8) target.setFloat64(to + i, source.getFloat64(from + i, true), true);
}

/** Writes UTF-8, lone surrogates as U+FFFD; returns the number of bytes. Text without other characters makes no garbage. */
function writeText(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + i] = code;
  }
  return text.length;
}
