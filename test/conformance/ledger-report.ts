/** Ledger report: what a test run says of the renderings that it checked, and what makes it fail. */
import type { LedgerReport } from './ledger.js';

/** What was checked and what was not, for whoever reads the end of a test run. */
export function summaryOf({ counts, exemptions }: LedgerReport): string {
  const { bytesLeftOut, checked, exempt, inPart, passedOver, rendered } = counts;
  const lines = [
    `renderings ${rendered}: checked ${checked}, of them ${inPart} in part (${bytesLeftOut} bytes left out);`,
    `not checked ${passedOver} to save time, ${exempt} by the wish of a test`,
  ];
  const reasons = [...exemptions].sort().map(reason => `  not checked: ${reason}`);
  return [lines.join(' '), ...reasons].join('\n');
}

/** Empty when every process that rendered was checked, and nothing broke a rule. */
export function problemsIn(report: LedgerReport, files: readonly string[]): string[] {
  const { entries, unchecked, violations } = report;
  return [
    ...violations,
    ...unchecked.map(entry => `${entry} rendered expositions, and none of them was checked`),
    ...files
      .filter(file => !entries.has(file))
      .map(file => `${file} ran without the check of its expositions`),
  ];
}
