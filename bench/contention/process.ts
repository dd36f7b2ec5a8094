/** The process of one contention case: one thread alone, then two together, in turn; then the totals. */
import type { CaseReport, CaseRequest } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { median } from '../harness/statistics.js';
import { CONTENTION_CASES } from './case-list.js';
import { Race } from './race.js';
import { Runner } from './runner.js';
import { StartLine } from './start-line.js';
import type { Stint } from './thread.js';
import { WARMUP_CALLS } from './warmup-calls.js';

await reportCase(measureCase);

async function measureCase({ id, preset }: CaseRequest): Promise<CaseReport> {
  const contentionCase = CONTENTION_CASES.find(one => one.id === id)!;
  const shared = contentionCase.share();
  const startLine = new StartLine();
  const runners = [0, 1].map(index => new Runner({ id, index, shared, startLine: startLine.share() }));
  const { pace } = contentionCase;
  const race = new Race(startLine, pace.calls(PRESETS[preset]));
  const pairs: Pair[] = [];
  while (pairs.length < pace.pairs) {
    const [alone] = await race.run(runners.slice(0, 1));
    pairs.push({ alone, together: await race.run(runners) });
  }
  const found = await contentionCase.recorded(shared);
  await Promise.all(runners.map(runner => runner.end()));
  const expected = runners.length * WARMUP_CALLS + race.callsMade;
  return { readings: readingsOf(pairs, race.calls), checks: [{ what: 'operations', expected, found }] };
}

interface Pair {
  readonly alone: Stint;
  readonly together: readonly Stint[];
}

function readingsOf(pairs: readonly Pair[], calls: number): CaseReport['readings'] {
  const slower = (stints: readonly Stint[]): number => Math.max(...stints.map(nsOf));
  return {
    ratio: median(pairs.map(({ alone, together }) => slower(together) / nsOf(alone))),
    nsAlone: median(pairs.map(({ alone }) => nsOf(alone))) / calls,
    nsTogether: median(pairs.map(({ together }) => slower(together))) / calls,
    overlap: median(pairs.map(({ together }) => overlapOf(together))),
  };
}

function nsOf({ startNs, endNs }: Stint): number {
  return Number(endNs - startNs);
}

/** The share of the longer stint in which both threads ran; far below 1, the result says little about contention. */
function overlapOf(stints: readonly Stint[]): number {
  const from = stints.map(stint => stint.startNs).reduce((a, b) => (a > b ? a : b));
  const to = stints.map(stint => stint.endNs).reduce((a, b) => (a < b ? a : b));
  return Math.max(0, Number(to - from)) / Math.max(...stints.map(nsOf));
}
