/**
 * What the three kinds of window have in common.
 *
 * A window is created by its first event and triggers once, when the watermark has passed its end by the allowed
 * lateness. Whoever adds events drops late ones first (see Watermark): then no event can reach a window that has
 * already triggered, because its end is not older than the limit that the event has passed.
 */
import type { WindowAggregator } from './aggregator.js';

/** The values of the label `window_type`. */
export const WINDOW_TYPES = ['tumbling', 'sliding', 'session'] as const;

export type WindowType = (typeof WINDOW_TYPES)[number];

export interface TriggeredWindow {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly aggregator: WindowAggregator;
}

export interface WindowEvent {
  readonly timeMs: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

/** How many windows an event opened, and how many open ones it joined into one. */
export interface WindowChange {
  readonly created: number;
  readonly merged: number;
}

export interface EventWindows {
  readonly activeCount: number;
  /** The watermark at which the next window triggers; Infinity while none is open. */
  readonly dueMs: number;
  add(event: WindowEvent): WindowChange;
  /** Closes what is due, in order of time. Infinity closes everything. */
  advance(watermarkMs: number): TriggeredWindow[];
}
