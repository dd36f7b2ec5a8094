/**
 * What a source of events promises to the job that reads it.
 */
import type { LlmEvent } from '../event.js';

export interface EventSource {
  /** For messages. */
  readonly name: string;
  /** How many events it gives at most, Infinity where that is not known. */
  readonly eventsMax: number;
  /**
   * How much of it is done, 0..1, after so many events were processed: that share of the events where their number is
   * known, otherwise how much was read. Undefined where its length is not known.
   */
  doneRatio(processedCount: number): number | undefined;
  /** The events in their order, once. Ends early, without an error, when `stop` is aborted. */
  chunks(stop: AbortSignal): AsyncIterable<LlmEvent[]>;
  close(): Promise<void>;
}
