import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areaReport } from '../../../bench/harness/area-report.js';
import type { AreaResult, ResultRow } from '../../../bench/harness/result-file.js';

function row(
  operation: string,
  implementation: string,
  readings: Readonly<Record<string, number>>,
): ResultRow {
  const summary = Object.fromEntries(
    Object.entries(readings).map(([name, value]) => [name, { median: value, min: value, max: value }]),
  );
  return {
    id: `${operation}/${implementation}`,
    operation,
    implementation,
    call: 'f()',
    summary,
    runs: [{ readings, checks: [] }],
  };
}

function reportOf(rows: readonly ResultRow[]): string {
  return areaReport({
    area: 'micro',
    title: 'T',
    about: 'A.',
    preset: 'standard',
    date: '2020-01-01',
    machine: { loadAverage: 0, peers: {} } as AreaResult['machine'],
    columns: [
      { heading: 'ns', reading: 'ns', digits: 0 },
      { heading: 'bytes', reading: 'bytes', digits: 0 },
      { heading: 'ms', reading: 'ms', digits: 0 },
    ],
    rows,
    skipped: [],
  });
}

/** The cells of each table, without its second line. */
function tablesIn(report: string): string[][] {
  return report
    .split('\n\n')
    .filter(section => section.startsWith('|'))
    .map(table =>
      table
        .split('\n')
        .filter((_, index) => index !== 1)
        .map(line => line.replaceAll(/[ `]+/g, '')),
    );
}

describe('the report of an area', () => {
  it('has a table for all operations of which the same is known, with nothing else in it', () => {
    const rows = [
      row('inc', 'ours', { ns: 1, bytes: 0 }),
      row('scrape', 'ours', { ms: 3 }),
      row('inc', 'other', { ns: 9 }),
      row('set', 'ours', { ns: 2, bytes: 0 }),
    ];
    assert.deepEqual(tablesIn(reportOf(rows)), [
      [
        '|operation|implementation|call|ns|bytes|runs|',
        '|inc|ours|f()|1|0|1|',
        '|inc|other|f()|9||1|',
        '|set|ours|f()|2|0|1|',
      ],
      ['|operation|implementation|call|ms|runs|', '|scrape|ours|f()|3|1|'],
    ]);
  });
});
