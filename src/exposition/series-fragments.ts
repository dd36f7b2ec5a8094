/**
 * Series fragments: what one renderer has encoded of each series, found again by the slot of the series.
 *
 *     slot      fields, four words each                    bytes
 *       0       sequence  at  length  split   ------>      ... name{a="x",b="y"} ...
 *       1       0         0   0       0       nothing encoded, or nothing since the last start over
 *
 * Each renderer has its own, so formats stand side by side, and one that nobody asks for takes no memory. A series is found
 * by one indexed load, without a lookup: its slot is the index, its sequence says whether the slot is still its own.
 */
import type { SeriesEntry } from '../registry/catalogue.js';
import type { Snapshot } from '../registry/snapshot.js';
import { Fragments } from './text-buffer.js';

/** Sequence, at, length, split. */
const FIELDS = 4;
/** Where the first fragment starts. Not at 0, which stands for "nothing encoded": a sequence may be any number. */
const FIRST_AT = 1;
const COMPACT_MIN_BYTES = 65_536;
/** How much of what an earlier rendering located still counts after each further one: eleven small ones bring it below a half. */
const IN_USE_DECAY = 15 / 16;

export class SeriesFragments extends Fragments {
  /** Where the series that was located last starts in `bytes`, its length, and what keep() was told to remember. */
  seriesAt = 0;
  seriesBytes = 0;
  seriesSplit = 0;

  private fields = new Int32Array(0);
  /** Whose slots these are. */
  private store: object | undefined;
  /** Bytes that the rendering so far has located, and the most that one of the last renderings did. */
  private bytesLocated = 0;
  private bytesInUse = 0;

  constructor() {
    super();
    this.length = FIRST_AT;
  }

  /**
   * Call it before the first series of each rendering. Starts over when more than half of what is encoded belongs to series
   * that are gone, and when the snapshot comes from another registry, whose slots are others.
   *
   * What several renderings did not ask for is taken for gone, and not what one did not: that may have shown some families
   * only, and the next one shows all of them.
   */
  begin({ families }: Snapshot): void {
    const store = families.find(({ series }) => series.length > 0)?.series[0]!.store;
    this.bytesInUse = Math.max(this.bytesLocated, this.bytesInUse * IN_USE_DECAY);
    const isWasted = this.length >= COMPACT_MIN_BYTES && this.length >= 2 * this.bytesInUse;
    if (isWasted || (store !== undefined && store !== this.store)) this.clear();
    this.store = store ?? this.store;
    this.bytesLocated = 0;
  }

  /** Forgets every series. */
  override clear(): void {
    this.length = FIRST_AT;
    this.fields.fill(0);
    this.bytesInUse = 0;
  }

  get isEmpty(): boolean {
    return this.length === FIRST_AT;
  }

  /** Finds a series. False when it is not encoded: add its bytes, then call keep(). */
  locate(series: SeriesEntry): boolean {
    const { fields } = this;
    const field = series.slot * FIELDS;
    if (field >= fields.length || fields[field] !== series.sequence) return false;
    const at = fields[field + 1]!;
    if (at === 0) return false;
    this.seriesAt = at;
    this.seriesBytes = fields[field + 2]!;
    this.seriesSplit = fields[field + 3]!;
    this.bytesLocated += this.seriesBytes;
    return true;
  }

  /**
   * Makes everything from `at` on the fragment of a series, and locates it.
   *
   * @param split a position of the renderer's own within the fragment
   */
  keep(series: SeriesEntry, at: number, split = 0): void {
    const field = series.slot * FIELDS;
    if (field >= this.fields.length) {
      const grown = new Int32Array(Math.max(field + FIELDS, this.fields.length * 2));
      grown.set(this.fields);
      this.fields = grown;
    }
    this.fields[field] = series.sequence;
    this.fields[field + 1] = at;
    this.fields[field + 2] = this.length - at;
    this.fields[field + 3] = split;
    this.locate(series);
  }

  /** Adds the bytes of a series that are made elsewhere, and keeps them as keep() does. */
  keepBytes(series: SeriesEntry, bytes: Uint8Array, split: number): void {
    const at = this.length;
    this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    this.length += bytes.length;
    this.keep(series, at, split);
  }
}
