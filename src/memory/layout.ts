/**
 * The byte map: every offset of the arena stands in this file and nowhere else.
 *
 * Layout
 *   The arena is one SharedArrayBuffer. Regions follow each other, each aligned to 128 bytes:
 *
 *     header | leases | index buckets | slots | keys | stripe 0 (shared) | stripe 1 | ... | stripe N
 *
 *   Every thread that records owns one stripe and is its only writer. A series has one block of cells, at the same
 *   offset in every stripe: rows are threads, columns are series, the value of a series is the sum of its column.
 *
 *                  series A     series B            series C
 *     stripe 0   | atomic cells | atomic cells      | ...       any thread, read-modify-write
 *     stripe 1   | cells of T1  | cells of T1       | ...       T1 only, plain stores
 *     stripe 2   | cells of T2  | cells of T2       | ...       T2 only, plain stores
 *
 *   Header (HEADER_, 2048 bytes)
 *     +0     magic u32             ARENA_MAGIC, written last when an arena is created
 *     +4     layoutVersion u32     LAYOUT_VERSION; an attach refuses every other value
 *     +8     identity u64          random; tells two arenas apart in a process that sees one arena under two objects
 *     +16    stripeCount u32       stripes with one writer; stripe 0 is not counted
 *     +20    stripeBytes u32       bytes of one stripe
 *     +24    leaseCount u32        lease records, at least stripeCount
 *     +28    bucketCount u32       index buckets, a power of two
 *     +32    slotCount u32         slots
 *     +36    keyRegionBytes u32    bytes of the key region
 *     +40    seriesMax u32         cardinality limit of the registry
 *     +44    familySeriesMax u32   cardinality limit of a family that names none
 *     +48    familiesMax u32       limit of families
 *     +52    labelValueMax u32     longest label value, UTF-16 code units
 *     +56    labelsMax u32         most label names of a family
 *     +60    warningPercent u32    share of a cardinality limit at which a warning is given
 *     +64    criticalPercent u32   share of a cardinality limit at which a second warning is given
 *     +68    heartbeatMs u32       interval of the heartbeat of an attached thread
 *     +128   epoch u32             removal epoch; on a line with what changes rarely because every recording reads it
 *     +132   ticks u32             coarse clock: tenths of a second since the arena was created, raised by heartbeats and scrapes
 *     +136   createdTicks f64      the same clock, since the machine started, when the arena was created
 *     +256   structure u32         grows with every published or retired record
 *     +260   sequence u32          last sequence number given to a record
 *     +264   seriesCount u32       series reserved in the registry, overflow series not counted
 *     +268   familyCount u32       families reserved in the registry
 *     +272   slotHighWater u32     slots below this index have been used at least once
 *     +276   slotCursor u32        where the next search for a free slot starts
 *     +280   leaseHighWater u32    leases below this index have been used at least once
 *     +284   sharedStripeUsed u32  1 as soon as any thread records into stripe 0
 *     +288   anonymousThreads u32  threads that found no lease record; while there are any, nothing is reclaimed
 *     +292   keyBump u32           first key byte never allocated
 *     +296   cellBump u32          first stripe byte never allocated
 *     +300   retryLimitHits u32    how often a bounded retry loop gave up
 *     +304   lostBlocks u32        blocks given up because a push gave up
 *     +308   leaseOrder u32        order given to the last lease
 *     +312   collectRequest u32    number of the last request to run collect callbacks, see collect-requests.ts
 *     +316   collectUsed u32       1 as soon as any thread has had collect callbacks
 *     +320   idleExpiryUsed u32    1 as soon as any family has been defined whose idle series expire
 *     +512   keyPool u64x64        free lists of key blocks, one a size class: {tag u32, block u32}
 *     +1024  cellPool u64x64       free lists of cell blocks, one a size class
 *
 *   Lease (LEASE_, 64 bytes)
 *     +0     state u32             generation * 2 + 1 while leased, generation * 2 while free
 *     +4     threadId u32          worker_threads.threadId of the owner; changes with state in one 64-bit exchange
 *     +8     announced u32         removal epoch that the owner has passed a safe point for
 *     +12    order u32             grows with every lease ever taken; decides which thread is `first`
 *     +16    heartbeatMs f64       wall time of the owner's last heartbeat, ms since 1970
 *     +24    leasedMs f64          wall time of the lease, ms since 1970
 *     +32    parentId u32          threadId of the nearest ancestor that watches the owner, valid with parentMark
 *     +36    parentMark u32        the state word of the lease that parentId was written for
 *     +40    reserving u32         1 while the owner has counted a record in and not published it yet
 *     +44    collectMark u32       state word of the lease while its owner has collect callbacks; any other value: none
 *     +48    collectAnswered u32   last request that the owner's callbacks have run for, valid with collectMark
 *     +52    collectOverdue u32    request whose answer a scrape has given up waiting for, valid with collectMark
 *     +56    sweepMark u32         the state word of a lease whose owner removes idle series; any other: it does not
 *     +60    reserved u32          0
 *
 *   Slot (SLOT_, 64 bytes)
 *     +0     state u32             state in 3 bits, owner in 12, generation in 17: see slots.ts
 *     +4     next u32              chain link of the index, lowest bit set when this slot is leaving the chain
 *     +8     hash u32              hash of the key
 *     +12    sequence u32          identity of this use of the slot, and the order of exposition
 *     +16    keyOffset u32         first byte of the key block, from the start of the key region; 0 is none
 *     +20    keyBytes u32          length of the key
 *     +24    payloadBytes u32      length of what follows the key: the definition, for a family
 *     +28    cellOffset u32        first byte of the cells, from the start of a stripe; 0 is none
 *     +32    cellBytes u32         length of the cells
 *     +36    family u32            slot index of the family + 1; 0 for a family
 *     +40    retireEpoch u32       removal epoch at which this slot was retired
 *     +44    kind u32              1 family, 2 series, 3 overflow series, 4 merge of free blocks, never published
 *     +48    createdMs f64         wall time of creation, ms since 1970
 *     +56    seriesCount u32       families: series reserved in this family
 *     +60    shown u32             1 once the series has been recorded into; a handle alone is not scraped. 3 once it has
 *                                  been initialised: then it is scraped also while no thread has set it
 *
 *   Counter cells (COUNTER_CELL_, 16 bytes)
 *     +0     low u32               value modulo 2^32
 *     +4     halfTurns u32         value divided by 2^31, see counter-cell.ts; stripe 0 holds a plain int64 in both
 *     +8     fraction f64          sum of the increments that are no integer below 2^31
 *
 *   Gauge cells (GAUGE_CELL_, 16 bytes)
 *     +0     value f64
 *     +8     mark u32              state word of the lease that wrote the value; any other value: not set. Stripe 0: 1
 *     +12    turn u32              stripe 0 only: when a thread last took the turn to set the value, see turn-cell.ts
 *
 *   State cells (STATE_CELL_, 4 bytes)
 *     +0     state u32             stripe 0 only: index of the active state of a state set + 1; 0: never set
 *
 *   Histogram cells: +0 sum f64, then for each bucket {low u32, halfTurns u32} as in a counter, overflow bucket last;
 *   with native buckets a sketch follows, and without classic ones it follows the sum.
 *
 *   Summary cells: +0 sum f64, +8 count {low u32, halfTurns u32} if it has a sliding window, then from +16 a sketch.
 *
 *   Sketch (SKETCH_, 16 bytes)
 *     (its bucket arrays follow, as many as the family needs, one of them current: sketch-writer.ts)
 *     +0     turn u32              4 bits: which array is current; 28 bits: how often that has changed
 *     +4     reserved u32          0
 *     +8     plan u64              stripe 0 only: what the next array is for, see atomic-sketch.ts
 *
 *   Bucket array (BUCKET_ARRAY_, 24 bytes)
 *     (its buckets follow, positive ones, then negative ones, each {low u32, halfTurns u32} as in a counter; in stripe 0
 *     each of them, and each two of the words below, is one 64-bit word of other fields: shared-sketch-words.ts)
 *     +0     interval u32          which interval of a sliding window it counts, from 1; 0: none, it is being filled
 *     +4     shape u32             shift in 4 bits, positive buckets in 14, negative buckets in 14
 *     +8     positiveLow i32       index of the first positive bucket
 *     +12    negativeLow i32       index of the first negative bucket, of the absolute value
 *     +16    zeroLow u32           count of the zero bucket, as in a counter
 *     +20    zeroHalfTurns u32
 *
 *   Exemplar (EXEMPLAR_, 160 bytes)
 *     (those of a series stand behind its cells, if its family has them: exemplar-cell.ts)
 *     +0     version u32           odd while it is written; 0: there is none; else whole
 *     +4     claim u32             stripe 0 only: the lease whose owner writes it, see exemplar-claims.ts; 0: nobody
 *     +8     value f64
 *     +16    timestamp f64         seconds since 1970
 *     +24    labels u64x17         each {length u8, name, length u8, value} in UTF-8; a name of length 0 ends them
 *
 * Writers   none here: constants and arithmetic.
 * Promises  test/tidy/layout.test.ts reads the picture above and compares it with the constants below.
 */

export const ARENA_MAGIC = 0x594c5454; // "TTLY" in a little-endian dump
export const LAYOUT_VERSION = 2;

export const U32_BYTES = 4;
export const U64_BYTES = 8;
/** For recordings: V8 divides as doubles what may not come out even. */
export const U32_SHIFT = 2;
export const U64_SHIFT = 3;
/** Two 64-byte lines: the adjacent-line prefetcher of x64 couples pairs. A guess, measured in bench/contention. */
export const REGION_ALIGN_BYTES = 128;
/** Blocks of keys and cells are multiples of this, so that a 64-bit cell never crosses an 8-byte boundary. */
export const BLOCK_ALIGN_BYTES = 16;
export const SIZE_CLASS_COUNT = 64;

export const HEADER_BYTES = 2048;
export const HEADER_MAGIC_OFFSET = 0;
export const HEADER_LAYOUT_VERSION_OFFSET = 4;
export const HEADER_IDENTITY_OFFSET = 8;
export const HEADER_STRIPE_COUNT_OFFSET = 16;
export const HEADER_STRIPE_BYTES_OFFSET = 20;
export const HEADER_LEASE_COUNT_OFFSET = 24;
export const HEADER_BUCKET_COUNT_OFFSET = 28;
export const HEADER_SLOT_COUNT_OFFSET = 32;
export const HEADER_KEY_REGION_BYTES_OFFSET = 36;
export const HEADER_SERIES_MAX_OFFSET = 40;
export const HEADER_FAMILY_SERIES_MAX_OFFSET = 44;
export const HEADER_FAMILIES_MAX_OFFSET = 48;
export const HEADER_LABEL_VALUE_MAX_OFFSET = 52;
export const HEADER_LABELS_MAX_OFFSET = 56;
export const HEADER_WARNING_PERCENT_OFFSET = 60;
export const HEADER_CRITICAL_PERCENT_OFFSET = 64;
export const HEADER_HEARTBEAT_MS_OFFSET = 68;
export const HEADER_EPOCH_OFFSET = 128;
export const HEADER_TICKS_OFFSET = 132;
export const HEADER_CREATED_TICKS_OFFSET = 136;
export const HEADER_STRUCTURE_OFFSET = 256;
export const HEADER_SEQUENCE_OFFSET = 260;
export const HEADER_SERIES_COUNT_OFFSET = 264;
export const HEADER_FAMILY_COUNT_OFFSET = 268;
export const HEADER_SLOT_HIGH_WATER_OFFSET = 272;
export const HEADER_SLOT_CURSOR_OFFSET = 276;
export const HEADER_LEASE_HIGH_WATER_OFFSET = 280;
export const HEADER_SHARED_STRIPE_USED_OFFSET = 284;
export const HEADER_ANONYMOUS_THREADS_OFFSET = 288;
export const HEADER_KEY_BUMP_OFFSET = 292;
export const HEADER_CELL_BUMP_OFFSET = 296;
export const HEADER_RETRY_LIMIT_HITS_OFFSET = 300;
export const HEADER_LOST_BLOCKS_OFFSET = 304;
export const HEADER_LEASE_ORDER_OFFSET = 308;
export const HEADER_COLLECT_REQUEST_OFFSET = 312;
export const HEADER_COLLECT_USED_OFFSET = 316;
export const HEADER_IDLE_EXPIRY_USED_OFFSET = 320;
export const HEADER_KEY_POOL_OFFSET = 512;
export const HEADER_CELL_POOL_OFFSET = HEADER_KEY_POOL_OFFSET + SIZE_CLASS_COUNT * U64_BYTES;

export const LEASE_BYTES = 64;
export const LEASE_STATE_OFFSET = 0;
export const LEASE_THREAD_ID_OFFSET = 4;
export const LEASE_ANNOUNCED_OFFSET = 8;
export const LEASE_ORDER_OFFSET = 12;
export const LEASE_HEARTBEAT_MS_OFFSET = 16;
export const LEASE_LEASED_MS_OFFSET = 24;
export const LEASE_PARENT_ID_OFFSET = 32;
export const LEASE_PARENT_MARK_OFFSET = 36;
export const LEASE_RESERVING_OFFSET = 40;
export const LEASE_COLLECT_MARK_OFFSET = 44;
export const LEASE_COLLECT_ANSWERED_OFFSET = 48;
export const LEASE_COLLECT_OVERDUE_OFFSET = 52;
export const LEASE_SWEEP_MARK_OFFSET = 56;
export const LEASE_RESERVED_OFFSET = 60;

export const SLOT_BYTES = 64;
export const SLOT_STATE_OFFSET = 0;
export const SLOT_NEXT_OFFSET = 4;
export const SLOT_HASH_OFFSET = 8;
export const SLOT_SEQUENCE_OFFSET = 12;
export const SLOT_KEY_OFFSET_OFFSET = 16;
export const SLOT_KEY_BYTES_OFFSET = 20;
export const SLOT_PAYLOAD_BYTES_OFFSET = 24;
export const SLOT_CELL_OFFSET_OFFSET = 28;
export const SLOT_CELL_BYTES_OFFSET = 32;
export const SLOT_FAMILY_OFFSET = 36;
export const SLOT_RETIRE_EPOCH_OFFSET = 40;
export const SLOT_KIND_OFFSET = 44;
export const SLOT_CREATED_MS_OFFSET = 48;
export const SLOT_SERIES_COUNT_OFFSET = 56;
export const SLOT_SHOWN_OFFSET = 60;

export const COUNTER_CELL_BYTES = 16;
export const COUNTER_CELL_LOW_OFFSET = 0;
export const COUNTER_CELL_HALF_TURNS_OFFSET = 4;
export const COUNTER_CELL_FRACTION_OFFSET = 8;

export const GAUGE_CELL_BYTES = 16;
export const GAUGE_CELL_VALUE_OFFSET = 0;
export const GAUGE_CELL_MARK_OFFSET = 8;
export const GAUGE_CELL_TURN_OFFSET = 12;

export const STATE_CELL_BYTES = 4;
export const STATE_CELL_STATE_OFFSET = 0;

export const HISTOGRAM_SUM_OFFSET = 0;
export const HISTOGRAM_BUCKETS_OFFSET = 8;

export const SUMMARY_SUM_OFFSET = 0;
export const SUMMARY_COUNT_OFFSET = 8;
export const SUMMARY_SKETCH_OFFSET = 16;

export const SKETCH_BYTES = 16;
export const SKETCH_TURN_OFFSET = 0;
export const SKETCH_RESERVED_OFFSET = 4;
export const SKETCH_PLAN_OFFSET = 8;

export const BUCKET_ARRAY_BYTES = 24;
export const BUCKET_ARRAY_INTERVAL_OFFSET = 0;
export const BUCKET_ARRAY_SHAPE_OFFSET = 4;
export const BUCKET_ARRAY_POSITIVE_LOW_OFFSET = 8;
export const BUCKET_ARRAY_NEGATIVE_LOW_OFFSET = 12;
export const BUCKET_ARRAY_ZERO_LOW_OFFSET = 16;
export const BUCKET_ARRAY_ZERO_HALF_TURNS_OFFSET = 20;

export const EXEMPLAR_BYTES = 160;
export const EXEMPLAR_VERSION_OFFSET = 0;
export const EXEMPLAR_CLAIM_OFFSET = 4;
export const EXEMPLAR_VALUE_OFFSET = 8;
export const EXEMPLAR_TIMESTAMP_OFFSET = 16;
export const EXEMPLAR_LABELS_OFFSET = 24;

/** Index of the removal epoch in an Int32Array over the arena: the one word that every recording reads. */
export const EPOCH_INDEX = HEADER_EPOCH_OFFSET / U32_BYTES;

/** A handle holds this until it has found its series; the removal epoch never takes this value. */
export const UNRESOLVED_EPOCH = -1;

/** Index of the coarse clock in an Int32Array over the arena. */
export const TICKS_INDEX = HEADER_TICKS_OFFSET / U32_BYTES;
export const TICKS_PER_SECOND = 10;

/** The arithmetic of this file works on unsigned 32-bit byte offsets. */
export const ARENA_BYTES_MAX = 0xffff_ff80;
/** Slot owners are lease index + 1 in 12 bits, see slots.ts. */
export const LEASES_MAX = 4094;

declare const brand: unique symbol;
/** Position of a record in the slot region. */
export type SlotIndex = number & { readonly [brand]: 'SlotIndex' };
/** 0 is the shared stripe; 1.. have one writer each. */
export type StripeIndex = number & { readonly [brand]: 'StripeIndex' };
/** Byte offset of a block of cells within a stripe; 0 is "none", the first block starts after it. */
export type CellOffset = number & { readonly [brand]: 'CellOffset' };

/** Bytes of a histogram's classic cells: a sum and one counter word pair for each of `bucketCount` buckets, `+Inf` included. */
export function histogramCellBytes(bucketCount: number): number {
  return HISTOGRAM_BUCKETS_OFFSET + bucketCount * U64_BYTES;
}

/** Bytes of a summary's cells, with a sketch of `sketchBytes`. */
export function summaryCellBytes(sketchBytes: number): number {
  return SUMMARY_SKETCH_OFFSET + sketchBytes;
}

/** The sizes that fix an arena; every region follows from them. All are stored in the header. */
export interface ArenaSizes {
  readonly stripeCount: number;
  readonly stripeBytes: number;
  readonly leaseCount: number;
  readonly bucketCount: number;
  readonly slotCount: number;
  readonly keyRegionBytes: number;
}

/** Byte offsets of the regions, from the start of the arena. */
export interface ArenaRegions {
  readonly leasesOffset: number;
  readonly bucketsOffset: number;
  readonly slotsOffset: number;
  readonly keysOffset: number;
  readonly stripesOffset: number;
  readonly totalBytes: number;
}

export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Where each region starts for the given sizes. The same sizes give the same map in every thread. */
export function regionsFor(sizes: ArenaSizes): ArenaRegions {
  const after = (offset: number, bytes: number): number => alignUp(offset + bytes, REGION_ALIGN_BYTES);
  const leasesOffset = HEADER_BYTES;
  const bucketsOffset = after(leasesOffset, sizes.leaseCount * LEASE_BYTES);
  const slotsOffset = after(bucketsOffset, sizes.bucketCount * U32_BYTES);
  const keysOffset = after(slotsOffset, sizes.slotCount * SLOT_BYTES);
  const stripesOffset = after(keysOffset, sizes.keyRegionBytes);
  const totalBytes = stripesOffset + (sizes.stripeCount + 1) * sizes.stripeBytes;
  return { leasesOffset, bucketsOffset, slotsOffset, keysOffset, stripesOffset, totalBytes };
}
