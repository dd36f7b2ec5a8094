/**
 * Cell place: where a handle's cells are, and until when that is known to be true.
 *
 * A handle keeps the removal epoch at which it found its series, and compares it with the arena's on every recording:
 * one load and one compare. After any removal in the registry, each handle looks once whether its own series is still
 * there. In between it needs no lookup, and no removed series can be written to after its cells have been reused.
 */
import type { Attachment } from './attachment.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET, UNRESOLVED_EPOCH } from './layout.js';

/** Finds or creates the series of one handle. Implemented by the registry, used by cells on their slow path. */
export interface CellPlace {
  /** Byte offset of the cells within a stripe; 0 when there are none, which nothing may be recorded into. */
  readonly cellOffset: number;
  /** The removal epoch up to which cellOffset holds; UNRESOLVED_EPOCH makes the handle ask before every recording. */
  readonly epoch: number;
  /** Whose cells they are, for errors only. */
  readonly familyName?: string | undefined;
  /**
   * Finds the series, or creates it, or settles for the family's overflow series; and shows it to scrapes. Never throws
   * for capacity.
   *
   * @returns false when there is nothing to record into: the family itself was removed
   */
  locate(): boolean;
  /** True while the series that was found is there; false also while recordings go to an overflow series. */
  isLive(): boolean;
}

/** A cell whose place goes from series to series. */
export interface FollowingCell {
  /** Goes where its place has gone, with the cellOffset and the epoch of that. */
  follow(cellOffset: number, epoch: number): void;
}

/** What a cell object needs of the thread that it belongs to. */
export interface CellWriter {
  readonly words: Int32Array;
  readonly quads: BigInt64Array;
  readonly doubles: Float64Array;
  /** Byte offset, from the start of the arena, of the stripe that is written. */
  readonly stripeOffset: number;
  /** Marks a gauge value as written by this thread's lease. */
  readonly mark: number;
}

/**
 * x64 and arm64 load and store an aligned double in one instruction, which V8 emits; the language does not promise it.
 * Anywhere else every cell is atomic.
 */
export const PLAIN_DOUBLES_ARE_WHOLE = process.arch === 'x64' || process.arch === 'arm64';

/** The writer over this thread's own stripe; undefined for a thread without one, which records into the shared stripe. */
export function ownStripeWriter(attachment: Attachment): CellWriter | undefined {
  const { arena, lease, stripe } = attachment;
  if (lease === undefined || stripe === 0 || !PLAIN_DOUBLES_ARE_WHOLE) return undefined;
  return writerAt(attachment, arena.stripeOffset(stripe), lease.mark);
}

/** The writer over the shared stripe, for atomic cells. From the first one on, scrapes read that stripe too. */
export function sharedStripeWriter(attachment: Attachment): CellWriter {
  attachment.arena.raiseHeader(HEADER_SHARED_STRIPE_USED_OFFSET, 1);
  return writerAt(attachment, attachment.arena.stripeOffset(0), SHARED_MARK);
}

/** As sharedStripeWriter, for cells that are only there: readers look there without being told to. */
export function sharedOnlyWriter(attachment: Attachment): CellWriter {
  return writerAt(attachment, attachment.arena.stripeOffset(0), SHARED_MARK);
}

/** The mark of a gauge value in the shared stripe: it belongs to no lease and ends with none. */
export const SHARED_MARK = 1;

function writerAt({ arena }: Attachment, stripeOffset: number, mark: number): CellWriter {
  return { words: arena.words, quads: arena.quads, doubles: arena.doubles, stripeOffset, mark };
}

export { UNRESOLVED_EPOCH };
