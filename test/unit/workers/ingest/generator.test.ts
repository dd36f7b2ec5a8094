import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LlmEvent } from '../../../../workers/event.js';
import { EventGenerator, type GeneratorOptions } from '../../../../workers/ingest/generator.js';
import { TRACE_PROFILES, tokensAt } from '../../../../workers/ingest/trace-profile.js';

async function generate(options: Partial<GeneratorOptions>): Promise<LlmEvent[]> {
  const generator = new EventGenerator({
    seed: 1,
    ratePerSecond: 100,
    disorder: 0,
    eventsMax: 20_000,
    ...options,
  });
  const events: LlmEvent[] = [];
  for await (const chunk of generator.chunks()) events.push(...chunk);
  return events;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assertNear(actual: number, expected: number, share: number): void {
  assert.ok(
    Math.abs(actual - expected) <= share * expected,
    `${actual} is not within ${share} of ${expected}`,
  );
}

describe('EventGenerator', () => {
  it('gives the same events for the same seed, and others for another', async () => {
    const options = { disorder: 0.05, eventsMax: 500 };
    assert.deepEqual(await generate({ ...options, seed: 7 }), await generate({ ...options, seed: 7 }));
    assert.notDeepEqual(await generate({ ...options, seed: 7 }), await generate({ ...options, seed: 8 }));
  });

  it('gives as many events as it was asked for', async () => {
    assert.equal((await generate({ eventsMax: 5_001 })).length, 5_001);
  });

  it('is done as far as its events are processed, not as far as they are given', async () => {
    const generator = new EventGenerator({ seed: 1, ratePerSecond: 100, disorder: 0, eventsMax: 200 });
    for await (const chunk of generator.chunks()) assert.equal(chunk.length, 200);
    assert.deepEqual([generator.doneRatio(0), generator.doneRatio(50)], [0, 0.25]);
  });

  it('arrives at the asked rate, as a Poisson process does', async () => {
    const events = await generate({ ratePerSecond: 50 });
    const gapsMs = events.slice(1).map((event, index) => event.timeMs - events[index].timeMs);
    const meanMs = meanOf(gapsMs);
    assertNear(meanMs, 20, 0.05);
    const variance = meanOf(gapsMs.map(gapMs => (gapMs - meanMs) ** 2));
    assertNear(variance, meanMs ** 2, 0.1);
  });

  it('has the token means and tails of the trace', async () => {
    const events = await generate({});
    const conversation = events.filter(event => event.model === 'synthetic-conversation');
    const code = events.filter(event => event.model === 'synthetic-code');
    assertNear(conversation.length / events.length, 0.687, 0.05);
    assertNear(meanOf(conversation.map(event => event.contextTokens)), 1155, 0.05);
    assertNear(meanOf(conversation.map(event => event.generatedTokens)), 211, 0.05);
    assertNear(meanOf(code.map(event => event.contextTokens)), 2048, 0.05);
    assertNear(meanOf(code.map(event => event.generatedTokens)), 27.9, 0.12);
    const longest = Math.max(...code.map(event => event.generatedTokens));
    assert.ok(longest > 500, `the tail of the generated tokens ends at ${longest}`);
  });

  it('without disorder gives events in order and every id once', async () => {
    const events = await generate({ eventsMax: 5_000 });
    assert.equal(new Set(events.map(event => event.id)).size, events.length);
    assert.ok(events.every((event, index) => index === 0 || events[index - 1].timeMs <= event.timeMs));
  });

  it('with disorder delays its share of events and delivers its share twice, as equal copies', async () => {
    const events = await generate({ disorder: 0.1 });
    const firstById = new Map<string, LlmEvent>();
    let copyCount = 0;
    for (const event of events) {
      const first = firstById.get(event.id);
      if (first === undefined) {
        firstById.set(event.id, event);
      } else {
        copyCount++;
        assert.equal(event, first);
      }
    }
    assertNear(copyCount / firstById.size, 0.1, 0.15);
    const late = events.filter((event, index) => index > 0 && event.timeMs < events[index - 1].timeMs).length;
    assertNear(late / events.length, 0.2, 0.25);
  });
});

describe('tokensAt', () => {
  it('runs from the smallest to the largest value of a table and never falls', () => {
    for (const { contextTokens, generatedTokens } of TRACE_PROFILES) {
      for (const table of [contextTokens, generatedTokens]) {
        let last = tokensAt(table, 0);
        assert.equal(last, table[0][1]);
        for (let step = 1; step <= 1_000; step++) {
          const value = tokensAt(table, step / 1_000);
          assert.ok(value >= last);
          last = value;
        }
        assert.equal(last, table[table.length - 1][1]);
      }
    }
  });

  it('has profiles that together are all calls', () => {
    assertNear(
      TRACE_PROFILES.reduce((sum, profile) => sum + profile.weight, 0),
      1,
      1e-9,
    );
  });
});
