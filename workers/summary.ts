/**
 * What a run did, for its user.
 */
import type { MalformedReason } from './ingest/row.js';
import type { Tally } from './pipeline/tally.js';
import { count, rate } from './progress.js';

export interface RunSummary {
  readonly source: string;
  /** False after Ctrl-C: the numbers are right, but not of the whole input. */
  readonly complete: boolean;
  readonly tally: Readonly<Tally>;
  readonly malformedRows: ReadonlyMap<MalformedReason, number>;
  readonly workerCount: number;
  readonly durationMs: number;
}

export function renderSummary(summary: RunSummary): string {
  const { tally, durationMs } = summary;
  const rows: [string, string][] = [
    ['events', count(tally.received)],
    ['context tokens', count(tally.contextTokens)],
    ['generated tokens', count(tally.generatedTokens)],
    ['duplicates', count(tally.duplicates)],
    ['late events', count(tally.late)],
    ['outliers', count(tally.outliers)],
    ['closed windows', count(tally.windows)],
    ['malformed rows', malformedText(summary.malformedRows)],
    [
      'time',
      `${(durationMs / 1000).toFixed(2)} s, ` +
        `${rate({ eventCount: tally.received, elapsedMs: durationMs })} events/s, ` +
        `${summary.workerCount} ${summary.workerCount === 1 ? 'worker' : 'workers'}`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const title = `${summary.complete ? 'done' : 'stopped'}: ${summary.source}`;
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}

function malformedText(malformedRows: ReadonlyMap<MalformedReason, number>): string {
  const total = [...malformedRows.values()].reduce((sum, value) => sum + value, 0);
  if (total === 0) return '0';
  const reasons = [...malformedRows].map(([reason, value]) => `${reason} ${count(value)}`);
  return `${count(total)} (${reasons.join(', ')})`;
}
