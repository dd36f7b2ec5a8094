/**
 * What a source of events promises to the job that reads it.
 */
import type { LlmEvent } from '../event.js';

export interface EventSource {
  /** For messages. */
  readonly name: string;
  /** How many events it gives at most, Infinity where that is not known. */
  readonly eventsMax: number;
  /** How much of it has been read, 0..1; undefined where its length is not known. */
  doneRatio(): number | undefined;
  /** The events in their order, once. Ends early, without an error, when `stop` is aborted. */
  chunks(stop: AbortSignal): AsyncIterable<LlmEvent[]>;
  close(): Promise<void>;
}
