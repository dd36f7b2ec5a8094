/**
 * Exemplar cells: for each series of a family that has them, the last exemplar of a counter, of each classic bucket and of
 * each group of native ones.
 *
 *     version   0        2           3              4           5                         7              8
 *               none     exemplar A  B is written   exemplar B  C is written, owner dies  D is written   exemplar D
 *
 * Layout    see layout.ts, "Exemplar". They stand behind the cells of their series, in every stripe.
 * Writers   StripedExemplarCell: the one thread that leases the stripe. SharedExemplarCell: any thread, in stripe 0, one
 *           at a time; one that finds the exemplar being written goes on without its own.
 * Readers   any thread, through ExemplarReader.
 * Promises  A reader never gets labels of one exemplar and the value of another: the version is odd while anything else
 *           changes, and no even version comes back before 2^31 exemplars were written. A thread killed in between leaves
 *           an odd version, which readers take for none; the next writer goes on to the next odd one, and what it
 *           finishes is whole. Every access is atomic, so no processor shows the stores in another order.
 * Progress  wait-free. About as many stores as the exemplar has words.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import type { ExemplarClaims } from './exemplar-claims.js';
import { ExemplarContent } from './exemplar-content.js';
import type { Exemplar } from './exemplar-content.js';
import {
  EXEMPLAR_BYTES,
  EXEMPLAR_CLAIM_OFFSET,
  EXEMPLAR_VALUE_OFFSET,
  EXEMPLAR_VERSION_OFFSET,
  U32_BYTES,
} from './layout.js';

export const VERSION_WORD = EXEMPLAR_VERSION_OFFSET / U32_BYTES;
const CLAIM_WORD = EXEMPLAR_CLAIM_OFFSET / U32_BYTES;
export const CONTENT_WORD = EXEMPLAR_VALUE_OFFSET / U32_BYTES;
const FIRST_WHOLE = 2;

/** Writes exemplars into the thread's own stripe. */
export class StripedExemplarCell {
  constructor(protected readonly words: Int32Array) {}

  /**
   * Replaces the exemplar at an index of the arena's words.
   *
   * @returns false when another thread is writing it
   */
  write(at: number, content: ExemplarContent): boolean {
    const odd = this.begin(at);
    this.fill(at, content);
    this.finish(at, odd);
    return true;
  }

  /** Observed by readers: one that has loaded an even version before compares it again, and sees that it has moved. */
  protected begin(at: number): number {
    // Odd in any case: also after an owner of this stripe who was killed before it came to finish().
    const odd = (Atomics.load(this.words, at + VERSION_WORD) + 1) | 1;
    Atomics.store(this.words, at + VERSION_WORD, odd);
    return odd;
  }

  protected fill(at: number, { words, wordCount }: ExemplarContent): void {
    for (let i = 0; i < wordCount; i++) Atomics.store(this.words, at + CONTENT_WORD + i, words[i]!);
  }

  /** Publishes the exemplar: readers take nothing else from an odd version. Keep this store last. */
  protected finish(at: number, odd: number): void {
    Atomics.store(this.words, at + VERSION_WORD, (odd + 1) | 0 || FIRST_WHOLE);
  }
}

/** Writes exemplars into the shared stripe, where every thread may. */
export class SharedExemplarCell extends StripedExemplarCell {
  constructor(
    words: Int32Array,
    private readonly claims: ExemplarClaims,
  ) {
    super(words);
  }

  override write(at: number, content: ExemplarContent): boolean {
    if (!this.claims.take(at + CLAIM_WORD)) return false;
    super.write(at, content);
    this.claims.giveBack(at + CLAIM_WORD);
    return true;
  }
}

/** A place that remembers whether the last look found something to record into: what was not counted has no exemplar. */
export class WatchedPlace implements CellPlace {
  private isThere = false;

  constructor(private readonly place: CellPlace) {}

  get cellOffset(): number {
    return this.place.cellOffset;
  }

  get epoch(): number {
    return this.place.epoch;
  }

  locate(): boolean {
    this.isThere = this.place.locate();
    return this.isThere;
  }

  isLive(): boolean {
    return this.place.isLive();
  }

  /** True when the last recording through this place went to the cells at `cellOffset`. */
  hasRecorded(): boolean {
    return this.isThere;
  }
}

/** Nothing that could write another exemplar runs between its set() and the write that follows. */
const content = new ExemplarContent();

/** The exemplars of one handle. */
export class SeriesExemplars {
  /** For the cell that records the values: an exemplar goes where its value went. */
  readonly place: WatchedPlace;

  /** `bytesBefore`: bytes of the series' cells before its first exemplar. */
  constructor(
    private readonly writer: CellWriter,
    private readonly cell: StripedExemplarCell,
    place: CellPlace,
    private readonly bytesBefore: number,
  ) {
    this.place = new WatchedPlace(place);
  }

  /**
   * Keeps an exemplar of the value that was recorded last, at each of `indexes`.
   *
   * No user code may run between that recording and this call: it could pass a safe point, and the cells be another's.
   */
  write(exemplar: Exemplar, ...indexes: readonly number[]): void {
    const { place, writer } = this;
    if (!place.hasRecorded()) return;
    content.set(exemplar);
    const first = writer.stripeOffset + place.cellOffset + this.bytesBefore;
    for (const index of indexes) this.cell.write((first + index * EXEMPLAR_BYTES) / U32_BYTES, content);
  }
}
