/**
 * What the stages of the pipeline say of an event that is traced; they are given none for most events, and do then
 * nothing. The spans themselves are in processor-spans.ts.
 */
import type { WindowType } from './event-window.js';

/** A part of the processing, from the call that gave it to its end. */
export interface StageSpan {
  end(): void;
}

export interface EventTrace {
  /** An operation of the store: the layer that stands for a remote one. */
  store(operation: 'get' | 'put'): StageSpan;
  /** Which layer has answered a read. One of the memory takes less time than a span of it would. */
  stateRead(answeredBy: 'l1' | 'l2' | 'none'): void;
  /** Windows that the event has opened, or joined into others. */
  windowsChanged(windowType: WindowType, created: number, merged: number): void;
  /** A window that the event closes by its time. None beyond some of one event: a gap may close hundreds. */
  windowClose(window: {
    readonly type: WindowType;
    readonly startMs: number;
    readonly endMs: number;
  }): StageSpan | undefined;
  /** What became of the event. */
  result(result: 'success' | 'filtered' | 'dropped', reason?: 'duplicate' | 'late'): void;
}
