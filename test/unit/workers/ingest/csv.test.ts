import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CsvRowParser } from '../../../../workers/ingest/csv.js';
import { InputError, MalformedRow } from '../../../../workers/ingest/row.js';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

function parserAfterHeader(header = HEADER): CsvRowParser {
  const parser = new CsvRowParser({ file: 'calls.csv', model: 'calls' });
  assert.equal(parser.parse(header, 1), undefined);
  return parser;
}

function reasonOf(line: string): string {
  const row = parserAfterHeader().parse(line, 2);
  assert.ok(row instanceof MalformedRow, line);
  return row.reason;
}

describe('CsvRowParser', () => {
  it('reads a row of the trace', () => {
    assert.deepEqual(parserAfterHeader().parse('2023-11-16 18:15:46.5000000,374,44', 2), {
      id: 'calls:2',
      timeMs: Date.UTC(2023, 10, 16, 18, 15, 46, 500),
      eventType: 'llm_call',
      model: 'calls',
      contextTokens: 374,
      generatedTokens: 44,
    });
  });

  it('gives equal rows different ids, because they are different calls', () => {
    const parser = parserAfterHeader();
    const ids = [2, 3].map(lineNumber => {
      const row = parser.parse('2023-11-16 18:15:46,1,1', lineNumber);
      return row !== undefined && 'id' in row ? row.id : undefined;
    });
    assert.deepEqual(ids, ['calls:2', 'calls:3']);
  });

  it('finds the columns by the header, in any order and case, and takes quoted fields', () => {
    const row = parserAfterHeader('generatedtokens,region,"Timestamp",CONTEXTTOKENS').parse(
      '44,eu,"2023-11-16 18:15:46",374',
      2,
    );
    assert.ok(row !== undefined && 'contextTokens' in row);
    assert.deepEqual([row.contextTokens, row.generatedTokens], [374, 44]);
  });

  it('names the reason why a row is malformed', () => {
    assert.equal(reasonOf('2023-11-16 18:15:46,1'), 'column_count');
    assert.equal(reasonOf('2023-11-16 18:15:46,1,2,3'), 'column_count');
    assert.equal(reasonOf('yesterday,1,2'), 'bad_timestamp');
    assert.equal(reasonOf('2023-11-16 18:15:46,,2'), 'bad_context_tokens');
    assert.equal(reasonOf('2023-11-16 18:15:46,-1,2'), 'bad_context_tokens');
    assert.equal(reasonOf('2023-11-16 18:15:46,1e3,2'), 'bad_context_tokens');
    assert.equal(reasonOf('2023-11-16 18:15:46,1,1.5'), 'bad_generated_tokens');
    assert.equal(reasonOf('2023-11-16 18:15:46,1,2000000000'), 'bad_generated_tokens');
  });

  it('passes over blank lines', () => {
    assert.equal(parserAfterHeader().parse('   ', 2), undefined);
  });

  it('refuses a header without the columns, with file, line and what it expected', () => {
    const parser = new CsvRowParser({ file: 'calls.csv', model: 'calls' });
    assert.throws(() => parser.parse('a,b,c', 1), {
      name: 'InputError',
      message:
        /^calls\.csv:1: the header is "a,b,c"; expected the columns TIMESTAMP,ContextTokens,GeneratedTokens/,
    });
    assert.equal(parser.hasHeader, false);
  });

  it('never throws for a row, whatever is in it', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string(), { maxLength: 5 }).map(fields => fields.join(',')),
      fc.tuple(fc.constant('2023-11-16 18:15:46'), fc.string(), fc.string()).map(fields => fields.join(',')),
    );
    fc.assert(
      fc.property(line, text => {
        const row = parserAfterHeader().parse(text, 2);
        assert.ok(row === undefined || row instanceof MalformedRow || Number.isInteger(row.contextTokens));
      }),
    );
  });

  it('throws nothing but InputError for a header, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          new CsvRowParser({ file: 'f', model: 'f' }).parse(text, 1);
        } catch (error) {
          assert.ok(error instanceof InputError);
        }
      }),
    );
  });
});
