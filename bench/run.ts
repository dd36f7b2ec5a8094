/**
 * Runs the benches: `npm run bench -- --help` lists the options.
 *
 * Ends with status 0 when every case ran and its totals were right, with 1 otherwise.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracyArea } from './accuracy/area.js';
import { blockedArea } from './blocked/area.js';
import { contentionArea } from './contention/area.js';
import { areaReport } from './harness/area-report.js';
import { runArea, selectCases } from './harness/area-run.js';
import type { Area, BenchCase } from './harness/bench-case.js';
import { CaseFailedError } from './harness/case-process.js';
import type { CommandLine } from './harness/command-line.js';
import { readCommandLine, USAGE } from './harness/command-line.js';
import { goalsSection } from './harness/goals.js';
import { currentCommit, describeMachine } from './harness/machine.js';
import { PRESETS } from './harness/preset.js';
import { withProjectNumbers } from './harness/project-numbers.js';
import type { AreaResult } from './harness/result-file.js';
import { readResults, writeResult } from './harness/result-file.js';
import { resultsReadme } from './harness/results-readme.js';
import { httpArea } from './http/area.js';
import { memoryArea } from './memory/area.js';
import { otelArea } from './otel/area.js';
import { microArea } from './micro/area.js';
import { scrapeArea } from './scrape/area.js';

const AREAS: readonly Area[] = [
  microArea,
  accuracyArea,
  contentionArea,
  scrapeArea,
  httpArea,
  memoryArea,
  blockedArea,
  otelArea,
];
/** From dist/bench, where this file runs, to the sources' bench/results. */
const PROJECT_FOLDER = join(import.meta.dirname, '..', '..');
const RESULTS_FOLDER = join(PROJECT_FOLDER, 'bench', 'results');

try {
  if (process.argv.includes('--help')) console.log(USAGE);
  else await runBenches(readCommandLine(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof CaseFailedError ? error.message : error);
  process.exitCode = 1;
}

async function runBenches(commandLine: CommandLine): Promise<void> {
  const folder = folderFor(commandLine);
  const results: AreaResult[] = [];
  for (const area of areasNamed(commandLine.areas)) {
    const cases = selectCases(area, PRESETS[commandLine.preset], commandLine.only);
    if (cases.length === 0) continue;
    const refusal = area.refusal();
    if (refusal === undefined) {
      const result = await measureArea(area, cases, commandLine);
      results.push(result);
      if (folder !== undefined) writeResult(folder, result);
    } else {
      console.error(`${area.name} refused: ${refusal}`);
      process.exitCode = 1;
    }
  }
  if (results.length === 0 && process.exitCode !== 1) throw new Error(`no case matches ${commandLine.only}`);
  if (folder !== undefined) writeReadme(folder);
  if (results.length > 0) console.log([...results.map(areaReport), ...goalsSection(results)].join('\n\n'));
}

/** A few cases, or times that mean nothing, must not take the place of results. */
function folderFor({ preset, only, resultsFolder }: CommandLine): string | undefined {
  return resultsFolder ?? (preset === 'quick' || only !== undefined ? undefined : RESULTS_FOLDER);
}

function areasNamed(names: readonly string[]): readonly Area[] {
  const unknown = names.find(name => !AREAS.some(area => area.name === name));
  if (unknown !== undefined) throw new Error(`there is no area ${unknown}\n\n${USAGE}`);
  return names.length === 0 ? AREAS : AREAS.filter(area => names.includes(area.name));
}

async function measureArea(
  area: Area,
  cases: readonly BenchCase[],
  { preset }: CommandLine,
): Promise<AreaResult> {
  const machine = describeMachine();
  const date = new Date().toISOString();
  const { rows, skipped, speed } = await runArea(area, cases, preset);
  const { name, title, about, columns } = area;
  return {
    area: name,
    title,
    about,
    preset,
    date,
    commit: currentCommit(),
    machine,
    speed,
    columns,
    rows,
    skipped,
  };
}

function writeReadme(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const results = readResults(folder);
  writeFileSync(join(folder, 'README.md'), resultsReadme(results));
  if (folder !== RESULTS_FOLDER) return;
  const readme = join(PROJECT_FOLDER, 'README.md');
  writeFileSync(readme, withProjectNumbers(readFileSync(readme, 'utf8'), results));
}
