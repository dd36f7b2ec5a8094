/**
 * The event of the stream processor: one call of a language model, as the input tells it.
 *
 * Promises  `id` is the same for every copy of one event and differs between events: duplicates are found by it, and
 *           the partition is chosen by it. `timeMs` is event time (Unix, UTC), never the clock of this process.
 */

export interface LlmEvent {
  readonly id: string;
  readonly timeMs: number;
  readonly eventType: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

/** Far above any real context window; a larger number is a broken row, and would spoil every sum it enters. */
export const TOKENS_MAX = 1_000_000_000;

/** What the rows of the trace are: it has no column for it. */
export const DEFAULT_EVENT_TYPE = 'llm_call';
