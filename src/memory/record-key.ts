/**
 * Record key: the bytes that identify a family or a series in the index.
 *
 * Layout    family: 'F' | name bytes.   series: 'S' | family slot u32 | family sequence u32 | for each label name of the
 *           family, in its order: value length u16 | value bytes (UTF-8). A missing label has length 0, as an empty one:
 *           Prometheus does not tell them apart.
 * Promises  Two label sets have equal keys only when they have equal values: lengths stand before the values, so no
 *           separator can be imitated. The family's sequence number keeps the series of a removed family apart from
 *           those of its successor under the same name.
 *
 * One object per attachment, reused: building a key allocates nothing.
 */
import type { SlotIndex } from './layout.js';

const FAMILY_TAG = 0x46;
const SERIES_TAG = 0x53;
/** Bytes before the first label value of a series key. */
export const SERIES_KEY_PREFIX_BYTES = 9;
/** Where the family's sequence number stands in a series key. */
export const SERIES_KEY_SEQUENCE_OFFSET = 5;
export const FAMILY_KEY_PREFIX_BYTES = 1;
export const LENGTH_BYTES = 2;

const encoder = new TextEncoder();

export class RecordKey {
  readonly bytes: Uint8Array;
  length = 0;
  /** Of these bytes, unless they have changed since. */
  private hashed = 0;
  private isHashed = false;

  constructor(
    bytesMax: number,
    private readonly seed: number,
  ) {
    this.bytes = new Uint8Array(bytesMax);
  }

  setFamily(name: string): void {
    this.isHashed = false;
    this.bytes[0] = FAMILY_TAG;
    this.length = FAMILY_KEY_PREFIX_BYTES + this.writeText(name, FAMILY_KEY_PREFIX_BYTES);
  }

  startSeries(family: SlotIndex, familySequence: number): void {
    this.isHashed = false;
    this.bytes[0] = SERIES_TAG;
    this.length = 1;
    this.appendU32(family);
    this.appendU32(familySequence);
  }

  appendValue(value: string): void {
    this.isHashed = false;
    const written = this.writeText(value, this.length + LENGTH_BYTES);
    this.bytes[this.length] = written & 0xff;
    this.bytes[this.length + 1] = written >>> 8;
    this.length += LENGTH_BYTES + written;
  }

  /** 32-bit hash of the key, seeded per arena so that label values from outside cannot be chosen to collide. */
  hash(): number {
    // Asked for by the lookup, and again by the publication that follows when it found nothing.
    if (this.isHashed) return this.hashed;
    this.hashed = this.hashOfBytes();
    this.isHashed = true;
    return this.hashed;
  }

  private hashOfBytes(): number {
    const { bytes, length } = this;
    let hash = this.seed | 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x0100_0193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    return hash ^ (hash >>> 16);
  }

  /** Takes over the bytes of a key that stands in an arena. */
  load(bytes: Uint8Array, offset: number, length: number): void {
    this.isHashed = false;
    this.length = Math.min(length, this.bytes.length);
    for (let i = 0; i < this.length; i++) this.bytes[i] = bytes[offset + i]!;
  }

  /** Writes the key into an arena, without a view of its own, which would be the largest object made for a series. */
  copyTo(bytes: Uint8Array, offset: number): void {
    for (let i = 0; i < this.length; i++) bytes[offset + i] = this.bytes[i]!;
  }

  equalsAt(bytes: Uint8Array, offset: number, length: number): boolean {
    if (length !== this.length) return false;
    for (let i = 0; i < length; i++) if (bytes[offset + i] !== this.bytes[i]) return false;
    return true;
  }

  private appendU32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.bytes[this.length++] = (value >>> shift) & 0xff;
  }

  /** Writes UTF-8 at `at`, lone surrogates as U+FFFD; returns the number of bytes. */
  private writeText(text: string, at: number): number {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
      bytes[at + i] = code;
    }
    return text.length;
  }
}

/** Gets the bytes from `start` to `end`, UTF-8, of the label value with this index. */
export type LabelValueVisitor = (bytes: Uint8Array, start: number, end: number, index: number) => void;

/** Visits the label values in a series key that stands at `start` in `bytes`, without making strings of them. */
export function visitSeriesValues(
  bytes: Uint8Array,
  start: number,
  length: number,
  visit: LabelValueVisitor,
): void {
  const end = start + length;
  let at = start + SERIES_KEY_PREFIX_BYTES;
  for (let index = 0; at < end; index++) {
    const valueStart = at + LENGTH_BYTES;
    at = valueStart + (bytes[at]! | (bytes[at + 1]! << 8));
    visit(bytes, valueStart, at, index);
  }
}

/** The bytes that a series must have for each label name; undefined where any value will do. */
export type WantedValues = readonly (Uint8Array | undefined)[];

/** Label values as keys hold them. The longest may be longer than any key: it equals none then. */
export function wantedValues(values: readonly (string | undefined)[]): WantedValues {
  return values.map(value => (value === undefined ? undefined : encoder.encode(value)));
}

/** True when the series key that stands at `start` in `bytes` has the wanted values. Allocates nothing. */
export function hasSeriesValues(
  bytes: Uint8Array,
  start: number,
  length: number,
  wanted: WantedValues,
): boolean {
  const end = start + length;
  let at = start + SERIES_KEY_PREFIX_BYTES;
  for (const value of wanted) {
    if (at >= end) return false;
    const valueStart = at + LENGTH_BYTES;
    at = valueStart + (bytes[at]! | (bytes[at + 1]! << 8));
    if (value !== undefined && !isAt(bytes, valueStart, at, value)) return false;
  }
  return true;
}

function isAt(bytes: Uint8Array, start: number, end: number, value: Uint8Array): boolean {
  if (end - start !== value.length) return false;
  for (let i = 0; i < value.length; i++) if (bytes[start + i] !== value[i]) return false;
  return true;
}

/** The label values in a series key that stands at `start` in `bytes`, in the order of the family's label names. */
export function decodeSeriesValues(bytes: Buffer, start: number, length: number): string[] {
  const values: string[] = [];
  const end = start + length;
  let at = start + SERIES_KEY_PREFIX_BYTES;
  while (at < end) {
    const valueBytes = bytes.readUInt16LE(at);
    at += LENGTH_BYTES;
    values.push(bytes.toString('utf8', at, at + valueBytes));
    at += valueBytes;
  }
  return values;
}
