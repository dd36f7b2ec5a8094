/**
 * Ledger: what the processes of a test run say of the expositions that they rendered and checked.
 *
 * One file for each process, to which its threads append whole lines. A worker that is terminated has said what it found
 * until then; only its last counts are missing.
 */
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the ledger; without it nothing is checked. Inherited by child processes and workers. */
export const LEDGER_VARIABLE = 'THREADTALLY_CONFORMANCE_LEDGER';

export interface RenderingCounts {
  /** All that were rendered. */
  rendered: number;
  checked: number;
  /** Of those checked, the ones of which some families were left out for their size, and the bytes of these. */
  inPart: number;
  bytesLeftOut: number;
  /** Not checked, to bound the time that checks take. */
  passedOver: number;
  /** Not checked, by the wish of a test. */
  exempt: number;
}

export type LedgerLine =
  | { readonly kind: 'installed'; readonly entry: string }
  | { readonly kind: 'exempt'; readonly reason: string }
  | { readonly kind: 'violation'; readonly report: string }
  | { readonly kind: 'counts'; readonly thread: number; readonly counts: RenderingCounts };

export interface LedgerReport {
  readonly counts: RenderingCounts;
  /** Entry files of the processes in which renderings are checked. */
  readonly entries: ReadonlySet<string>;
  readonly exemptions: ReadonlySet<string>;
  readonly violations: readonly string[];
  /** Processes that rendered, and of which nothing was checked, though no test had asked for that. */
  readonly unchecked: readonly string[];
}

export function noCounts(): RenderingCounts {
  return { rendered: 0, checked: 0, inPart: 0, bytesLeftOut: 0, passedOver: 0, exempt: 0 };
}

export function writeLedger(folder: string, line: LedgerLine): void {
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
}

export function readLedger(folder: string): LedgerReport {
  const [counts, entries, exemptions] = [noCounts(), new Set<string>(), new Set<string>()];
  const violations: string[] = [];
  const unchecked: string[] = [];
  for (const file of readdirSync(folder)) {
    const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    const process = noCounts();
    let entry = file;
    for (const line of latestCounts(lines.map(text => JSON.parse(text) as LedgerLine))) {
      if (line.kind === 'installed') entries.add((entry = line.entry));
      else if (line.kind === 'exempt') exemptions.add(line.reason);
      else if (line.kind === 'violation') violations.push(`${entry}: ${line.report}`);
      else add(process, line.counts);
    }
    add(counts, process);
    if (process.rendered > process.exempt && process.checked === 0) unchecked.push(entry);
  }
  return { counts, entries, exemptions, violations, unchecked };
}

/** Without the earlier counts of a thread, which the later ones contain. */
function latestCounts(lines: readonly LedgerLine[]): LedgerLine[] {
  const latest = new Map<number, LedgerLine>();
  for (const line of lines) if (line.kind === 'counts') latest.set(line.thread, line);
  return [...lines.filter(({ kind }) => kind !== 'counts'), ...latest.values()];
}

function add(sum: RenderingCounts, counts: RenderingCounts): void {
  for (const key of Object.keys(sum) as (keyof RenderingCounts)[]) sum[key] += counts[key];
}
