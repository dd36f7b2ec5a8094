/** Result files: one JSON file for each area, with every run, from which the tables are made. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseReport, Column } from './bench-case.js';
import type { Machine } from './machine.js';
import type { AreaName, PresetName } from './preset.js';
import type { MachineSpeed } from './steady-runs.js';
import type { Summary } from './statistics.js';

export interface ResultRow {
  readonly id: string;
  readonly operation: string;
  readonly implementation: string;
  readonly call: string;
  readonly why?: string | undefined;
  /** Median, lowest and highest run of each reading. */
  readonly summary: Readonly<Record<string, Summary>>;
  readonly runs: readonly CaseReport[];
}

export interface SkippedCase {
  readonly id: string;
  readonly reason: string;
}

export interface AreaResult {
  readonly area: AreaName;
  readonly title: string;
  readonly about: string;
  readonly preset: PresetName;
  /** ISO 8601, when the area started. */
  readonly date: string;
  readonly commit?: string | undefined;
  readonly machine: Machine;
  /** Undefined in results of before it was measured. */
  readonly speed?: MachineSpeed | undefined;
  readonly columns: readonly Column[];
  readonly rows: readonly ResultRow[];
  readonly skipped: readonly SkippedCase[];
}

const AREA_NAMES: readonly AreaName[] = [
  'micro',
  'accuracy',
  'contention',
  'scrape',
  'http',
  'memory',
  'blocked',
  'otel',
];

export function writeResult(folder: string, result: AreaResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.area}.json`), `${JSON.stringify(result, undefined, 1)}\n`);
}

/** The results that a folder has, in the order of the areas. */
export function readResults(folder: string): AreaResult[] {
  return AREA_NAMES.flatMap(area => {
    const text = readIfThere(join(folder, `${area}.json`));
    return text === undefined ? [] : [JSON.parse(text) as AreaResult];
  });
}

/** The median of a reading of one row; undefined when it was not measured. */
export function readingOf(results: readonly AreaResult[], area: AreaName, id: string, reading: string) {
  const rows = results.find(result => result.area === area)?.rows;
  return rows?.find(row => row.id === id)?.summary[reading]?.median;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
