/**
 * Malformed rows: counted by reason, and reported with their place.
 */
import type { MalformedReason, MalformedRowReport } from './ingest/row.js';

/** A file of another format has nothing but malformed rows; after some the user has understood. */
const REPORTS_MAX = 20;

export class MalformedLog {
  readonly countByReason = new Map<MalformedReason, number>();
  private reportCount = 0;
  private readonly print: (line: string) => void;
  private readonly onRow: (reason: MalformedReason) => void;

  constructor(print: (line: string) => void, onRow: (reason: MalformedReason) => void) {
    this.print = print;
    this.onRow = onRow;
  }

  add({ file, lineNumber, row }: MalformedRowReport): void {
    this.countByReason.set(row.reason, (this.countByReason.get(row.reason) ?? 0) + 1);
    this.onRow(row.reason);
    this.reportCount++;
    if (this.reportCount <= REPORTS_MAX) {
      this.print(`${file}:${lineNumber}: skipped, ${row.reason}: ${row.detail}`);
    } else if (this.reportCount === REPORTS_MAX + 1) {
      this.print(`${file}:${lineNumber}: skipped too; further malformed rows are counted, not reported`);
    }
  }
}
