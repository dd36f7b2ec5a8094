/** Block timing: how long renders hold up the event loop at a time, seen by what runs in every turn of it. */
import { setImmediate as loopTurn } from 'node:timers/promises';
import type { CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { median } from '../harness/statistics.js';
import { CoreWait } from './core-wait.js';
import type { FamilyPlan } from './family-plan.js';
import { checksOfText, seriesCount } from './family-plan.js';
import type { ScrapeSubject } from './scrape-subject.js';

const RENDERS = 20;
/** Rendered before the timed renders, whatever the size: small and large ones are compared, and code gets faster with use. */
const WARM_SERIES = 1_000_000;
const NS_PER_MS = 1e6;

interface Watched {
  /** From the call to the result. */
  readonly ms: number;
  /** The longest time between two turns of the loop. */
  readonly msBlock: number;
  /** The same, of each time less what the thread waited for a core in it. */
  readonly msBlockOnCore: number;
}

export async function timeBlocks(
  subject: ScrapeSubject,
  plan: FamilyPlan,
  preset: Preset,
): Promise<CaseReport> {
  // What was recorded before is not the first render's to collect.
  globalThis.gc?.();
  const first = await watch(subject);
  const renders: Watched[] = [];
  let touches = 0;
  for (let series = seriesCount(plan); series < WARM_SERIES; series += seriesCount(plan)) {
    touches += subject.touch();
    await watch(subject);
  }
  while (renders.length < Math.min(RENDERS, preset.scrapes)) {
    touches += subject.touch();
    renders.push(await watch(subject));
  }
  const text = await subject.text();
  await subject.close();
  const msMedian = median(renders.map(({ ms }) => ms));
  return {
    readings: {
      msMedian,
      msFirst: first.ms,
      msBlock: median(renders.map(({ msBlock }) => msBlock)),
      msBlockFirst: first.msBlock,
      ...(!Number.isNaN(first.msBlockOnCore) && { msBlockFirstOnCore: first.msBlockOnCore }),
      nsPerSeries: (msMedian * NS_PER_MS) / seriesCount(plan),
      renders: renders.length,
      megabytes: (subject.bodyBytes?.() ?? Buffer.byteLength(text)) / 1e6,
    },
    checks: checksOfText(plan, text, subject.recordings, touches),
  };
}

async function watch(subject: ScrapeSubject): Promise<Watched> {
  const coreWait = new CoreWait();
  await loopTurn();
  let isOver = false;
  let [msBlock, msBlockOnCore] = [0, 0];
  let [lastMs, lastWaitMs] = [performance.now(), coreWait.ms()];
  const turns = (async () => {
    while (!isOver) {
      await loopTurn();
      const [nowMs, waitMs] = [performance.now(), coreWait.ms()];
      msBlock = Math.max(msBlock, nowMs - lastMs);
      msBlockOnCore = Math.max(msBlockOnCore, nowMs - lastMs - (waitMs - lastWaitMs));
      [lastMs, lastWaitMs] = [nowMs, waitMs];
    }
  })();
  const startMs = performance.now();
  await subject.render();
  const ms = performance.now() - startMs;
  isOver = true;
  await turns;
  coreWait.close();
  return { ms, msBlock, msBlockOnCore };
}
