/** Render timing: one registry rendered again and again, with values that change in between. */
import type { CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { median, quantile } from '../harness/statistics.js';
import type { FamilyPlan } from './family-plan.js';
import { checksOfText, seriesCount } from './family-plan.js';
import type { ScrapeSubject } from './scrape-subject.js';

/** Registries with more series are rendered as often as the preset's time allows, and at least this often. */
const LARGE_SERIES = 20_000;
const LARGE_SCRAPES_MIN = 3;

export async function timeRenders(
  subject: ScrapeSubject,
  plan: FamilyPlan,
  preset: Preset,
): Promise<CaseReport> {
  const msFirst = await timeOne(subject);
  const times: number[] = [];
  let touches = 0;
  for (let spentMs = 0; !isEnough(plan, preset, times.length, spentMs);) {
    touches += subject.touch();
    const ms = await timeOne(subject);
    times.push(ms);
    spentMs += ms;
  }
  const text = await subject.text();
  await subject.close();
  return {
    readings: {
      msMedian: median(times),
      msP95: quantile(times, 0.95),
      msFirst,
      renders: times.length,
      megabytes: (subject.bodyBytes?.() ?? Buffer.byteLength(text)) / 1e6,
    },
    checks: checksOfText(plan, text, subject.recordings, touches),
  };
}

async function timeOne(subject: ScrapeSubject): Promise<number> {
  const startMs = performance.now();
  await subject.render();
  return performance.now() - startMs;
}

function isEnough(plan: FamilyPlan, preset: Preset, renders: number, spentMs: number): boolean {
  if (renders >= preset.scrapes) return spentMs >= preset.scrapesMs;
  if (seriesCount(plan) <= LARGE_SERIES) return false;
  return renders >= LARGE_SCRAPES_MIN && spentMs >= preset.largeScrapesMs;
}
