/**
 * What a window knows of its events.
 *
 * Promises  merge() gives exactly the aggregate of all events together: sums are whole numbers, so no order of
 *           addition can change them.
 */
import { TokenSketch } from './token-sketch.js';

/** The values of the label `aggregation_type`. */
export const AGGREGATION_TYPES = ['count', 'sum', 'min', 'max', 'mean', 'p95'] as const;

export interface TokenSummary {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p95: number;
}

export interface WindowSummary {
  readonly count: number;
  readonly contextTokens: TokenSummary;
  readonly generatedTokens: TokenSummary;
}

class TokenAggregator {
  private sum = 0;
  private min = Infinity;
  private max = -Infinity;
  private readonly sketch = new TokenSketch();

  add(value: number): void {
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sketch.add(value);
  }

  merge(other: TokenAggregator): void {
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.sketch.merge(other.sketch);
  }

  summarize(count: number): TokenSummary {
    const { sum, min, max } = this;
    // The sketch errs upwards; the maximum is known exactly.
    return { sum, min, max, mean: sum / count, p95: Math.min(max, this.sketch.quantile(0.95)) };
  }
}

export class WindowAggregator {
  private eventCount = 0;
  private readonly contextTokens = new TokenAggregator();
  private readonly generatedTokens = new TokenAggregator();

  get count(): number {
    return this.eventCount;
  }

  add(contextTokens: number, generatedTokens: number): void {
    this.eventCount++;
    this.contextTokens.add(contextTokens);
    this.generatedTokens.add(generatedTokens);
  }

  merge(other: WindowAggregator): void {
    this.eventCount += other.eventCount;
    this.contextTokens.merge(other.contextTokens);
    this.generatedTokens.merge(other.generatedTokens);
  }

  /** A window exists from its first event on, so there is no summary of nothing. */
  summarize(): WindowSummary {
    return {
      count: this.eventCount,
      contextTokens: this.contextTokens.summarize(this.eventCount),
      generatedTokens: this.generatedTokens.summarize(this.eventCount),
    };
  }
}
