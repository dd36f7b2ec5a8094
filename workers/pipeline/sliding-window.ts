/**
 * Sliding windows: of a fixed size, starting at every multiple of the slide, counted from the Unix epoch. Each event is
 * in size / slide of them.
 */
import { WindowAggregator } from './aggregator.js';
import type { EventWindows, TriggeredWindow, WindowChange, WindowEvent } from './event-window.js';

export interface SlidingWindowLimits {
  readonly sizeMs: number;
  /** Divides sizeMs. */
  readonly slideMs: number;
  readonly allowedLatenessMs: number;
}

export class SlidingWindows implements EventWindows {
  private readonly openByStartMs = new Map<number, WindowAggregator>();
  private readonly limits: SlidingWindowLimits;
  private nextDueMs = Infinity;

  constructor(limits: SlidingWindowLimits) {
    if (!(limits.slideMs > 0) || !Number.isInteger(limits.sizeMs / limits.slideMs)) {
      throw new RangeError(
        `window of ${limits.sizeMs} ms is no multiple of its slide of ${limits.slideMs} ms`,
      );
    }
    this.limits = limits;
  }

  get activeCount(): number {
    return this.openByStartMs.size;
  }

  get dueMs(): number {
    return this.nextDueMs;
  }

  /** The event enters sizeMs / slideMs windows: those that start at or before it and end after it. */
  add(event: WindowEvent): WindowChange {
    const { sizeMs, slideMs } = this.limits;
    const lastStartMs = Math.floor(event.timeMs / slideMs) * slideMs;
    let created = 0;
    for (let startMs = lastStartMs; startMs > lastStartMs - sizeMs; startMs -= slideMs) {
      let aggregator = this.openByStartMs.get(startMs);
      if (aggregator === undefined) {
        aggregator = new WindowAggregator();
        this.openByStartMs.set(startMs, aggregator);
        this.nextDueMs = Math.min(this.nextDueMs, this.dueOf(startMs));
        created++;
      }
      aggregator.add(event.contextTokens, event.generatedTokens);
    }
    return { created, merged: 0 };
  }

  advance(watermarkMs: number): TriggeredWindow[] {
    if (watermarkMs < this.nextDueMs) return [];
    const triggered: TriggeredWindow[] = [];
    this.nextDueMs = Infinity;
    for (const [startMs, aggregator] of this.openByStartMs) {
      const dueMs = this.dueOf(startMs);
      if (dueMs <= watermarkMs) {
        this.openByStartMs.delete(startMs);
        triggered.push({ startMs, endMs: startMs + this.limits.sizeMs, aggregator });
      } else {
        this.nextDueMs = Math.min(this.nextDueMs, dueMs);
      }
    }
    return triggered.sort((a, b) => a.startMs - b.startMs);
  }

  private dueOf(startMs: number): number {
    return startMs + this.limits.sizeMs + this.limits.allowedLatenessMs;
  }
}
