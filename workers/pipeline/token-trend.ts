/**
 * What is usual for a model lately.
 *
 * The smoothing weighs the past by intervals, so it needs a value for each one: that is what normalisation is for.
 * Requests of an interval without events are zero; the mean context, a level that stays, is filled forward; the 95th
 * percentile of the generated tokens is interpolated.
 */
import { Normalizer, type FillStrategy, type NormalizedValues } from './normalizer.js';
import type { WindowSummary } from './aggregator.js';

export interface TrendOptions {
  readonly intervalMs: number;
  readonly gapIntervalsMax: number;
}

export type TrendStep = readonly { readonly strategy: FillStrategy; readonly normalized: NormalizedValues }[];

/** Weight of the newest interval: about the last 12 intervals count. */
const SMOOTHING = 0.15;

/** Sums of multiples of 2^-10 are exact in a double, so the sum over partitions is the same in any order. */
const RATE_RESOLUTION = 1024;

class SmoothedSeries {
  level = 0;
  private readonly normalizer: Normalizer;
  private started = false;

  constructor(options: TrendOptions, strategy: FillStrategy) {
    this.normalizer = new Normalizer({ ...options, strategy });
  }

  push(timeMs: number, value: number): TrendStep[number] {
    const normalized = this.normalizer.push(timeMs, value);
    for (const next of normalized.values) {
      this.level = this.started ? this.level + SMOOTHING * (next - this.level) : next;
      this.started = true;
    }
    return { strategy: this.normalizer.strategy, normalized };
  }
}

export class TokenTrend {
  private readonly requests: SmoothedSeries;
  private readonly contextTokens: SmoothedSeries;
  private readonly generatedTokens: SmoothedSeries;
  private readonly intervalMs: number;

  constructor(options: TrendOptions) {
    this.intervalMs = options.intervalMs;
    this.requests = new SmoothedSeries(options, 'zero');
    this.contextTokens = new SmoothedSeries(options, 'forward_fill');
    this.generatedTokens = new SmoothedSeries(options, 'linear');
  }

  /** Takes the tumbling windows of one model, one interval each, in order of time. */
  push(startMs: number, summary: WindowSummary): TrendStep {
    return [
      this.requests.push(startMs, summary.count),
      this.contextTokens.push(startMs, summary.contextTokens.mean),
      this.generatedTokens.push(startMs, summary.generatedTokens.p95),
    ];
  }

  get requestsPerSecond(): number {
    const perSecond = (this.requests.level * 1000) / this.intervalMs;
    return Math.round(perSecond * RATE_RESOLUTION) / RATE_RESOLUTION;
  }

  /** Usual context tokens of a call; 0 before the first window. */
  get contextLevel(): number {
    return this.contextTokens.level;
  }

  /** Usual 95th percentile of the generated tokens of a window; 0 before the first one. */
  get generatedLevel(): number {
    return this.generatedTokens.level;
  }
}
