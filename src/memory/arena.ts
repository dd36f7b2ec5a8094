/**
 * Arena: the one SharedArrayBuffer of a registry, and typed views over it.
 *
 * Layout    see layout.ts.
 * Writers   createArena: the creating thread, before anyone else can see the buffer.
 * Readers   attachArena: any thread.
 * Promises  An attach refuses a buffer that is no arena, has another layout version, or whose sizes do not add up to
 *           its length, so that no later access through the views can leave the buffer's own regions.
 */
import { ConfigurationError, LayoutMismatchError } from '../errors.js';
import { monotonicTicks } from './coarse-clock.js';
import {
  ARENA_BYTES_MAX,
  ARENA_MAGIC,
  BLOCK_ALIGN_BYTES,
  HEADER_BUCKET_COUNT_OFFSET,
  HEADER_BYTES,
  HEADER_CELL_BUMP_OFFSET,
  HEADER_CREATED_TICKS_OFFSET,
  HEADER_CRITICAL_PERCENT_OFFSET,
  HEADER_FAMILIES_MAX_OFFSET,
  HEADER_FAMILY_SERIES_MAX_OFFSET,
  HEADER_HEARTBEAT_MS_OFFSET,
  HEADER_IDENTITY_OFFSET,
  HEADER_KEY_BUMP_OFFSET,
  HEADER_KEY_REGION_BYTES_OFFSET,
  HEADER_LABELS_MAX_OFFSET,
  HEADER_LABEL_VALUE_MAX_OFFSET,
  HEADER_LAYOUT_VERSION_OFFSET,
  HEADER_LEASE_COUNT_OFFSET,
  HEADER_MAGIC_OFFSET,
  HEADER_SERIES_MAX_OFFSET,
  HEADER_SLOT_COUNT_OFFSET,
  HEADER_STRIPE_BYTES_OFFSET,
  HEADER_STRIPE_COUNT_OFFSET,
  HEADER_WARNING_PERCENT_OFFSET,
  LAYOUT_VERSION,
  LEASES_MAX,
  U32_BYTES,
  U64_BYTES,
  regionsFor,
} from './layout.js';
import type { ArenaRegions, ArenaSizes } from './layout.js';

/** Limits that every attached thread reads from the header, so that all of them agree. */
export interface ArenaLimits {
  readonly seriesMax: number;
  readonly familySeriesMax: number;
  readonly familiesMax: number;
  readonly labelValueMax: number;
  readonly labelsMax: number;
  readonly warningPercent: number;
  readonly criticalPercent: number;
  readonly heartbeatMs: number;
}

const SIZE_WORDS: ReadonlyArray<readonly [keyof ArenaSizes, number]> = [
  ['stripeCount', HEADER_STRIPE_COUNT_OFFSET],
  ['stripeBytes', HEADER_STRIPE_BYTES_OFFSET],
  ['leaseCount', HEADER_LEASE_COUNT_OFFSET],
  ['bucketCount', HEADER_BUCKET_COUNT_OFFSET],
  ['slotCount', HEADER_SLOT_COUNT_OFFSET],
  ['keyRegionBytes', HEADER_KEY_REGION_BYTES_OFFSET],
];

const LIMIT_WORDS: ReadonlyArray<readonly [keyof ArenaLimits, number]> = [
  ['seriesMax', HEADER_SERIES_MAX_OFFSET],
  ['familySeriesMax', HEADER_FAMILY_SERIES_MAX_OFFSET],
  ['familiesMax', HEADER_FAMILIES_MAX_OFFSET],
  ['labelValueMax', HEADER_LABEL_VALUE_MAX_OFFSET],
  ['labelsMax', HEADER_LABELS_MAX_OFFSET],
  ['warningPercent', HEADER_WARNING_PERCENT_OFFSET],
  ['criticalPercent', HEADER_CRITICAL_PERCENT_OFFSET],
  ['heartbeatMs', HEADER_HEARTBEAT_MS_OFFSET],
];

/** Views over one arena. Threads never share this object, only its `buffer`. */
export class Arena {
  readonly words: Int32Array;
  readonly quads: BigInt64Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly sizes: ArenaSizes;
  readonly limits: ArenaLimits;
  readonly regions: ArenaRegions;
  /** Hexadecimal; equal in every thread that sees this arena, different for every other arena. */
  readonly identity: string;

  /** Takes a buffer whose header has been checked; use createArena or attachArena. */
  constructor(readonly buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.quads = new BigInt64Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.sizes = readWords(this.words, SIZE_WORDS);
    this.limits = readWords(this.words, LIMIT_WORDS);
    this.regions = regionsFor(this.sizes);
    this.identity = BigInt.asUintN(64, this.quads[HEADER_IDENTITY_OFFSET / U64_BYTES]!).toString(16);
  }

  /** Byte offset of a stripe, from the start of the arena. */
  stripeOffset(stripe: number): number {
    return this.regions.stripesOffset + stripe * this.sizes.stripeBytes;
  }

  /** Atomic read of a header word, unsigned. `offset` is one of the HEADER_ offsets of a u32. */
  header(offset: number): number {
    return Atomics.load(this.words, offset / U32_BYTES) >>> 0;
  }

  /** Adds to a header word and returns the value before, unsigned. Wraps at 2^32. */
  addToHeader(offset: number, delta: number): number {
    return Atomics.add(this.words, offset / U32_BYTES, delta) >>> 0;
  }

  /** Raises a header word to at least `value`. Lock-free: it only ever loses to a larger value. */
  raiseHeader(offset: number, value: number): void {
    const index = offset / U32_BYTES;
    let current = Atomics.load(this.words, index);
    while (current >>> 0 < value) {
      const seen = Atomics.compareExchange(this.words, index, current, value);
      if (seen === current) return;
      current = seen;
    }
  }
}

function readWords<K extends string>(
  words: Int32Array,
  table: ReadonlyArray<readonly [K, number]>,
): Record<K, number> {
  return Object.fromEntries(
    table.map(([name, offset]) => [name, words[offset / U32_BYTES]! >>> 0]),
  ) as Record<K, number>;
}

/**
 * Creates an arena. The operating system commits its pages as they are touched, so a large limit costs address space,
 * not memory.
 *
 * @throws ConfigurationError when the sizes exceed what a layout can address; nothing is created.
 */
export function createArena(sizes: ArenaSizes, limits: ArenaLimits): Arena {
  const problem = sizesProblem(sizes);
  if (problem !== undefined) throw new ConfigurationError('registry options', [problem]);
  const buffer = new SharedArrayBuffer(regionsFor(sizes).totalBytes);
  const words = new Int32Array(buffer);
  for (const [name, offset] of SIZE_WORDS) words[offset / U32_BYTES] = sizes[name];
  for (const [name, offset] of LIMIT_WORDS) words[offset / U32_BYTES] = limits[name];
  words[HEADER_LAYOUT_VERSION_OFFSET / U32_BYTES] = LAYOUT_VERSION;
  // Offset 0 means "none" in both regions, so the first block of each is never given out.
  words[HEADER_KEY_BUMP_OFFSET / U32_BYTES] = BLOCK_ALIGN_BYTES;
  words[HEADER_CELL_BUMP_OFFSET / U32_BYTES] = BLOCK_ALIGN_BYTES;
  new Float64Array(buffer)[HEADER_CREATED_TICKS_OFFSET / U64_BYTES] = monotonicTicks();
  // Unlikely to repeat, which is all that is asked of it; node:crypto would double what loading this package costs.
  for (let i = 0; i < 2; i++) words[HEADER_IDENTITY_OFFSET / U32_BYTES + i] = Math.random() * 2 ** 32;
  // Publishes the header: attachArena reads magic first, so it never accepts a half-written one. Keep this store last.
  Atomics.store(words, HEADER_MAGIC_OFFSET / U32_BYTES, ARENA_MAGIC);
  return new Arena(buffer);
}

/**
 * Attaches to an arena that another thread created.
 *
 * @throws LayoutMismatchError when `buffer` is no arena, was written by another layout version, or its sizes do not
 *   match its length. The buffer is only read.
 */
export function attachArena(buffer: unknown): Arena {
  if (!(buffer instanceof SharedArrayBuffer)) {
    throw new LayoutMismatchError(
      `cannot attach to ${describe(buffer)}: pass the token that registry.share() returned`,
    );
  }
  if (buffer.byteLength < HEADER_BYTES) {
    throw new LayoutMismatchError(
      `cannot attach to a SharedArrayBuffer of ${buffer.byteLength} bytes: an arena has at least ${HEADER_BYTES}`,
    );
  }
  const words = new Int32Array(buffer, 0, HEADER_BYTES / U32_BYTES);
  const magic = Atomics.load(words, HEADER_MAGIC_OFFSET / U32_BYTES);
  if (magic !== ARENA_MAGIC) {
    throw new LayoutMismatchError(
      `cannot attach: the buffer starts with 0x${(magic >>> 0).toString(16)}, not with the arena's magic number ` +
        `0x${ARENA_MAGIC.toString(16)}; pass the token that registry.share() returned`,
    );
  }
  const version = words[HEADER_LAYOUT_VERSION_OFFSET / U32_BYTES]!;
  if (version !== LAYOUT_VERSION) {
    throw new LayoutMismatchError(
      `cannot attach: the arena has layout version ${version}, this copy of threadtally reads version ` +
        `${LAYOUT_VERSION}; load the same version of threadtally in every thread`,
    );
  }
  const sizes = readWords(words, SIZE_WORDS);
  const problem = sizesProblem(sizes) ?? lengthProblem(sizes, buffer.byteLength);
  if (problem !== undefined) throw new LayoutMismatchError(`cannot attach: ${problem}`);
  return new Arena(buffer);
}

function lengthProblem(sizes: ArenaSizes, byteLength: number): string | undefined {
  const expected = regionsFor(sizes).totalBytes;
  return expected === byteLength
    ? undefined
    : `the header describes ${expected} bytes, the buffer has ${byteLength}; it was truncated or overwritten`;
}

/** What forbids an arena of these sizes, as text for an error message; undefined when nothing does. */
export function sizesProblem(sizes: ArenaSizes): string | undefined {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) return `${name} is ${value}; it must be a positive integer`;
  }
  if ((sizes.bucketCount & (sizes.bucketCount - 1)) !== 0) {
    return `bucketCount is ${sizes.bucketCount}; it must be a power of two`;
  }
  if (sizes.leaseCount < sizes.stripeCount || sizes.leaseCount > LEASES_MAX) {
    return `leaseCount is ${sizes.leaseCount}; it must be in ${sizes.stripeCount}..${LEASES_MAX}`;
  }
  if (sizes.stripeBytes % BLOCK_ALIGN_BYTES !== 0 || sizes.keyRegionBytes % BLOCK_ALIGN_BYTES !== 0) {
    return `stripeBytes ${sizes.stripeBytes} and keyRegionBytes ${sizes.keyRegionBytes} must be multiples of ${BLOCK_ALIGN_BYTES}`;
  }
  const total = regionsFor(sizes).totalBytes;
  return total > ARENA_BYTES_MAX
    ? `the limits need an arena of ${total} bytes, more than ${ARENA_BYTES_MAX}; lower seriesMax, threadsMax or stripeBytes`
    : undefined;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object'
    ? `an object of type ${value.constructor?.name ?? 'Object'}`
    : typeof value;
}
