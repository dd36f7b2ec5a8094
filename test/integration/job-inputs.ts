/** Input files for the main job, made from its own generator: with copies, late events and several models. */
import type { LlmEvent } from '../../workers/event.js';
import { EventGenerator } from '../../workers/ingest/generator.js';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

export async function generateEvents(eventsMax: number): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  const generator = new EventGenerator({ seed: 3, ratePerSecond: 20, disorder: 0.05, eventsMax });
  for await (const chunk of generator.chunks()) events.push(...chunk);
  return events;
}

export function csvOf(events: readonly LlmEvent[]): string {
  const rows = events.map(
    event =>
      `${new Date(event.timeMs).toISOString().replace('T', ' ').replace('Z', '4321')},${event.contextTokens},${event.generatedTokens}`,
  );
  return [HEADER, ...rows].join('\r\n');
}

export function jsonLinesOf(events: readonly LlmEvent[]): string {
  return events
    .map(({ id, timeMs, model, contextTokens, generatedTokens }) =>
      JSON.stringify({
        id,
        timestamp: timeMs,
        model,
        context_tokens: contextTokens,
        generated_tokens: generatedTokens,
      }),
    )
    .join('\n');
}
