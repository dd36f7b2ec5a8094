/**
 * Paces events by their own time: `speed` seconds of event time pass per second of the clock.
 *
 * Promises  An event is due when as much time has passed since the first one as its event time says, divided by the
 *           speed; never before. Behind schedule nothing waits, so delays do not add up.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PacerClock {
  readonly nowMs: () => number;
  /** Ends early, without an error, when the job stops. */
  readonly sleep: (durationMs: number) => Promise<void>;
}

/** Timers count whole milliseconds: a shorter wait would become a longer one, for each event. */
const WAIT_MS_MIN = 1;

/** What a timer takes at most; longer waits are made of several. */
const SLEEP_MS_MAX = 2 ** 31 - 1;

export class Pacer {
  private origin: { readonly clockMs: number; readonly eventMs: number } | undefined;
  private readonly speed: number;
  private readonly clock: PacerClock;

  constructor(speed: number, clock: PacerClock) {
    this.speed = speed;
    this.clock = clock;
  }

  /** How long to wait before an event of this time; 0 where it is due. The first event is due at once. */
  delayMs(eventMs: number): number {
    if (this.speed === Infinity) return 0;
    const nowMs = this.clock.nowMs();
    this.origin ??= { clockMs: nowMs, eventMs };
    const dueMs = this.origin.clockMs + (eventMs - this.origin.eventMs) / this.speed;
    const delayMs = dueMs - nowMs;
    return delayMs < WAIT_MS_MIN ? 0 : delayMs;
  }

  async wait(delayMs: number): Promise<void> {
    await this.clock.sleep(Math.min(delayMs, SLEEP_MS_MAX));
  }
}

export function stoppableClock(stop: AbortSignal): PacerClock {
  return {
    nowMs: () => performance.now(),
    sleep: async durationMs => {
      // The stop is no failure of the wait; whoever waited looks at it next.
      await sleep(durationMs, undefined, { signal: stop }).catch(() => undefined);
    },
  };
}
