/**
 * Collectors: the threads of an arena that have collect callbacks, as one thread asks them and is one of them.
 *
 * Promises  A scrape waits for the callbacks of every thread, its own included, and never longer than it is told to,
 *           apart from the time that its own callbacks hold up its own event loop. It names who was late. A thread
 *           that ends, whatever way, is no longer waited for once its lease has ended: whoever ends the lease wakes
 *           those who wait.
 *           Without callbacks in any thread there is no channel, no message and no waiting: one word is read.
 *           A thread that found no lease record cannot be asked; its callbacks run for its own scrapes.
 * Progress  wait-free, apart from collect(), which waits in the event loop and blocks nothing.
 */
import type { Arena } from './arena.js';
import type { CallbackRuns, CollectCallback, OwnRun } from './collect-callbacks.js';
import { CollectCallbacks, isOwnRunOver } from './collect-callbacks.js';
import { CollectChannel } from './collect-channel.js';
import type { CollectRequest } from './collect-requests.js';
import { CollectRequests } from './collect-requests.js';
import type { Lease, LeaseReading, Leases } from './leases.js';

/** A thread whose collect callbacks had not ended when a scrape went on without them. */
export interface LateThread {
  /** As `worker_threads.threadId`; 0 is the main thread. */
  readonly threadId: number;
  /** Time since the thread's event loop last turned, in ms; far above the heartbeat interval when it is blocked. */
  readonly heartbeatAgeMs: number;
  /** How long this scrape waited for the thread, in ms; 0 when it has been late since an earlier one. */
  readonly waitedMs: number;
}

/** What became of the callbacks before a scrape. */
export interface Collected {
  readonly late: readonly LateThread[];
  /** Of this thread: families whose callback failed, and those whose callback goes on. */
  readonly failures: readonly { readonly family: string; readonly error: unknown }[];
  readonly lateFamilies: readonly string[];
}

const NOTHING: Collected = { late: [], failures: [], lateFamilies: [] };

export class Collectors {
  readonly requests: CollectRequests;
  private readonly callbacks: CollectCallbacks;
  private readonly channel: CollectChannel;
  private readonly waiting = new Set<() => void>();
  private isClosed = false;

  constructor(
    arena: Arena,
    private readonly leases: Leases,
    private readonly lease: Lease | undefined,
    private readonly threadId: number,
  ) {
    this.requests = new CollectRequests(arena, leases);
    this.callbacks = new CollectCallbacks(
      () => this.requests.current(),
      () => this.advance(),
    );
    this.channel = new CollectChannel(arena.identity, () => this.woken());
  }

  /** Runs a callback of this thread from now on, whichever thread scrapes. Call what is returned to end that. */
  add(callback: CollectCallback): () => void {
    const runs = this.callbacks.add(callback);
    if (this.callbacks.size === 1 && this.lease !== undefined) {
      // Before the mark: a thread that sees it is one that can be woken.
      this.channel.open();
      this.requests.join(this.lease);
    }
    return () => this.remove(runs);
  }

  /**
   * Runs the callbacks of this thread, asks the others to run theirs, and waits for all of them.
   *
   * @param timeoutMs 1..60_000; then the scrape goes on, with the values that are there
   * @returns no promise where there is nothing to wait for
   */
  collect(timeoutMs: number): Collected | Promise<Collected> {
    const startedMs = performance.now();
    const request = this.requests.ask(this.lease);
    // Before the callbacks of this thread: the others run theirs meanwhile.
    if (request !== undefined) this.channel.wake();
    const own = this.callbacks.wantAll();
    if (request === undefined && own.length === 0) return NOTHING;
    return this.waitFor(request, own, { startedMs, timeoutMs });
  }

  private async waitFor(
    request: CollectRequest | undefined,
    own: readonly OwnRun[],
    { startedMs, timeoutMs }: { readonly startedMs: number; readonly timeoutMs: number },
  ): Promise<Collected> {
    const isOver = (): boolean =>
      own.every(run => !run.isWaitedFor || isOwnRunOver(run)) &&
      (request?.waited.every(lease => !this.requests.isPending(lease, request.number)) ?? true);
    await this.until(isOver, startedMs + timeoutMs);
    return this.collected(request, own, performance.now() - startedMs);
  }

  /** Runs what another thread has asked for. The channel calls it; so does what tests without one. */
  answer(): void {
    if (this.lease !== undefined && !this.isClosed) this.callbacks.wantFor(this.requests.current());
  }

  /** Tells those who wait, in all threads, to look again: a lease has ended that had callbacks. */
  wakeAll(): void {
    this.channel.wake();
    this.checkWaiting();
  }

  /** Call it after the lease was given back: callbacks run no more, and nobody waits for this thread. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.callbacks.size > 0 && this.lease !== undefined) this.channel.wake();
    this.callbacks.clear();
    this.channel.close();
    this.checkWaiting();
  }

  private remove(runs: CallbackRuns): void {
    if (runs.isRemoved) return;
    this.callbacks.remove(runs);
    if (this.callbacks.size > 0) this.advance();
    else if (this.lease !== undefined) {
      this.requests.leave(this.lease);
      this.wakeAll();
    } else this.checkWaiting();
  }

  private woken(): void {
    this.answer();
    this.checkWaiting();
  }

  /** A run has ended, or is wanted no more: that may have been the last one of an answer. */
  private advance(): void {
    const isAnswer =
      this.lease !== undefined && this.requests.answer(this.lease, this.callbacks.answerable());
    if (isAnswer) this.channel.wake();
    this.checkWaiting();
  }

  private checkWaiting(): void {
    for (const check of this.waiting) check();
  }

  /** Ends when `isOver` says so, or at `deadlineMs` on the clock of performance.now(), or with this attachment. */
  private until(isOver: () => boolean, deadlineMs: number): Promise<void> {
    // Closed by one of the callbacks that were just called: nobody would look again.
    if (this.isClosed || isOver()) return Promise.resolve();
    return new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve();
      };
      const check = (): void => {
        if (this.isClosed || isOver()) end();
      };
      // Not unref'd: a program that awaits its last scrape is to get it. At least one turn of the loop, in which
      // callbacks that need no more than that settle, also after those of this thread have used up the time.
      const timer = setTimeout(end, Math.max(1, deadlineMs - performance.now()));
      this.waiting.add(check);
    });
  }

  private collected(
    request: CollectRequest | undefined,
    own: readonly OwnRun[],
    waitedMs: number,
  ): Collected {
    // The wait ended with the attachment, and not because anybody was late.
    if (this.isClosed) return NOTHING;
    const late = request === undefined ? [] : this.lateOthers(request, waitedMs);
    const running = own.filter(run => !isOwnRunOver(run));
    if (running.length > 0) {
      const isNew = running.some(run => run.isWaitedFor);
      late.push({
        threadId: this.threadId,
        heartbeatAgeMs: this.lease === undefined ? 0 : heartbeatAgeMs(this.leases.read(this.lease.index)),
        waitedMs: isNew ? waitedMs : 0,
      });
    }
    for (const { runs } of running) runs.isOverdue = runs.isRunning;
    const failures = own.flatMap(run => {
      const { failure, family } = run.runs;
      return failure === undefined || !isOwnRunOver(run) ? [] : [{ family, error: failure.error }];
    });
    late.sort((a, b) => a.threadId - b.threadId);
    return { late, failures, lateFamilies: running.map(({ runs }) => runs.family) };
  }

  private lateOthers({ number, waited, overdue }: CollectRequest, waitedMs: number): LateThread[] {
    const isPending = (lease: LeaseReading): boolean => this.requests.isPending(lease, number);
    const isNew = waited.filter(isPending);
    for (const lease of isNew) this.requests.giveUp(lease, number);
    const isOld = overdue.filter(isPending);
    return [...isNew, ...isOld].map(lease => ({
      threadId: lease.threadId,
      heartbeatAgeMs: heartbeatAgeMs(this.leases.read(lease.index)),
      waitedMs: isNew.includes(lease) ? waitedMs : 0,
    }));
  }
}

function heartbeatAgeMs(lease: LeaseReading | undefined): number {
  return lease === undefined ? 0 : Math.max(0, Date.now() - lease.heartbeatMs);
}
