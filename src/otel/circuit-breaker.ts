/**
 * Circuit breaker: whether a receiver that has failed is asked again, and when.
 *
 *     closed --failuresMax failures in a row--> open --openMs later--> half-open --successesMin in a row--> closed
 *                                                ^---------- a failure -----------'
 *
 * Attempts are made one after another: each begin() that returned true is answered by succeeded(), or by failed() for
 * each attempt that has failed since.
 * The clock is asked for by begin() and failed() alone, so a state lasts until somebody wants to make an attempt.
 */

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

export type BreakerState = (typeof BREAKER_STATES)[number];

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it stays open. */
  readonly openMs: number;
  /** Successes in a row, half-open, that close it. */
  readonly successesMin: number;
}

export class CircuitBreaker {
  private current: BreakerState = 'closed';
  /** Failures in a row while closed, successes in a row while half-open. */
  private streak = 0;
  private reopensAtMs = 0;

  constructor(
    private readonly settings: BreakerSettings,
    private readonly nowMs: () => number,
    private readonly changed: (state: BreakerState) => void,
  ) {}

  get state(): BreakerState {
    return this.current;
  }

  /** How long no attempt will be let through; 0 unless it is open. */
  waitMs(): number {
    return this.current === 'open' ? Math.max(0, this.reopensAtMs - this.nowMs()) : 0;
  }

  /** True when an attempt may be made now. */
  begin(): boolean {
    if (this.current !== 'open') return true;
    if (this.waitMs() > 0) return false;
    this.enter('half_open');
    return true;
  }

  succeeded(): void {
    if (this.current === 'closed') {
      this.streak = 0;
    } else if (this.current === 'half_open' && ++this.streak >= this.settings.successesMin) {
      this.enter('closed');
    }
  }

  failed(): void {
    if (this.current === 'open') return;
    if (this.current === 'closed' && ++this.streak < this.settings.failuresMax) return;
    this.reopensAtMs = this.nowMs() + this.settings.openMs;
    this.enter('open');
  }

  private enter(state: BreakerState): void {
    this.current = state;
    this.streak = 0;
    this.changed(state);
  }
}
