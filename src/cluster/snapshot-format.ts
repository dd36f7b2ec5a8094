/**
 * Snapshot format: the values of a process as bytes, for the trip to another one.
 *
 *     magic "TTPS" | format u8 | body length u32 | checksum of the body u32 | body
 *
 *     body        families: length, each:   definition, JSON text
 *                                           series: length, each a series
 *     series      flags u8                  1 overflow, 2 thread, 4 buckets, 8 exemplars
 *                 labels                    a text for each label name; none in the overflow series
 *                 created                   number, ms since 1970
 *                 thread                    text, if flagged
 *                 numbers                   see process-snapshot.ts; how many follows from the definition
 *                 buckets, if flagged       schema + 4 u8 | zero count | low and counts of positives | of negatives
 *                 exemplars, if flagged     length, each: bucket length (0 native) | value | seconds | labels
 *
 * Lengths, numbers and texts as in byte-writer.ts. A low index is the number (index + LOW_BIAS).
 *
 * Promises  What was written is read. A text that is no UTF-16 loses its lone surrogates, as it does in an arena. Bytes
 *           of another format, damaged or cut ones are refused by SnapshotFormatError: the checksum finds what chance
 *           does, and every count is checked against the bytes that are left, so that no damage is worth more memory
 *           or time than its bytes.
 */
import { SnapshotFormatError } from '../errors.js';
import { FINEST_INDEX_MAX, SCHEMA_MAX, SCHEMA_MIN } from '../memory/exponential-index.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { DefinitionPool } from './definition-pool.js';
import { numberCountOf } from './process-snapshot.js';
import type { FamilyPart, SeriesPart } from './process-snapshot.js';
import { SNAPSHOT_FORMAT } from './snapshot-version.js';

const MAGIC = Uint8Array.of(0x54, 0x54, 0x50, 0x53);
const FORMAT_AT = MAGIC.length;
const HEAD_BYTES = FORMAT_AT + 1 + 4 + 4;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const IS_OVERFLOW = 1;
const HAS_THREAD = 2;
const HAS_BUCKETS = 4;
const HAS_EXEMPLARS = 8;
const FLAGS_MAX = 15;

/** Makes every index that there is positive: those of the smallest doubles are about as far below 0. */
const LOW_BIAS = 2 * FINEST_INDEX_MAX;

export function encodeSnapshot(families: readonly FamilyPart[]): Uint8Array {
  const body = new ByteWriter();
  body.lengthOf(families.length);
  for (const family of families) writeFamily(body, family);
  const bytes = body.written();
  const out = new ByteWriter();
  out.raw(MAGIC);
  out.byte(SNAPSHOT_FORMAT);
  out.word(bytes.length);
  out.word(checksumOf(bytes));
  out.raw(bytes);
  return out.written().slice();
}

/**
 * @param pool definitions that were read before
 * @throws SnapshotFormatError saying what is wrong, and for another format which one it is and which one is read
 */
export function decodeSnapshot(bytes: Uint8Array, pool: DefinitionPool): FamilyPart[] {
  checkHead(bytes);
  const reader = new ByteReader(bytes.subarray(HEAD_BYTES));
  const families: FamilyPart[] = [];
  for (let left = reader.count(); left > 0; left--) families.push(readFamily(reader, pool));
  if (reader.left > 0) throw reader.refused(`${reader.left} bytes follow its end`);
  return families;
}

function checkHead(bytes: Uint8Array): void {
  const refuse = (problem: string): never => {
    throw new SnapshotFormatError(`these ${bytes.length} bytes are no snapshot: ${problem}`);
  };
  if (bytes.length < HEAD_BYTES) refuse(`the head alone has ${HEAD_BYTES}`);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) refuse('they do not start as one does');
  const format = bytes[FORMAT_AT]!;
  if (format !== SNAPSHOT_FORMAT) {
    throw new SnapshotFormatError(
      `a snapshot has format ${format}, this process reads format ${SNAPSHOT_FORMAT}; ` +
        'run one version of threadtally in the primary and in all workers',
    );
  }
  const head = new ByteReader(bytes.subarray(FORMAT_AT + 1));
  const length = head.word();
  const checksum = head.word();
  const body = bytes.subarray(HEAD_BYTES);
  if (body.length !== length) refuse(`their body has ${body.length}, and ${length} by its head`);
  if (checksumOf(body) !== checksum) refuse('they do not have the checksum that their head names');
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
export function checksumOf(bytes: Uint8Array): number {
  let hash = FNV_BASIS;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash >>> 0;
}

function writeFamily(out: ByteWriter, { descriptor, series }: FamilyPart): void {
  out.text(JSON.stringify(descriptor));
  out.lengthOf(series.length);
  for (const one of series) writeSeries(out, one);
}

function readFamily(reader: ByteReader, pool: DefinitionPool): FamilyPart {
  const text = reader.text();
  const descriptor = pool.find(text);
  if (descriptor === undefined) throw reader.refused('a definition is none');
  const series: SeriesPart[] = [];
  for (let left = reader.count(); left > 0; left--) series.push(readSeries(reader, descriptor));
  return { descriptor, series };
}

function writeSeries(out: ByteWriter, series: SeriesPart): void {
  const { labels, isOverflow, thread, numbers, buckets, exemplars } = series;
  out.byte(
    (isOverflow ? IS_OVERFLOW : 0) |
      (thread === undefined ? 0 : HAS_THREAD) |
      (buckets === undefined ? 0 : HAS_BUCKETS) |
      (exemplars.length === 0 ? 0 : HAS_EXEMPLARS),
  );
  if (!isOverflow) for (const label of labels) out.text(label);
  out.number(series.createdMs);
  if (thread !== undefined) out.text(thread);
  for (const number of numbers) out.number(number);
  if (buckets !== undefined) writeBuckets(out, buckets);
  if (exemplars.length > 0) writeExemplars(out, exemplars);
}

function readSeries(reader: ByteReader, descriptor: FamilyDescriptor): SeriesPart {
  const flags = reader.byte();
  if (flags > FLAGS_MAX) throw reader.refused(`a series has the flags ${flags}`);
  const isOverflow = (flags & IS_OVERFLOW) !== 0;
  const labels: string[] = [];
  if (!isOverflow) for (const _ of descriptor.labelNames) labels.push(reader.text());
  const createdMs = reader.number();
  const thread = (flags & HAS_THREAD) === 0 ? undefined : reader.text();
  const numbers: number[] = [];
  for (let left = numberCountOf(descriptor); left > 0; left--) numbers.push(reader.number());
  const hasBuckets = (flags & HAS_BUCKETS) !== 0;
  if (hasBuckets !== (descriptor.sketch !== null)) {
    throw reader.refused(
      `a series of ${descriptor.name} ${hasBuckets ? 'has' : 'lacks'} exponential buckets`,
    );
  }
  const buckets = hasBuckets ? readBuckets(reader) : undefined;
  const exemplars = (flags & HAS_EXEMPLARS) === 0 ? [] : readExemplars(reader);
  return { labels, isOverflow, createdMs, thread, numbers, buckets, exemplars };
}

function writeBuckets(out: ByteWriter, buckets: MergedBuckets): void {
  const { positiveCount, negativeCount, counts } = buckets;
  out.byte(buckets.schema - SCHEMA_MIN);
  out.number(buckets.zeroCount);
  out.lengthOf(positiveCount);
  out.lengthOf(negativeCount);
  if (positiveCount > 0) out.lengthOf(buckets.positiveLow + LOW_BIAS);
  if (negativeCount > 0) out.lengthOf(buckets.negativeLow + LOW_BIAS);
  for (let i = 0; i < positiveCount + negativeCount; i++) out.number(counts[i]!);
}

function readBuckets(reader: ByteReader): MergedBuckets {
  const schema = reader.byte() + SCHEMA_MIN;
  if (schema > SCHEMA_MAX) throw reader.refused(`exponential buckets have schema ${schema}`);
  const zeroCount = reader.number();
  const positiveCount = reader.count();
  const negativeCount = reader.count();
  const positiveLow = readLow(reader, positiveCount);
  const negativeLow = readLow(reader, negativeCount);
  if (positiveCount + negativeCount > reader.left) throw reader.refused('exponential buckets are missing');
  const counts = new Float64Array(positiveCount + negativeCount);
  for (let i = 0; i < counts.length; i++) counts[i] = reader.number();
  const count = counts.reduce((sum, one) => sum + one, zeroCount);
  return { schema, zeroCount, count, positiveLow, positiveCount, negativeLow, negativeCount, counts };
}

/** Index of the first of so many buckets; 0 when there are none. */
function readLow(reader: ByteReader, bucketCount: number): number {
  if (bucketCount === 0) return 0;
  const low = reader.lengthOf() - LOW_BIAS;
  if (low + bucketCount > LOW_BIAS) throw reader.refused(`an exponential bucket has the index ${low}`);
  return low;
}

function writeExemplars(out: ByteWriter, exemplars: readonly ExemplarReading[]): void {
  out.lengthOf(exemplars.length);
  for (const { bucket, labels, value, timestampSeconds } of exemplars) {
    const entries = Object.entries(labels);
    out.lengthOf(bucket === 'native' ? 0 : bucket + 1);
    out.number(value);
    out.number(timestampSeconds);
    out.lengthOf(entries.length);
    for (const entry of entries) entry.forEach(text => out.text(text));
  }
}

function readExemplars(reader: ByteReader): ExemplarReading[] {
  const exemplars: ExemplarReading[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const place = reader.lengthOf();
    const value = reader.number();
    const timestampSeconds = reader.number();
    const entries: [string, string][] = [];
    for (let labels = reader.count(); labels > 0; labels--) entries.push([reader.text(), reader.text()]);
    const bucket = place === 0 ? 'native' : place - 1;
    exemplars.push({ bucket, labels: Object.fromEntries(entries), value, timestampSeconds });
  }
  return exemplars;
}
