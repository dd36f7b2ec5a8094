/**
 * Series fragments: what one renderer has encoded of each series, found again by the slot of the series.
 *
 *     slot      fields, four words each                    bytes, in segments
 *       0       sequence  at  length  split   ------>      ... name{a="x",b="y"} ...
 *       1       0         0   0       0       nothing encoded, or nothing since the last start over
 *
 * Each renderer has its own, so formats stand side by side, and one that nobody asks for takes no memory. A series is found
 * by one indexed load, without a lookup: its slot is the index, its sequence says whether the slot is still its own.
 *
 * Fields and bytes grow by pieces, and nothing large is copied into larger memory: that of a million series would hold up
 * the event loop for longer than a step of a rendering may. Room for many new series is made in one piece: at each further
 * one V8 goes on, for some milliseconds, with the collection that the first has made it begin.
 */
import type { FamilyExtent } from '../registry/renderers.js';
import { Fragments } from './text-buffer.js';

/** Sequence, at, length, split. */
const FIELDS = 4;
/** Slots whose fields stand in one array. */
const GROUP_BITS = 13;
const GROUP_MASK = (1 << GROUP_BITS) - 1;
const GROUP_WORDS = FIELDS << GROUP_BITS;
const GROUP_BYTES = GROUP_WORDS * Int32Array.BYTES_PER_ELEMENT;
/** A position is the number of a segment, and where in it. A fragment that is longer has a segment of its own. */
const SEGMENT_BITS = 23;
const SEGMENT_BYTES = 1 << SEGMENT_BITS;
const FIRST_SEGMENT_BYTES = 4_096;
/** Fewer new series are given memory as they come. */
const NEW_SERIES_MIN = 1 << GROUP_BITS;
/** Where the first fragment starts. Not at 0, which stands for "nothing encoded": a sequence may be any number. */
const FIRST_AT = 1;
/** What a copy reads past the end of a fragment. */
const SLACK_BYTES = 16;
const COMPACT_MIN_BYTES = 65_536;
/** How much of what an earlier rendering located still counts after each further one: eleven small ones bring it below a half. */
const IN_USE_DECAY = 15 / 16;

/** The fields of slots for which nothing is encoded. Never written to. */
const NO_FIELDS = new Int32Array(GROUP_WORDS);

/** A series before it is kept. */
interface EncodedSeries {
  readonly length: number;
  /** May write up to SLACK_BYTES more than there are. */
  copyTo(target: DataView, at: number): void;
}

export class SeriesFragments {
  /** Where the series that was located last starts, its length, and what keep() was told to remember. */
  view: DataView;
  seriesAt = 0;
  seriesBytes = 0;
  seriesSplit = 0;

  /** What a series is encoded in before it is kept. */
  protected readonly scratch = new Fragments();
  private groups: Int32Array[] = [];
  private segments: DataView[] = [newSegment(FIRST_SEGMENT_BYTES)];
  /** The segment of the series that was located last. */
  private current = 0;
  /** The segment that is being filled, and its first free byte. Those behind it are empty. */
  private filling = 0;
  private end = FIRST_AT;
  /** Whose slots these are. */
  private store: object | undefined;
  private bytesKept = 0;
  private seriesKept = 0;
  /** Series that were shown since the count was last taken, and the most that one of the last renderings did. */
  private seriesShown = 0;
  private seriesInUse = 0;
  /** Of the largest rendering so far. */
  private seriesExpected = 0;

  constructor() {
    this.view = this.segments[0]!;
  }

  /** Bytes of all fragments. */
  get length(): number {
    return this.bytesKept;
  }

  /**
   * Call it before each rendering, with what it will show. Makes room for many new series; starts over when more than half
   * of those that are encoded are gone.
   *
   * What several renderings did not ask for is taken for gone, and not what one did not: that may have shown some families
   * only, and the next one shows all of them. Renderings may overlap: what one of them has encoded the other encodes again
   * then, and what it locates counts for either.
   *
   * @param bytesOf about what a series of a family takes: memory that is not written to is none
   */
  begin(families: readonly FamilyExtent[], bytesOf: (family: FamilyExtent) => number): void {
    this.seriesInUse = Math.max(this.seriesShown, this.seriesInUse * IN_USE_DECAY);
    if (this.bytesKept >= COMPACT_MIN_BYTES && this.seriesKept >= 2 * this.seriesInUse) this.clear();
    this.seriesShown = 0;
    this.makeRoom(families, bytesOf);
  }

  /** Counts series that are shown without being located. */
  countShown(series: number): void {
    this.seriesShown += series;
  }

  /** Says whose slots are meant from here on. Those of another registry are others: starts over. */
  useStore(store: object): void {
    if (store === this.store) return;
    if (this.store !== undefined) this.clear();
    this.store = store;
  }

  /** Forgets every series. */
  clear(): void {
    this.groups = [];
    this.segments = [newSegment(FIRST_SEGMENT_BYTES)];
    this.useSegment(0);
    this.filling = 0;
    this.end = FIRST_AT;
    this.bytesKept = 0;
    this.seriesKept = 0;
    this.seriesInUse = 0;
  }

  /** Finds a series. False when it is not encoded: encode it, then call keep(). */
  locate(slot: number, sequence: number): boolean {
    const group = slot >>> GROUP_BITS;
    if (group >= this.groups.length) return false;
    const fields = this.groups[group]!;
    const field = (slot & GROUP_MASK) * FIELDS;
    if (fields[field] !== sequence) return false;
    const at = fields[field + 1]!;
    if (at === 0) return false;
    if (at >>> SEGMENT_BITS !== this.current) this.useSegment(at >>> SEGMENT_BITS);
    this.seriesAt = at & (SEGMENT_BYTES - 1);
    const length = fields[field + 2]!;
    this.seriesBytes = length;
    this.seriesSplit = fields[field + 3]!;
    this.seriesShown++;
    return true;
  }

  /**
   * Keeps the bytes of a series, and locates it.
   *
   * @param split a position of the renderer's own within the fragment
   */
  keep(slot: number, sequence: number, source: EncodedSeries, split: number): void {
    const { length } = source;
    const at = this.place(length);
    source.copyTo(this.segments[at >>> SEGMENT_BITS]!, at & (SEGMENT_BYTES - 1));
    this.bytesKept += length;
    this.seriesKept++;
    const fields = this.groupOf(slot);
    const field = (slot & GROUP_MASK) * FIELDS;
    fields[field] = sequence;
    fields[field + 1] = at;
    fields[field + 2] = length;
    fields[field + 3] = split;
    this.locate(slot, sequence);
  }

  /** Finds room for a fragment; returns its position. */
  private place(length: number): number {
    const needed = length + SLACK_BYTES;
    // Behind the fragment that a segment is larger for, there are no positions.
    if (this.end >= SEGMENT_BYTES || this.end + needed > this.segments[this.filling]!.byteLength) {
      this.goOn(needed);
    }
    const at = this.filling * SEGMENT_BYTES + this.end;
    this.end += length;
    return at | 0;
  }

  /** Goes over to a segment that has so many bytes. */
  private goOn(needed: number): void {
    const { segments } = this;
    this.filling++;
    this.end = 0;
    if (this.filling < segments.length && needed <= segments[this.filling]!.byteLength) return;
    // As much again as there is, so that most registries need few of them, and none is copied and given back: what glibc
    // gets back of this size is what it keeps for every thread from then on.
    const bytes = Math.min(SEGMENT_BYTES, Math.max(FIRST_SEGMENT_BYTES, this.bytesKept));
    this.filling = segments.push(newSegment(Math.max(bytes, needed))) - 1;
  }

  /** For series that are new since the largest rendering: what one does not ask for, as of series unchanged, is no news. */
  private makeRoom(families: readonly FamilyExtent[], bytesOf: (family: FamilyExtent) => number): void {
    let series = 0;
    // In each scrape: by index, because V8 may make an object for each step of an iterator.
    for (let i = 0; i < families.length; i++) series += families[i]!.series.length;
    const added = series - this.seriesExpected;
    this.seriesExpected = Math.max(series, this.seriesExpected);
    if (added < NEW_SERIES_MIN) return;
    let bytes = 0;
    for (const family of families) bytes += family.series.length * bytesOf(family);
    const groups = Math.ceil(series / (1 << GROUP_BITS)) - this.groups.length;
    this.addPieces(Math.max(0, groups), Math.ceil(bytes * (added / series)));
  }

  /** Adds groups of fields and empty segments, in one piece of memory. */
  private addPieces(groups: number, bytes: number): void {
    const fieldBytes = groups * GROUP_BYTES;
    const memory = new ArrayBuffer(fieldBytes + bytes);
    for (let at = 0; at < fieldBytes; at += GROUP_BYTES)
      this.groups.push(new Int32Array(memory, at, GROUP_WORDS));
    for (let at = fieldBytes; at < memory.byteLength; at += SEGMENT_BYTES)
      this.segments.push(new DataView(memory, at, Math.min(SEGMENT_BYTES, memory.byteLength - at)));
  }

  private groupOf(slot: number): Int32Array {
    const group = slot >>> GROUP_BITS;
    while (this.groups.length <= group) this.groups.push(NO_FIELDS);
    if (this.groups[group] === NO_FIELDS) this.groups[group] = new Int32Array(GROUP_WORDS);
    return this.groups[group]!;
  }

  private useSegment(segment: number): void {
    this.current = segment;
    this.view = this.segments[segment]!;
  }
}

function newSegment(bytes: number): DataView {
  return new DataView(new ArrayBuffer(bytes));
}
