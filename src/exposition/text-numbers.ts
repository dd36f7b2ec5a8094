/**
 * Text numbers: numbers as the text formats spell them, written into bytes in place. Makes nothing for numbers of up to 15
 * digits, few of them behind the point.
 *
 * Numbers are taken from arrays: passed as an argument one might be made an object on the way.
 */

const SPACE = 0x20;
const MINUS = 0x2d;
const POINT = 0x2e;
/** The longest text of a number: sign, 17 digits, a point, an exponent. */
export const NUMBER_BYTES_MAX = 32;
/** What JavaScript prints without an exponent, with 15 digits at most and few of them behind the point. */
const DECIMAL_MIN = 1e-6;
const DECIMAL_END = 1e15;
const DECIMALS_MAX = 6;
const POWERS_OF_TEN = Float64Array.from({ length: DECIMALS_MAX + 1 }, (_, places) => 10 ** places);
const BILLION = 1e9;
const BILLION_DIGITS = 9;

const DIGIT_PAIRS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  DIGIT_PAIRS[2 * i] = 0x30 + Math.floor(i / 10);
  DIGIT_PAIRS[2 * i + 1] = 0x30 + (i % 10);
}

/** Where a number is written whose length must be known first. */
const aside = new Uint8Array(NUMBER_BYTES_MAX);

/**
 * Writes a number as JavaScript prints it, which is the shortest text that reads back equal; `+Inf`, `-Inf`, `NaN`.
 *
 * @returns where it ends
 */
export function writeNumber(bytes: Uint8Array, at: number, values: Float64Array, index: number): number {
  const value = values[index]!;
  if (value >= 0 && value <= 0xffff_ffff && value === value >>> 0) {
    const end = at + digitCount(value);
    putDigits(bytes, end, value);
    return end;
  }
  const end = writeDecimal(bytes, at, values, index);
  return end > at ? end : writeAscii(bytes, at, numberText(value));
}

/**
 * Puts a number in the place of one that was written before, behind a space. False when it is not as long as that one, and
 * nothing is written.
 *
 * @param end where the number ends
 */
export function replaceNumber(bytes: Uint8Array, end: number, values: Float64Array, index: number): boolean {
  // No number has a space in it.
  let at = end - 1;
  while (bytes[at - 1] !== SPACE) at--;
  const length = end - at;
  const value = values[index]!;
  if (value >= 0 && value <= 0xffff_ffff && value === value >>> 0) {
    if (digitCount(value) !== length) return false;
    putDigits(bytes, end, value);
    return true;
  }
  if (writeNumber(aside, 0, values, index) !== length) return false;
  for (let i = 0; i < length; i++) bytes[at + i] = aside[i]!;
  return true;
}

/**
 * Writes a number of few decimals without making a text of it. Returns where it ends; `at` for one that has more, and
 * nothing is written.
 *
 * An integer of up to 15 digits, divided by a power of ten below 10^22, is the double that its decimal reads as: both are
 * exact, and the quotient is rounded once. No two decimals of 15 digits are one double, so the first that comes back as
 * the value is the shortest there is.
 */
function writeDecimal(bytes: Uint8Array, at: number, values: Float64Array, index: number): number {
  const value = values[index]!;
  const magnitude = Math.abs(value);
  if (!(magnitude >= DECIMAL_MIN && magnitude < DECIMAL_END)) return at;
  const whole = Math.floor(magnitude);
  for (let places = 0; places <= DECIMALS_MAX; places++) {
    const power = POWERS_OF_TEN[places]!;
    const scaled = Math.round(magnitude * power);
    if (scaled >= DECIMAL_END) return at;
    if (scaled / power !== magnitude) continue;
    let end = at;
    if (value < 0) bytes[end++] = MINUS;
    end = writeWhole(bytes, end, whole);
    if (places === 0) return end;
    bytes[end++] = POINT;
    return writePadded(bytes, end, scaled - whole * power, places);
  }
  return at;
}

/** An integer of up to 15 digits. */
function writeWhole(bytes: Uint8Array, at: number, value: number): number {
  const isLong = value > 0xffff_ffff;
  const upper = isLong ? Math.floor(value / BILLION) : value;
  const end = at + digitCount(upper);
  putDigits(bytes, end, upper);
  return isLong ? writePadded(bytes, end, value - upper * BILLION, BILLION_DIGITS) : end;
}

/** An integer with zeros before it. */
function writePadded(bytes: Uint8Array, start: number, value: number, width: number): number {
  let rest = value;
  for (let at = start + width - 1; at >= start; at--) {
    const quotient = Math.trunc(rest / 10);
    bytes[at] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  return start + width;
}

/** An integer below 2^32, up to where it ends. */
function putDigits(bytes: Uint8Array, numberEnd: number, value: number): void {
  let end = numberEnd;
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

function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
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
