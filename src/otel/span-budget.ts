/**
 * Span budget: so many spans per second, on average, in whole traces.
 *
 * It fills with time, up to the spans of one second. A new trace needs one span of it; every further span of a trace that
 * was let in is charged, so the budget may fall below zero, and new traces wait until it has recovered.
 */

/** Seconds of spans that it may hold, and owe: one trace of a million spans must not end sampling for hours. */
const HELD_SECONDS_MAX = 1;
const OWED_SECONDS_MAX = 10;

export class SpanBudget {
  private spans: number;
  private readonly spansMax: number;
  private lastMs: number;

  /** @param spansPerSecond above 0, fractions allowed: 0.1 is one in ten seconds */
  constructor(
    private readonly spansPerSecond: number,
    private readonly nowMs: () => number,
  ) {
    // At least 1: below, no trace would ever be let in.
    this.spansMax = Math.max(1, spansPerSecond * HELD_SECONDS_MAX);
    this.spans = this.spansMax;
    this.lastMs = nowMs();
  }

  /** Takes the first span of a trace. False when the trace has to go unsampled; nothing is taken then. */
  take(): boolean {
    this.fill();
    if (this.spans < 1) return false;
    this.spans -= 1;
    return true;
  }

  /** Takes a further span of a trace that was let in, here or by another service. */
  charge(): void {
    // First: what was earned since the last take() would otherwise pay for spans that the limit of the debt has forgotten.
    this.fill();
    this.spans = Math.max(-this.spansPerSecond * OWED_SECONDS_MAX, this.spans - 1);
  }

  private fill(): void {
    const nowMs = this.nowMs();
    const earned = ((nowMs - this.lastMs) / 1_000) * this.spansPerSecond;
    this.spans = Math.min(this.spansMax, this.spans + earned);
    this.lastMs = nowMs;
  }
}
