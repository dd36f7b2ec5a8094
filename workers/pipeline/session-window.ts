/**
 * Session windows: events less than a gap apart belong together.
 *
 * Promises  Two events are in one session exactly when a chain of events, each less than `gapMs` from the next, joins
 *           them, whatever the order of arrival. A session ends `gapMs` after its last event.
 */
import { WindowAggregator } from './aggregator.js';
import type { EventWindows, TriggeredWindow, WindowChange, WindowEvent } from './event-window.js';

export interface SessionWindowLimits {
  readonly gapMs: number;
  readonly allowedLatenessMs: number;
}

interface Session {
  startMs: number;
  lastMs: number;
  readonly aggregator: WindowAggregator;
}

export class SessionWindows implements EventWindows {
  /** Few: only sessions that out-of-order events can still reach are open. */
  private open: Session[] = [];
  private readonly limits: SessionWindowLimits;

  constructor(limits: SessionWindowLimits) {
    this.limits = limits;
  }

  get activeCount(): number {
    return this.open.length;
  }

  get dueMs(): number {
    let dueMs = Infinity;
    for (const session of this.open) dueMs = Math.min(dueMs, this.dueOf(session));
    return dueMs;
  }

  add(event: WindowEvent): WindowChange {
    const { timeMs } = event;
    const reached = this.open.filter(session => this.reaches(session, timeMs));
    const session = reached[0] ?? this.create(timeMs);
    for (const other of reached.slice(1)) this.mergeInto(session, other);
    session.startMs = Math.min(session.startMs, timeMs);
    session.lastMs = Math.max(session.lastMs, timeMs);
    session.aggregator.add(event.contextTokens, event.generatedTokens);
    return { created: reached.length === 0 ? 1 : 0, merged: Math.max(0, reached.length - 1) };
  }

  advance(watermarkMs: number): TriggeredWindow[] {
    const due = this.open.filter(session => this.dueOf(session) <= watermarkMs);
    if (due.length === 0) return [];
    this.open = this.open.filter(session => this.dueOf(session) > watermarkMs);
    return due
      .sort((a, b) => a.startMs - b.startMs)
      .map(({ startMs, lastMs, aggregator }) => ({ startMs, endMs: lastMs + this.limits.gapMs, aggregator }));
  }

  private reaches(session: Session, timeMs: number): boolean {
    const { gapMs } = this.limits;
    return timeMs > session.startMs - gapMs && timeMs < session.lastMs + gapMs;
  }

  private create(timeMs: number): Session {
    const session = { startMs: timeMs, lastMs: timeMs, aggregator: new WindowAggregator() };
    this.open.push(session);
    return session;
  }

  private mergeInto(session: Session, other: Session): void {
    session.startMs = Math.min(session.startMs, other.startMs);
    session.lastMs = Math.max(session.lastMs, other.lastMs);
    session.aggregator.merge(other.aggregator);
    this.open.splice(this.open.indexOf(other), 1);
  }

  private dueOf(session: Session): number {
    return session.lastMs + this.limits.gapMs + this.limits.allowedLatenessMs;
  }
}
