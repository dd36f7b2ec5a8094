/**
 * Hands events to the workers: by partition, in batches, and never more than a worker can take.
 *
 * Promises  The events of a partition reach their worker in the order of dispatch(). At most `creditsPerWorker` batches
 *           are in flight for each worker, so memory is bounded whatever the speed of the input. When a worker fails,
 *           every pending and every later call rejects with its WorkerFailure.
 *
 * One caller at a time: the job awaits each call before the next.
 */
import type { LlmEvent } from './event.js';
import type { DispatchSpans, SentSpan } from './job-spans.js';
import type { FromWorker, RoutedEvent } from './messages.js';
import type { WindowResult } from './pipeline/model-windows.js';
import { partitionOf, workerOf } from './pipeline/partition-of.js';
import { sumTallies, type Tally } from './pipeline/tally.js';
import type { WorkerFailure, WorkerLink } from './worker-link.js';

export interface DispatcherOptions {
  readonly batchEventsMax: number;
  readonly creditsPerWorker: number;
  readonly nowMs: () => number;
  /** Reading has to wait for a worker. */
  readonly onBackpressure: () => void;
  readonly onProcessed: (eventCount: number) => void;
  readonly onWindows: (windows: readonly WindowResult[]) => void;
  /** Where batches are traced. */
  readonly spans?: DispatchSpans | undefined;
  /** Also when nobody waits for anything, as after the end of the input. */
  readonly onFailure: (failure: WorkerFailure) => void;
}

interface Lane {
  readonly index: number;
  readonly link: WorkerLink;
  batch: RoutedEvent[];
  credits: number;
  tally: Tally | undefined;
}

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
  readonly reject: (failure: WorkerFailure) => void;
}

export class Dispatcher {
  private readonly lanes: readonly Lane[];
  private readonly options: DispatcherOptions;
  private failure: WorkerFailure | undefined;
  private waiter: Waiter | undefined;

  constructor(links: readonly WorkerLink[], options: DispatcherOptions) {
    this.options = options;
    this.lanes = links.map((link, index) => this.openLane(link, index));
  }

  /** Takes one event. Returns a promise only where the caller has to wait; most events fill a batch and need none. */
  dispatch(event: LlmEvent): Promise<void> | undefined {
    const partition = partitionOf(event.id);
    const lane = this.lanes[workerOf(partition, this.lanes.length)];
    lane.batch.push({ partition, readAtMs: this.options.nowMs(), event });
    return lane.batch.length < this.options.batchEventsMax ? undefined : this.send(lane);
  }

  /** Sends what has been collected: before a pause, after which it would be old. */
  async sendPartialBatches(): Promise<void> {
    for (const lane of this.lanes) {
      if (lane.batch.length > 0) await this.send(lane);
    }
  }

  /** Sends the rest, has every window closed, and gives the sum of what the workers did. */
  async finish(): Promise<Tally> {
    await this.sendPartialBatches();
    const span = this.options.spans?.finish();
    for (const lane of this.lanes) lane.link.send({ type: 'finish', ...traceOf(span) });
    try {
      await this.wait(() => this.lanes.every(lane => lane.tally !== undefined));
    } finally {
      span?.end();
    }
    return sumTallies(this.lanes.flatMap(lane => lane.tally ?? []));
  }

  /** Ends the workers: after what they were sent, or at once where one of them has failed. */
  async close(): Promise<void> {
    const failed = this.failure !== undefined;
    await Promise.all(this.lanes.map(({ link }) => (failed ? link.terminate() : link.close())));
  }

  private openLane(link: WorkerLink, index: number): Lane {
    const lane: Lane = { index, link, batch: [], credits: this.options.creditsPerWorker, tally: undefined };
    link.onMessage(message => this.receive(lane, message));
    link.onFailure(failure => this.fail(failure));
    return lane;
  }

  private async send(lane: Lane): Promise<void> {
    if (lane.credits === 0) {
      this.options.onBackpressure();
    }
    const span = this.options.spans?.batch(lane.index, lane.batch.length);
    try {
      await this.wait(() => lane.credits > 0);
      lane.credits--;
      lane.link.send({ type: 'batch', events: lane.batch, ...traceOf(span) });
      lane.batch = [];
    } finally {
      span?.end();
    }
  }

  private receive(lane: Lane, message: FromWorker): void {
    if (message.windows.length > 0) this.options.onWindows(message.windows);
    if (message.type === 'processed') {
      lane.credits++;
      this.options.onProcessed(message.eventCount);
    } else {
      lane.tally = message.tally;
    }
    this.wake();
  }

  private fail(failure: WorkerFailure): void {
    // Only the first: the others are most often its consequence.
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.options.onFailure(failure);
    this.wake();
  }

  private async wait(isDone: () => boolean): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (isDone()) return;
    await new Promise<void>((resolve, reject) => {
      this.waiter = { isDone, resolve, reject };
    });
  }

  private wake(): void {
    const { waiter, failure } = this;
    if (waiter === undefined) return;
    if (failure === undefined && !waiter.isDone()) return;
    this.waiter = undefined;
    if (failure === undefined) waiter.resolve();
    else waiter.reject(failure);
  }
}

/** Without a member where there is no span: a message that has it undefined would carry its name. */
function traceOf(span: SentSpan | undefined): { readonly trace?: SentSpan['carrier'] } {
  return span === undefined ? {} : { trace: span.carrier };
}
