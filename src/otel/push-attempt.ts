/**
 * Push attempt: one push, from the reading of the values until its last request is answered, given up or abandoned.
 *
 * Promises  Each data point of its requests is counted once: as exported, as rejected by a receiver that has taken the
 *           others, or as not delivered. Values are delivered when their request was answered, and not before.
 */
import type { FailureReason } from './export-failure.js';
import type { ExportObserver } from './export-metrics.js';
import type { DeliveryOutcome, Undelivered } from './otlp-delivery.js';
import type { PushRequest } from './push-requests.js';

export const PUSH_DROP_REASONS = ['export_failed', 'rejected', 'shutdown'] as const;

/**
 * `export_failed`: their request was not taken; what they say is in the next push that arrives. `rejected`: the receiver has
 * taken the request without them, and would not take them again. `shutdown`: the deadline of the shutdown came first.
 */
export type PushDropReason = (typeof PUSH_DROP_REASONS)[number];

export interface PushObserver extends ExportObserver<PushDropReason> {
  /** A receiver has taken a request without some of its points. Told beside dropped(). */
  rejected(points: number, message: string): void;
}

export interface PushSteps {
  /** Reads the values of the registry. */
  readonly read: (signal: AbortSignal) => Promise<readonly PushRequest[]>;
  /** Called once for each push. */
  readonly connect: () => PushConnection;
}

export interface PushConnection {
  /** Delivers one request. Never rejects. */
  deliver(request: PushRequest, signal: AbortSignal): Promise<DeliveryOutcome>;
  close(): void;
}

export interface PushResult {
  /** Undefined when everything was taken. */
  readonly failure: FailureReason | undefined;
  /** These as Undelivered has them. */
  readonly detail: string;
  readonly pauseMs: number;
}

const TAKEN: PushResult = { failure: undefined, detail: '', pauseMs: 0 };
const TIMED_OUT: Undelivered = { failure: 'timeout', detail: '', pauseMs: 0 };

export class PushAttempt {
  private readonly controller = new AbortController();
  /** Points of requests that are not decided. */
  private outstanding = 0;
  /** True when it is given up. */
  private isOver = false;
  private isAbandoned = false;

  constructor(
    private readonly steps: PushSteps,
    private readonly observer: PushObserver,
  ) {}

  /** Never rejects. */
  async run(): Promise<PushResult> {
    try {
      const requests = await this.steps.read(this.controller.signal);
      this.outstanding = requests.reduce((sum, { points }) => sum + points, 0);
      if (this.isAbandoned) this.dropRest('shutdown');
      return await this.send(requests);
    } catch {
      // Its time was over while it was read, or the registry was closed.
      return this.isOver ? TIMED_OUT : { failure: 'other', detail: '', pauseMs: 0 };
    }
  }

  /** Its time is over: what is not delivered by now has failed. */
  end(): void {
    this.isOver = true;
    this.controller.abort();
  }

  /** Counts what is not decided as dropped: nobody waits for it any more. */
  abandon(): void {
    if (this.isAbandoned) return;
    this.isAbandoned = true;
    this.isOver = true;
    this.dropRest('shutdown');
    this.controller.abort();
  }

  private async send(requests: readonly PushRequest[]): Promise<PushResult> {
    const { controller, steps } = this;
    // One request after the other: a receiver that is slow would be slower with all of them.
    const connection = steps.connect();
    let result: PushResult = TAKEN;
    for (const request of requests) {
      // It may have ended while the values were read.
      const outcome = this.isOver ? TIMED_OUT : await connection.deliver(request, controller.signal);
      if (this.isAbandoned) break;
      this.settle(request, outcome);
      if (outcome.failure === undefined) continue;
      result = this.isOver && outcome.failure === 'other' ? TIMED_OUT : outcome;
      // Another request may be taken. Where there is no answer, each would wait as long.
      if (outcome.failure !== 'rejected') break;
    }
    connection.close();
    if (!this.isAbandoned) this.dropRest('export_failed');
    return result;
  }

  private dropRest(reason: PushDropReason): void {
    if (this.outstanding > 0) this.observer.dropped(this.outstanding, reason);
    // Decided from here on: the end of the pushes may come before the caller of run() has heard of it.
    this.outstanding = 0;
  }

  private settle(request: PushRequest, outcome: DeliveryOutcome): void {
    const { observer } = this;
    if (outcome.failure !== undefined) {
      // Its memory may still be on its way to a connection that was given up: it is left to the collector.
      if (outcome.failure !== 'rejected') return;
      this.outstanding -= request.points;
      observer.dropped(request.points, 'export_failed');
      return;
    }
    this.outstanding -= request.points;
    const rejected = Math.min(outcome.rejected, request.points);
    // In full: what a receiver refuses would be refused again, with all that comes after it.
    request.delivered();
    request.release();
    observer.exported(request.points - rejected);
    if (rejected === 0) return;
    observer.dropped(rejected, 'rejected');
    observer.rejected(rejected, outcome.message);
  }
}
