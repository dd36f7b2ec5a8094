/** Push bench: periodic pushes whose clock is turned, and whose requests are answered, by hand. */
import { setImmediate as loopTurn } from 'node:timers/promises';
import type { BreakerState } from '../../../src/otel/circuit-breaker.js';
import type { FailureReason } from '../../../src/otel/export-failure.js';
import type { DeliveryOutcome } from '../../../src/otel/otlp-delivery.js';
import { PeriodicPush } from '../../../src/otel/periodic-push.js';
import type { PushDropReason, PushObserver } from '../../../src/otel/push-attempt.js';
import type { PushRequest } from '../../../src/otel/push-requests.js';
import { TurnedTimers } from './export-bench.js';

export const EXPORT_TIMEOUT_MS = 700;
export const TAKEN: DeliveryOutcome = { failure: undefined, rejected: 0, message: '' };
export const failed = (failure: FailureReason, pauseMs = 0): DeliveryOutcome => ({
  failure,
  detail: '',
  pauseMs,
});

export interface Sent {
  readonly points: number;
  readonly answer: (outcome: DeliveryOutcome) => void;
  readonly signal: AbortSignal;
}

/** Counts what it is told. */
export class PushLedger implements PushObserver {
  exportedPoints = 0;
  readonly drops: Partial<Record<PushDropReason, number>> = {};
  readonly failures: FailureReason[] = [];
  readonly breakerStates: BreakerState[] = [];
  readonly words: string[] = [];
  endings = 0;

  exported(points: number): void {
    this.exportedPoints += points;
  }

  dropped(points: number, reason: PushDropReason): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + points;
  }

  failed(reason: FailureReason): void {
    this.failures.push(reason);
  }

  ended(): void {
    this.endings++;
  }

  breaker(state: BreakerState): void {
    this.breakerStates.push(state);
  }

  rejected(_points: number, message: string): void {
    this.words.push(message);
  }
}

export class PushBench {
  readonly timers = new TurnedTimers();
  readonly counts = new PushLedger();
  readonly sent: Sent[] = [];
  /** Points of each request of the pushes to come. */
  requests: readonly number[] = [5];
  reads = 0;
  lastReadMs = 0;
  /** Points of all requests so far. */
  readPoints = 0;
  delivered = 0;
  released = 0;
  connections = 0;
  whenRead: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly pushes = new PeriodicPush({
    intervalMs: 1_000,
    exportTimeoutMs: EXPORT_TIMEOUT_MS,
    breaker: { failuresMax: 2, openMs: 5_000, successesMin: 1 },
    timers: this.timers,
    observer: this.counts,
    read: async signal => {
      this.reads++;
      this.lastReadMs = this.timers.nowMs();
      await this.whenRead(signal);
      return this.requests.map(points => this.requestOf(points));
    },
    connect: () => {
      this.connections++;
      return {
        close: () => void this.connections--,
        deliver: ({ points }, signal) =>
          new Promise(resolve => {
            this.sent.push({ points, answer: resolve, signal });
            signal.addEventListener('abort', () => resolve(failed('other')));
          }),
      };
    },
  });

  /** Lets time pass, and what waits for promises go on. */
  async advance(ms: number): Promise<void> {
    this.timers.advance(ms);
    await loopTurn();
  }

  async answer(outcome: DeliveryOutcome = TAKEN): Promise<void> {
    this.sent.at(-1)!.answer(outcome);
    await loopTurn();
  }

  private requestOf(points: number): PushRequest {
    this.readPoints += points;
    return {
      body: new Uint8Array(0),
      points,
      delivered: () => void this.delivered++,
      release: () => void this.released++,
    };
  }
}
