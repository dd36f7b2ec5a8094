/** Bench case: one measurement - what is done, and by which implementation - and what a process reports about it. */
import type { AreaName, PresetName } from './preset.js';

export interface BenchCase {
  /** `operation/implementation`, unique within its area. */
  readonly id: string;
  /** Cases of the same operation are compared with each other. */
  readonly operation: string;
  readonly implementation: string;
  /** The code that is measured, as a reader would write it. */
  readonly call: string;
  /** Why it needs more than another implementation of the operation, printed where it does. */
  readonly why?: string;
  /** Takes seconds: run less often, and not at all by the quick preset. */
  readonly isHeavy?: boolean;
  /** The code of another case with another library: left out by the quick preset. */
  readonly isVariant?: boolean;
  /** Run only when asked for by name. */
  readonly isHidden?: boolean;
}

/** What a case process is asked for. */
export interface CaseRequest {
  readonly id: string;
  readonly preset: PresetName;
}

/** A number that was recorded during the measurement, as the measured library tells it afterwards. */
export interface Check {
  readonly what: string;
  readonly expected: number;
  readonly found: number;
}

/** One run of one case. */
export interface CaseReport {
  readonly readings: Readonly<Record<string, number>>;
  readonly checks: readonly Check[];
}

/** A report, or why the case cannot run on this machine. */
export type CaseOutcome = CaseReport | { readonly unavailable: string };

export interface Column {
  readonly heading: string;
  readonly reading: string;
  readonly digits: number;
  /** Less is better: rows of this library that need more than others are named below the table. */
  readonly isCompared?: boolean;
  /** Also shows the lowest and the highest run. */
  readonly showsSpread?: boolean;
}

export interface Area {
  readonly name: AreaName;
  readonly title: string;
  /** How to read the table. */
  readonly about: string;
  /** The compiled file that measures one case in a process of its own. */
  readonly processFile: string;
  readonly execArgv: readonly string[];
  readonly cases: readonly BenchCase[];
  readonly columns: readonly Column[];
  /** Why this area cannot be measured on this machine; undefined when it can. */
  refusal(): string | undefined;
}

/** A library that cannot be loaded here; its cases are left out and named. */
export class PeerUnavailableError extends Error {
  override readonly name = 'PeerUnavailableError';
}

/** What was recorded is not what was counted: the time measured belongs to something else, and is not reported. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
}

/** @throws VerificationError naming every number that is wrong, or that nothing was checked */
export function refuseWrongTotals(id: string, checks: readonly Check[]): void {
  if (checks.length === 0) throw new VerificationError(`${id}: nothing was checked`);
  const wrong = checks.filter(({ expected, found }) => expected !== found);
  if (wrong.length === 0) return;
  const details = wrong.map(({ what, expected, found }) => `${what} is ${found}, expected ${expected}`);
  throw new VerificationError(`${id}: ${details.join('; ')}`);
}
