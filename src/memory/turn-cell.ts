/**
 * Turn cell: which of the threads that could set one value does it, so that it is read once and not once in each thread.
 *
 * Layout    the turn word of a gauge's cells in the shared stripe, see layout.ts, "Gauge cells": milliseconds of the
 *           machine's monotonic clock, modulo 2^32. A new series has 0: nobody has had a turn.
 * Writers   any thread.
 * Promises  Of threads that ask within TURN_MS of each other, one gets the turn; it gets the next one too if it asks
 *           again. A thread that dies in its turn, or does not use it, keeps the others from it for TURN_MS, and for no
 *           longer: a turn says who reads, it is no lock.
 * Progress  wait-free.
 */
import type { CellPlace, CellWriter } from './cell-place.js';
import { UNRESOLVED_EPOCH } from './cell-place.js';
import { EPOCH_INDEX, GAUGE_CELL_TURN_OFFSET, U32_BYTES } from './layout.js';

/** Longer than threads that were asked by one message take to answer, shorter than the time between two scrapes. */
export const TURN_MS = 20;

const NEVER = 0;
const NS_PER_MS = 1_000_000;

export class TurnCell {
  private wordIndex = 0;
  private epoch = UNRESOLVED_EPOCH;
  /** What this thread wrote at its last turn. */
  private last = NEVER;

  constructor(
    private readonly writer: CellWriter,
    private readonly place: CellPlace,
  ) {}

  /**
   * @param nowMs on a clock that all threads share
   * @returns true when it is this thread's turn; also when the series is gone, so that nothing depends on it
   */
  take(nowMs = monotonicMs()): boolean {
    if (!this.isPlaced()) return true;
    const { words } = this.writer;
    const seen = Atomics.load(words, this.wordIndex);
    const isFree = seen === NEVER || seen === this.last;
    if (!isFree && isRecent((nowMs - seen) | 0)) return false;
    // 0 would say that nobody has had a turn: the last bit is of no importance.
    const stamp = nowMs | 0 || 1;
    // A thread that took the turn since the load has it: both must not.
    if (Atomics.compareExchange(words, this.wordIndex, seen, stamp) !== seen) return false;
    this.last = stamp;
    return true;
  }

  private isPlaced(): boolean {
    if (this.writer.words[EPOCH_INDEX] === this.epoch) return true;
    if (!this.place.locate()) return false;
    this.wordIndex = (this.writer.stripeOffset + this.place.cellOffset + GAUGE_CELL_TURN_OFFSET) / U32_BYTES;
    this.epoch = this.place.epoch;
    return true;
  }
}

/** On both sides: another thread may have looked at the clock later than this one, and been faster. */
function isRecent(ageMs: number): boolean {
  return Math.abs(ageMs) < TURN_MS;
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + Math.floor(nanoseconds / NS_PER_MS);
}
