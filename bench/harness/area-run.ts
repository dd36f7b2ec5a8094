/** Area run: every case of an area, each run in a process of its own. */
import type { Area, BenchCase, CaseReport } from './bench-case.js';
import { runCaseProcess } from './case-process.js';
import type { Preset, PresetName } from './preset.js';
import { PRESETS } from './preset.js';
import type { ResultRow, SkippedCase } from './result-file.js';
import { SteadyRuns } from './steady-runs.js';
import type { MachineSpeed } from './steady-runs.js';
import { summarize } from './statistics.js';
import type { Summary } from './statistics.js';

export interface AreaOutcome {
  readonly rows: ResultRow[];
  readonly skipped: SkippedCase[];
  readonly speed: MachineSpeed | undefined;
}

/** The cases that a preset runs and a word from the command line selects. */
export function selectCases(area: Area, preset: Preset, only: string | undefined): BenchCase[] {
  return area.cases.filter(benchCase => {
    if (only !== undefined && !benchCase.id.includes(only)) return false;
    return (only === benchCase.id || !benchCase.isHidden) && runsOf(area, benchCase, preset) > 0;
  });
}

/**
 * Runs the cases in turn, again and again: what disturbs the machine for a minute then falls on one run of each case and
 * not on all runs of one.
 *
 * @throws CaseFailedError for the first case that fails
 */
export async function runArea(
  area: Area,
  cases: readonly BenchCase[],
  preset: PresetName,
): Promise<AreaOutcome> {
  const areaRun = new AreaRun(area, cases, preset);
  await Promise.all(Array.from({ length: PRESETS[preset].lanes }, () => areaRun.work()));
  return areaRun.outcome();
}

interface Job {
  readonly benchCase: BenchCase;
  readonly run: number;
}

class AreaRun {
  private readonly reports: Map<BenchCase, CaseReport[]>;
  private readonly skipped = new Map<BenchCase, string>();
  private readonly jobs: Job[];
  private readonly steadyRuns: SteadyRuns;

  constructor(
    private readonly area: Area,
    cases: readonly BenchCase[],
    private readonly preset: PresetName,
  ) {
    this.steadyRuns = new SteadyRuns(PRESETS[preset].steady);
    this.reports = new Map(cases.map(benchCase => [benchCase, []]));
    this.jobs = cases
      .flatMap(benchCase => {
        const length = runsOf(area, benchCase, PRESETS[preset]);
        return Array.from({ length }, (_, run) => ({ benchCase, run: run + 1 }));
      })
      .sort((a, b) => a.run - b.run);
  }

  /** Takes jobs until there are none left. */
  async work(): Promise<void> {
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) {
      if (this.skipped.has(job.benchCase)) continue;
      await this.runJob(job).catch((error: unknown) => {
        this.jobs.length = 0;
        throw error;
      });
    }
  }

  outcome(): AreaOutcome {
    const measured = [...this.reports].filter(([benchCase]) => !this.skipped.has(benchCase));
    return {
      rows: measured.map(([benchCase, runs]) => rowOf(benchCase, runs)),
      skipped: [...this.skipped].map(([{ id }, reason]) => ({ id, reason })),
      speed: this.steadyRuns.speed,
    };
  }

  private async runJob({ benchCase, run }: Job): Promise<void> {
    const { area, preset } = this;
    process.stderr.write(`${area.name} ${benchCase.id}, run ${run}\n`);
    const outcome = await this.steadyRuns.keepSteadiest(() =>
      runCaseProcess(area, { id: benchCase.id, preset }),
    );
    if ('unavailable' in outcome) this.skipped.set(benchCase, outcome.unavailable);
    else this.reports.get(benchCase)!.push(outcome);
  }
}

function runsOf(area: Area, benchCase: BenchCase, preset: Preset): number {
  if (benchCase.isVariant && !preset.runsVariants) return 0;
  return benchCase.isHeavy ? preset.heavyRuns : preset.runs[area.name];
}

function rowOf({ id, operation, implementation, call, why }: BenchCase, runs: CaseReport[]): ResultRow {
  const summary: Record<string, Summary> = {};
  for (const reading of Object.keys(runs[0].readings)) {
    summary[reading] = summarize(runs.map(run => run.readings[reading]));
  }
  return { id, operation, implementation, call, why, summary, runs };
}
