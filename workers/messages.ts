/**
 * Messages between the job and a processing worker.
 *
 *   job                                    worker
 *     batch    ──────────────────────────>   processes it
 *              <──────────────────────────  processed   gives one credit back
 *     finish   ──────────────────────────>   after the last batch: closes windows, writes state
 *              <──────────────────────────  flushed
 *     close    ──────────────────────────>   ends the thread
 *
 * Messages in one direction keep their order; so `finish` is read behind every batch, and `flushed` says that all of
 * them are recorded.
 */
import type { TraceCarrier } from '../src/otel/index.js';
import type { LlmEvent } from './event.js';
import type { WindowResult } from './pipeline/model-windows.js';
import type { Tally } from './pipeline/tally.js';

export interface RoutedEvent {
  readonly partition: number;
  /** On the clock of clock.ts, which all threads share. */
  readonly readAtMs: number;
  readonly event: LlmEvent;
}

export type ToWorker =
  | {
      readonly type: 'batch';
      readonly events: readonly RoutedEvent[];
      /** The span that sent it, where the batch is traced. */
      readonly trace?: TraceCarrier;
    }
  | { readonly type: 'finish'; readonly trace?: TraceCarrier }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'processed'; readonly eventCount: number; readonly windows: readonly WindowResult[] }
  | { readonly type: 'flushed'; readonly tally: Tally; readonly windows: readonly WindowResult[] };

/** What a worker is given at its start. */
export interface WorkerStart {
  /** Closed windows cost a copy each on their way to the job, so they travel only where they are written. */
  readonly wantsWindows: boolean;
  /** Most events with spans in a traced batch; undefined where nothing is traced. */
  readonly eventSpansMax?: number;
}
