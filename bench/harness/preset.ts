/** Presets: how much of the machine's time a bench run may have. */
import type { SteadyLimits } from './steady-runs.js';

export type PresetName = 'quick' | 'standard' | 'full';
export type AreaName =
  'micro' | 'accuracy' | 'contention' | 'scrape' | 'http' | 'memory' | 'blocked' | 'otel';

export interface Preset {
  /** Processes at one time. More than one is for when no number is believed. */
  readonly lanes: number;
  /** Processes for each case. */
  readonly runs: Readonly<Record<AreaName, number>>;
  /** Of one run, when something else slows the machine. */
  readonly steady: SteadyLimits;
  readonly runsVariants: boolean;
  /** Processes for each heavy case; 0 leaves it out. */
  readonly heavyRuns: number;
  /** Time that mitata spends in one case, twice. */
  readonly timingMs: number;
  /** Calls of each thread in a contention round: without and with locked instructions. */
  readonly plainCalls: number;
  readonly lockedCalls: number;
  /** Renders of one registry of up to 10,000 series. */
  readonly scrapes: number;
  /** And for at least so long: the first hundreds of short ones are those in which V8 compiles them. */
  readonly scrapesMs: number;
  /** After so long no more renders of a larger registry are begun. */
  readonly largeScrapesMs: number;
  /** Scrapes over HTTP. */
  readonly requests: number;
  /** How long a server is under load. */
  readonly loadSeconds: number;
  /** Values observed in an accuracy case. */
  readonly observations: number;
  /** Events of one run of the main job, and runs of it that are traced, with as many that are not. */
  readonly jobEvents: number;
  readonly jobPairs: number;
  /** Blocks of batches that are traced, with as many that are not. */
  readonly batchPairs: number;
  /** Spans that are timed. */
  readonly spanCalls: number;
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  /** Proves that every bench still runs and adds up. Its times mean nothing. */
  quick: {
    lanes: 4,
    runs: { micro: 1, accuracy: 1, contention: 1, scrape: 1, http: 1, memory: 1, blocked: 1, otel: 1 },
    steady: { attempts: 1, waitMs: 0, budgetMs: 0 },
    runsVariants: false,
    heavyRuns: 0,
    timingMs: 3,
    plainCalls: 5_000_000,
    lockedCalls: 1_000_000,
    scrapes: 10,
    scrapesMs: 0,
    largeScrapesMs: 100,
    requests: 30,
    loadSeconds: 1,
    observations: 20_000,
    jobEvents: 20_000,
    jobPairs: 1,
    batchPairs: 1,
    spanCalls: 2_000,
  },
  standard: {
    lanes: 1,
    runs: { micro: 3, accuracy: 3, contention: 3, scrape: 3, http: 3, memory: 3, blocked: 3, otel: 3 },
    steady: { attempts: 3, waitMs: 2_000, budgetMs: 10_000 },
    runsVariants: true,
    heavyRuns: 3,
    timingMs: 60,
    plainCalls: 50_000_000,
    lockedCalls: 20_000_000,
    scrapes: 200,
    scrapesMs: 400,
    largeScrapesMs: 1_500,
    requests: 300,
    loadSeconds: 5,
    observations: 1_000_000,
    jobEvents: 100_000,
    jobPairs: 4,
    batchPairs: 50,
    spanCalls: 50_000,
  },
  full: {
    lanes: 1,
    runs: { micro: 7, accuracy: 5, contention: 7, scrape: 5, http: 5, memory: 7, blocked: 5, otel: 5 },
    steady: { attempts: 5, waitMs: 10_000, budgetMs: 60_000 },
    runsVariants: true,
    heavyRuns: 3,
    timingMs: 500,
    plainCalls: 100_000_000,
    lockedCalls: 50_000_000,
    scrapes: 400,
    scrapesMs: 2_000,
    largeScrapesMs: 6_000,
    requests: 1_000,
    loadSeconds: 15,
    observations: 1_000_000,
    jobEvents: 200_000,
    jobPairs: 6,
    batchPairs: 100,
    spanCalls: 200_000,
  },
};
