/** Events for tests, and streams of them for property tests. */
import fc from 'fast-check';
import type { LlmEvent } from '../../../workers/event.js';

export const START_MS = Date.UTC(2024, 5, 1);

export function makeEvent(overrides: Partial<LlmEvent> = {}): LlmEvent {
  return {
    id: 'call-1',
    timeMs: START_MS,
    eventType: 'llm_call',
    model: 'm',
    contextTokens: 100,
    generatedTokens: 10,
    ...overrides,
  };
}

/** Event times around START_MS, in any order. */
export function eventTimes(spanMs: number): fc.Arbitrary<number[]> {
  return fc.array(
    fc.integer({ min: 0, max: spanMs }).map(offsetMs => START_MS + offsetMs),
    { minLength: 1, maxLength: 60 },
  );
}

/** Streams with copies, gaps, disorder and several models. */
export function eventStreams(): fc.Arbitrary<LlmEvent[]> {
  const event = fc.record({
    id: fc.integer({ min: 0, max: 80 }).map(String),
    timeMs: fc.integer({ min: 0, max: 300_000 }).map(offsetMs => START_MS + offsetMs),
    eventType: fc.constantFrom('llm_call', 'embedding'),
    model: fc.constantFrom('a', 'b'),
    contextTokens: fc.integer({ min: 0, max: 20_000 }),
    generatedTokens: fc.integer({ min: 0, max: 2_000 }),
  });
  return fc.array(event, { maxLength: 150 });
}
