/**
 * Exemplar reader: the newest exemplar over all stripes.
 *
 * Readers   any attached thread. Reads only.
 * Promises  An exemplar is read whole or not at all: see exemplar-cell.ts. Of several stripes the one with the latest time
 *           is taken, of equal ones the first.
 * Progress  wait-free: an exemplar that keeps changing is tried EXEMPLAR_READ_MAX times, then its stripe has none.
 */
import type { Arena } from './arena.js';
import { CONTENT_WORD, VERSION_WORD } from './exemplar-cell.js';
import { ExemplarContent, TIMESTAMP_WORD } from './exemplar-content.js';
import type { Exemplar } from './exemplar-content.js';
import {
  EXEMPLAR_BYTES,
  HEADER_LEASE_HIGH_WATER_OFFSET,
  HEADER_SHARED_STRIPE_USED_OFFSET,
  U32_BYTES,
} from './layout.js';

/** Long enough for a writer to finish the exemplar that it is at. */
export const EXEMPLAR_READ_MAX = 64;

export class ExemplarReader {
  private newest = new ExemplarContent();
  private candidate = new ExemplarContent();
  private readonly words: Int32Array;

  constructor(private readonly arena: Arena) {
    this.words = arena.words;
  }

  /**
   * The newest exemplar with an index, of the series whose first exemplar stands at a byte offset of every stripe;
   * undefined when there is none.
   */
  read(firstOffset: number, index: number): Exemplar | undefined {
    const { arena } = this;
    const offset = firstOffset + index * EXEMPLAR_BYTES;
    const stripes = Math.min(arena.header(HEADER_LEASE_HIGH_WATER_OFFSET), arena.sizes.stripeCount);
    const first = arena.header(HEADER_SHARED_STRIPE_USED_OFFSET) === 0 ? 1 : 0;
    let newestSeconds = -Infinity;
    for (let stripe = first; stripe <= stripes; stripe++) {
      if (!this.loadNewer((arena.stripeOffset(stripe) + offset) / U32_BYTES, newestSeconds)) continue;
      [this.newest, this.candidate] = [this.candidate, this.newest];
      newestSeconds = this.newest.timestampSeconds;
    }
    if (newestSeconds === -Infinity) return undefined;
    const { value, timestampSeconds } = this.newest;
    return { labels: this.newest.labels(), value, timestampSeconds };
  }

  /** Loads the exemplar at an index of the arena's words into `candidate`. False when there is none after `seconds`. */
  private loadNewer(at: number, seconds: number): boolean {
    for (let attempt = 0; attempt < EXEMPLAR_READ_MAX; attempt++) {
      const version = Atomics.load(this.words, at + VERSION_WORD);
      if (version === 0) return false;
      if ((version & 1) === 1) continue;
      this.loadWords(at, TIMESTAMP_WORD, TIMESTAMP_WORD + 2);
      const isNewer = this.candidate.timestampSeconds > seconds;
      if (isNewer) {
        this.loadWords(at, 0, TIMESTAMP_WORD);
        this.loadWords(at, TIMESTAMP_WORD + 2, this.candidate.words.length);
      }
      if (this.isStill(at, version)) return isNewer;
    }
    return false;
  }

  private loadWords(at: number, from: number, to: number): void {
    const { words } = this.candidate;
    for (let i = from; i < to; i++) words[i] = Atomics.load(this.words, at + CONTENT_WORD + i);
  }

  /** True when nothing was written since `version` was loaded: what was loaded in between is one exemplar. */
  private isStill(at: number, version: number): boolean {
    return Atomics.load(this.words, at + VERSION_WORD) === version;
  }
}
