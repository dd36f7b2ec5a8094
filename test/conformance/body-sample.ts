/** Body sample: a part of a large body that is an exposition itself, another one each time. */
import type { ConformanceFormat } from './rules.js';

export interface BodySample {
  readonly bytes: Uint8Array;
  /** The last series may lack some of its samples. */
  readonly isCut: boolean;
  /** Bytes of the body that are not in the sample. */
  readonly leftOut: number;
}

type Range = readonly [start: number, end: number];

const LF = 0x0a;
const EOF = '# EOF\n';
/** Turns are spread over the families: neighbours in a body are often alike. */
const STRIDE = 7;

/**
 * Whole families, as many as fit into `bytesMax`; of one that does not fit its beginning.
 *
 * @param turn chooses the families: a counter of the caller
 */
export function sampleOf(
  body: Uint8Array,
  format: ConformanceFormat,
  bytesMax: number,
  turn: number,
): BodySample {
  if (body.length <= bytesMax) return { bytes: body, isCut: false, leftOut: 0 };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const families = format === 'protobuf' ? messagesIn(bytes) : familiesIn(bytes, format);
  const first = (turn * STRIDE) % families.length;
  const chosen: Range[] = [];
  let size = 0;
  for (let i = 0; i < families.length; i++) {
    const range = families[(first + i) % families.length]!;
    const length = range[1] - range[0];
    if (size + length > bytesMax) break;
    chosen.push(range);
    size += length;
  }
  const isCut = chosen.length === 0;
  const parts = isCut
    ? [beginningOf(bytes, families[first]!, format, bytesMax)]
    : chosen.sort(([a], [b]) => a - b).map(([start, end]) => bytes.subarray(start, end));
  // What is behind the last family says that the body is whole: its end stays.
  if (format === 'openmetrics-1.0.0') parts.push(bytes.subarray(bytes.lastIndexOf(LF, bytes.length - 2) + 1));
  const sample = Buffer.concat(parts);
  return { bytes: sample, isCut, leftOut: Math.max(0, body.length - sample.length) };
}

function familiesIn(bytes: Buffer, format: ConformanceFormat): Range[] {
  const opening = format === 'openmetrics-1.0.0' ? '\n# TYPE ' : '\n# HELP ';
  const starts = [0];
  for (let at = bytes.indexOf(opening); at >= 0; at = bytes.indexOf(opening, at + 1)) starts.push(at + 1);
  const end =
    format === 'openmetrics-1.0.0' && bytes.subarray(-EOF.length).toString() === EOF ? EOF.length : 0;
  return starts.map((start, i) => [start, starts[i + 1] ?? bytes.length - end]);
}

function beginningOf(
  bytes: Buffer,
  [start, end]: Range,
  format: ConformanceFormat,
  bytesMax: number,
): Buffer {
  if (format !== 'protobuf') {
    const cut = bytes.lastIndexOf(LF, Math.min(end, start + bytesMax) - 1);
    return bytes.subarray(start, Math.max(start, cut + 1));
  }
  const [contentAt] = varintAt(bytes, start);
  let at = contentAt;
  for (let next = at; next <= end && next - contentAt <= bytesMax; next = fieldEnd(bytes, at)) {
    at = next;
    if (at >= end) break;
  }
  return Buffer.concat([Buffer.from(varintOf(at - contentAt)), bytes.subarray(contentAt, at)]);
}

function messagesIn(bytes: Buffer): Range[] {
  const ranges: Range[] = [];
  for (let at = 0; at < bytes.length;) {
    const [contentAt, length] = varintAt(bytes, at);
    // A length beyond the end is the checker's to find.
    const end = Math.min(bytes.length, contentAt + length);
    ranges.push([at, end]);
    at = end;
  }
  return ranges;
}

/** Where the field that starts at `at` ends: a family has none but integers and what has a length. */
function fieldEnd(bytes: Buffer, at: number): number {
  const [behindTag, tag] = varintAt(bytes, at);
  const [behind, value] = varintAt(bytes, behindTag);
  return (tag & 7) === 2 ? behind + value : behind;
}

function varintAt(bytes: Buffer, at: number): [end: number, value: number] {
  let [end, value, unit] = [at, 0, 1];
  for (;;) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return [end, value];
    unit *= 128;
  }
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}
