/**
 * Coarse clock: the time of an arena in tenths of a second, in a word that recordings can read for nothing.
 *
 * Writers   any attached thread, with its heartbeat and before a scrape.
 * Readers   any thread. Sliding windows turn by it, so a thread that records never asks the operating system.
 * Promises  Never goes back: it is raised to what the monotonic clock says, which is one for all threads of a machine
 *           and does not jump with the wall clock. It lags by one heartbeat interval at most while any thread beats.
 * Progress  lock-free.
 */
import type { Arena } from './arena.js';
import { HEADER_CREATED_TICKS_OFFSET, HEADER_TICKS_OFFSET, TICKS_PER_SECOND, U64_BYTES } from './layout.js';

const NS_PER_TICK = 1e9 / TICKS_PER_SECOND;

/** Ticks of the monotonic clock. */
export function monotonicTicks(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * TICKS_PER_SECOND + Math.floor(nanoseconds / NS_PER_TICK);
}

/** Raises the arena's clock to now. */
export function advanceTicks(arena: Arena, now = monotonicTicks()): void {
  const elapsed = now - arena.doubles[HEADER_CREATED_TICKS_OFFSET / U64_BYTES]!;
  if (elapsed > 0) arena.raiseHeader(HEADER_TICKS_OFFSET, elapsed);
}

/** Ticks since the arena was created, as last raised. */
export function ticksOf(arena: Arena): number {
  return arena.header(HEADER_TICKS_OFFSET);
}

/** Which interval of `intervalTicks` ticks it is, counted from 1. */
export function intervalAt(ticks: number, intervalTicks: number): number {
  return Math.floor(ticks / intervalTicks) + 1;
}
