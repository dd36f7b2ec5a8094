import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LlmEvent } from '../../../../workers/event.js';
import { JsonLinesRowParser, NAMES_MAX } from '../../../../workers/ingest/jsonl.js';
import { MalformedRow } from '../../../../workers/ingest/row.js';

const GOOD = { timestamp: '2024-06-01T00:00:00Z', context_tokens: 7, generated_tokens: 3 };

function parse(value: unknown, parser = new JsonLinesRowParser({ model: 'calls' })): LlmEvent | MalformedRow {
  const row = parser.parse(typeof value === 'string' ? value : JSON.stringify(value), 5);
  assert.ok(row !== undefined);
  return row;
}

function parseEvent(value: unknown, parser?: JsonLinesRowParser): LlmEvent {
  const row = parse(value, parser);
  assert.ok(!(row instanceof MalformedRow), JSON.stringify(row));
  return row;
}

function reasonOf(value: unknown): string {
  const row = parse(value);
  assert.ok(row instanceof MalformedRow, JSON.stringify(value));
  return row.reason;
}

describe('JsonLinesRowParser', () => {
  it('reads an object, with what the file says where it says nothing', () => {
    assert.deepEqual(parseEvent(GOOD), {
      id: 'calls:5',
      timeMs: Date.UTC(2024, 5, 1),
      eventType: 'llm_call',
      model: 'calls',
      contextTokens: 7,
      generatedTokens: 3,
    });
  });

  it('takes id, model and event type from the object', () => {
    const event = parseEvent({ ...GOOD, id: 12, model: 'gpt', event_type: 'embedding' });
    assert.deepEqual([event.id, event.model, event.eventType], ['12', 'gpt', 'embedding']);
  });

  it('takes the other spellings of the members, and a number as Unix milliseconds', () => {
    const event = parseEvent({ TIMESTAMP: 1_700_000_000_123, ContextTokens: '7', completion_tokens: 3 });
    assert.deepEqual([event.timeMs, event.contextTokens, event.generatedTokens], [1_700_000_000_123, 7, 3]);
  });

  it('names the reason why a row is malformed', () => {
    assert.equal(reasonOf('{'), 'bad_json');
    assert.equal(reasonOf('[1]'), 'bad_json');
    assert.equal(reasonOf('null'), 'bad_json');
    assert.equal(reasonOf({ ...GOOD, id: '' }), 'bad_id');
    assert.equal(reasonOf({ ...GOOD, id: 'x'.repeat(201) }), 'bad_id');
    assert.equal(reasonOf({ ...GOOD, timestamp: undefined }), 'bad_timestamp');
    assert.equal(reasonOf({ ...GOOD, context_tokens: -1 }), 'bad_context_tokens');
    assert.equal(reasonOf({ ...GOOD, generated_tokens: 0.5 }), 'bad_generated_tokens');
    assert.equal(reasonOf({ ...GOOD, model: {} }), 'bad_model');
    assert.equal(reasonOf({ ...GOOD, event_type: '' }), 'bad_event_type');
  });

  it('counts models beyond the limit as other, and goes on knowing the first ones', () => {
    const parser = new JsonLinesRowParser({ model: 'calls' });
    for (let index = 0; index < NAMES_MAX; index++) parseEvent({ ...GOOD, model: `m${index}` }, parser);
    assert.equal(parseEvent({ ...GOOD, model: 'one too many' }, parser).model, 'other');
    assert.equal(parseEvent({ ...GOOD, model: 'm0' }, parser).model, 'm0');
  });

  it('never throws, whatever is on the line', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({
          id: fc.anything(),
          timestamp: fc.anything(),
          context_tokens: fc.anything(),
          model: fc.anything(),
        })
        .map(value =>
          JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? 0 : member)),
        ),
    );
    fc.assert(
      fc.property(line, text => {
        new JsonLinesRowParser({ model: 'calls' }).parse(text, 1);
      }),
    );
  });
});
