/**
 * The watermark of a partition: no on-time event older than it is expected any more.
 *
 * Promises  Never goes back. It follows the newest event at a fixed distance, so an event may be out of order by that
 *           distance without being behind it; behind it there is the allowed lateness, and beyond that an event is late.
 */

export type Arrival = 'in_order' | 'out_of_order' | 'late';

export interface WatermarkLimits {
  readonly outOfOrderMs: number;
  readonly allowedLatenessMs: number;
}

export class Watermark {
  private newestMs = -Infinity;
  private readonly limits: WatermarkLimits;

  constructor(limits: WatermarkLimits) {
    this.limits = limits;
  }

  get timeMs(): number {
    return this.newestMs - this.limits.outOfOrderMs;
  }

  /** Judges one event and, if it is the newest, moves the watermark. A late event must not enter any window. */
  observe(timeMs: number): Arrival {
    if (timeMs >= this.newestMs) {
      this.newestMs = timeMs;
      return 'in_order';
    }
    return timeMs < this.timeMs - this.limits.allowedLatenessMs ? 'late' : 'out_of_order';
  }
}
