/**
 * Text buffer: bytes of an exposition, written in place.
 *
 * Copies go eight bytes at a time, as doubles through DataViews, which load and store unaligned; measured in bench/scrape
 * at a third of the cost of any other copy of this length. A double that is a NaN might come out with other bits, but a
 * NaN needs a byte of 0xF0 or more followed by 0x7F or 0xFF, which valid UTF-8 does not contain - so everything here is
 * valid UTF-8, up to the zeros behind it. A copy may write up to seven bytes past its end; the next write replaces them.
 */

const LF = 0x0a;
const SPACE = 0x20;
const MINUS = 0x2d;
const POINT = 0x2e;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LETTER_N = 0x6e;

/** Kept behind every buffer for what a copy reads or writes past its end. */
const SLACK_BYTES = 16;
const NUMBER_BYTES_MAX = 32;
/** From here on a copy by the engine is worth the view that it takes. */
const WIDE_COPY_BYTES = 262_144;
/** What JavaScript prints without an exponent, with 15 digits at most and few of them behind the point. */
const DECIMAL_MIN = 1e-6;
const DECIMAL_END = 1e15;
const DECIMALS_MAX = 6;
const POWERS_OF_TEN = Float64Array.from({ length: DECIMALS_MAX + 1 }, (_, places) => 10 ** places);
const BILLION = 1e9;
const BILLION_DIGITS = 9;
const encoder = new TextEncoder();

const DIGIT_PAIRS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  DIGIT_PAIRS[2 * i] = 0x30 + Math.floor(i / 10);
  DIGIT_PAIRS[2 * i + 1] = 0x30 + (i % 10);
}

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
export class TextBuffer {
  length = 0;
  /** Another one when other bytes are written where these were. */
  generation = 0;
  private bytes: Uint8Array;
  private view: DataView;
  private readonly lone = new Float64Array(1);

  constructor(capacity: number) {
    // Not from the pool, and not zeroed: every byte that is read has been written.
    this.bytes = Buffer.allocUnsafeSlow(capacity + SLACK_BYTES);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes of the memory that there is now. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** Starts over in the same memory. */
  clear(): void {
    this.length = 0;
    this.generation++;
  }

  /** The bytes written so far: a view that the next clear and writes change. */
  finish(): Uint8Array {
    // Valid UTF-8 and zeros: a copy may read past the end.
    this.view.setFloat64(this.length, 0, true);
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for `bytes` and a number; the writes below do not check by themselves. */
  reserve(bytes: number): void {
    const needed = this.length + bytes + NUMBER_BYTES_MAX + SLACK_BYTES;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
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

  /** Bytes of another buffer, which is finished. Makes its own room. */
  copyOf(source: TextBuffer, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    if (length < WIDE_COPY_BYTES) {
      this.copyLong(source.view, from, length);
      return;
    }
    this.bytes.set(source.bytes.subarray(from, to), this.length);
    this.length += length;
  }

  private copyLong(source: DataView, at: number, length: number): void {
    const { view } = this;
    const to = this.length;
    let i = 0;
    for (; i + 32 <= length; i += 32) {
      view.setFloat64(to + i, source.getFloat64(at + i, true), true);
      view.setFloat64(to + i + 8, source.getFloat64(at + i + 8, true), true);
      view.setFloat64(to + i + 16, source.getFloat64(at + i + 16, true), true);
      view.setFloat64(to + i + 24, source.getFloat64(at + i + 24, true), true);
    }
    for (; i < length; i += 8) view.setFloat64(to + i, source.getFloat64(at + i, true), true);
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
    const value = values[index]!;
    if (value >= 0 && value <= 0xffff_ffff && value === value >>> 0) this.digits(value);
    else if (!this.decimalOf(values, index)) this.ascii(numberText(value));
  }

  /**
   * Writes a number of few decimals without making a text of it; false for one that has more, and nothing is written.
   *
   * An integer of up to 15 digits, divided by a power of ten below 10^22, is the double that its decimal reads as: both are
   * exact, and the quotient is rounded once. No two decimals of 15 digits are one double, so the first that comes back as
   * the value is the shortest there is.
   */
  private decimalOf(values: Float64Array, index: number): boolean {
    const value = values[index]!;
    const magnitude = Math.abs(value);
    if (!(magnitude >= DECIMAL_MIN && magnitude < DECIMAL_END)) return false;
    const whole = Math.floor(magnitude);
    for (let places = 0; places <= DECIMALS_MAX; places++) {
      const power = POWERS_OF_TEN[places]!;
      const scaled = Math.round(magnitude * power);
      if (scaled >= DECIMAL_END) return false;
      if (scaled / power !== magnitude) continue;
      if (value < 0) this.bytes[this.length++] = MINUS;
      this.whole(whole);
      if (places === 0) return true;
      this.bytes[this.length++] = POINT;
      this.padded(scaled - whole * power, places);
      return true;
    }
    return false;
  }

  /** An integer of up to 15 digits. */
  private whole(value: number): void {
    if (value <= 0xffff_ffff) {
      this.digits(value);
      return;
    }
    const upper = Math.floor(value / BILLION);
    this.digits(upper);
    this.padded(value - upper * BILLION, BILLION_DIGITS);
  }

  /** An integer with zeros before it. */
  private padded(value: number, width: number): void {
    const { bytes, length } = this;
    let rest = value;
    for (let at = length + width - 1; at >= length; at--) {
      const quotient = Math.trunc(rest / 10);
      bytes[at] = 0x30 + rest - quotient * 10;
      rest = quotient;
    }
    this.length = length + width;
  }

  private digits(value: number): void {
    const { bytes } = this;
    let end = this.length + digitCount(value);
    this.length = end;
    let rest = value;
    while (rest >= 100) {
      const quotient = Math.trunc(rest / 100);
      const pair = (rest - quotient * 100) * 2;
      rest = quotient;
      bytes[--end] = DIGIT_PAIRS[pair + 1]!;
      bytes[--end] = DIGIT_PAIRS[pair]!;
    }
    if (rest >= 10) {
      bytes[--end] = DIGIT_PAIRS[rest * 2 + 1]!;
      bytes[--end] = DIGIT_PAIRS[rest * 2]!;
    } else bytes[--end] = 0x30 + rest;
  }

  private ascii(text: string): void {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[this.length + i] = text.charCodeAt(i);
    this.length += text.length;
  }
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

/** A number in the spelling of the text formats. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function digitCount(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1_000 ? 3 : value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  return value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10;
}
