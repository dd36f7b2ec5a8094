import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MalformedRow, type MalformedReason } from '../../../workers/ingest/row.js';
import { MalformedLog } from '../../../workers/malformed-log.js';
import { emptyTally } from '../../../workers/pipeline/tally.js';
import { renderSummary, type RunSummary } from '../../../workers/summary.js';

const SUMMARY: RunSummary = {
  source: 'calls.csv',
  complete: true,
  tally: { ...emptyTally(), received: 19_366, contextTokens: 22_361_870 },
  malformedRows: new Map(),
  workerCount: 2,
  durationMs: 500,
};

describe('renderSummary', () => {
  it('names what was read and what was counted', () => {
    const text = renderSummary(SUMMARY);
    assert.match(text, /^done: calls\.csv\n/);
    assert.match(text, /events +19,366\n/);
    assert.match(text, /context tokens +22,361,870\n/);
    assert.match(text, /malformed rows +0\n/);
    assert.match(text, /time +0\.50 s, 38,732 events\/s, 2 workers$/);
  });

  it('says that a run was stopped, and lists malformed rows by reason', () => {
    const malformedRows = new Map<MalformedReason, number>([
      ['bad_timestamp', 1_000],
      ['column_count', 1],
    ]);
    const text = renderSummary({ ...SUMMARY, complete: false, malformedRows, workerCount: 1 });
    assert.match(text, /^stopped: calls\.csv\n/);
    assert.match(text, /malformed rows +1,001 \(bad_timestamp 1,000, column_count 1\)\n/);
    assert.match(text, /1 worker$/);
  });
});

describe('MalformedLog', () => {
  it('counts every row by reason, and reports the first ones with file and line', () => {
    const lines: string[] = [];
    const reasons: string[] = [];
    const log = new MalformedLog(
      line => lines.push(line),
      reason => reasons.push(reason),
    );
    for (let index = 0; index < 30; index++) {
      log.add({
        file: 'calls.csv',
        lineNumber: index + 2,
        row: new MalformedRow('column_count', '1 column'),
      });
    }
    log.add({ file: 'calls.csv', lineNumber: 99, row: new MalformedRow('bad_json', '"x"') });
    assert.deepEqual(
      [...log.countByReason],
      [
        ['column_count', 30],
        ['bad_json', 1],
      ],
    );
    assert.equal(reasons.length, 31);
    assert.equal(lines[0], 'calls.csv:2: skipped, column_count: 1 column');
    assert.equal(lines.length, 21);
    assert.match(lines[20], /further malformed rows are counted, not reported/);
  });
});
