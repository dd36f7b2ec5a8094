/**
 * Collect callbacks: those of one thread, each run at most once at a time.
 *
 *     idle --begin--> running --settled--> idle
 *                       | asked again meanwhile: once more, after it has settled
 *
 * Promises  Whoever asks is served by a run that began afterwards. Those who ask while a callback runs share its next
 *           run. A callback that throws or rejects is told of it before its run counts as ended; the others run.
 *           A callback that never settles is one run for ever: it holds up no other callback, and nothing piles up
 *           behind it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isAfter } from './collect-requests.js';

/** Whose run the code that runs now is part of, also after it has awaited something. */
const running = new AsyncLocalStorage<CallbackRuns>();

/** What runs before values are read. */
export interface CollectCallback {
  readonly family: string;
  run(): unknown;
  /** Called when a run has thrown or rejected, before whoever waits for the run goes on. Must not throw. */
  failed(error: unknown): void;
}

/** One callback, and how far its runs have come. */
export class CallbackRuns {
  /** Runs begun and ended since the callback was added; one is running while they differ. */
  begun = 0;
  ended = 0;
  /** What the last run that has ended failed with. */
  failure: { readonly error: unknown } | undefined;
  /** True while a run goes on that a scrape of this thread has given up waiting for. */
  isOverdue = false;
  isRemoved = false;
  /** The last request that was there when the last run that has begun, or ended, began. */
  begunFor: number;
  endedFor: number;
  private isWantedAgain = false;

  constructor(
    private readonly callback: CollectCallback,
    private readonly owner: { currentRequest(): number; ended(): void },
  ) {
    this.begunFor = this.endedFor = owner.currentRequest();
  }

  get family(): string {
    return this.callback.family;
  }

  get isRunning(): boolean {
    return this.begun !== this.ended;
  }

  /**
   * Begins a run, or notes that one more is wanted after the one that goes on.
   *
   * @returns the count of ended runs at which what was asked for is there
   */
  want(): number {
    // A scrape that a callback starts itself can wait neither for the run that it is part of nor for one after it: there
    // would be no end of them. Nor is there anything to wait for when another callback has just removed this one.
    if (running.getStore() === this) return this.ended;
    if (this.isRemoved) return this.begun;
    if (this.isRunning) this.isWantedAgain = true;
    else this.begin();
    return this.isWantedAgain ? this.begun + 1 : this.begun;
  }

  private begin(): void {
    this.isWantedAgain = false;
    this.begun++;
    // Before the call: what the callback reads from here on is no older than this request.
    this.begunFor = this.owner.currentRequest();
    let result: Promise<unknown> | undefined;
    try {
      result = promiseOf(running.run(this, () => this.callback.run()));
    } catch (error) {
      this.end({ error });
      return;
    }
    if (result === undefined) this.end(undefined);
    else {
      result.then(
        () => this.end(undefined),
        (error: unknown) => this.end({ error }),
      );
    }
  }

  private end(failure: { readonly error: unknown } | undefined): void {
    if (this.isRemoved) return;
    this.failure = failure;
    if (failure !== undefined) this.callback.failed(failure.error);
    this.ended = this.begun;
    this.endedFor = this.begunFor;
    this.isOverdue = false;
    this.owner.ended();
    if (this.isWantedAgain) this.begin();
  }
}

export class CollectCallbacks {
  private readonly all = new Set<CallbackRuns>();
  private readonly owner: { currentRequest(): number; ended(): void };

  /**
   * @param currentRequest the last request of any thread
   * @param ended called with every end of a run
   */
  constructor(currentRequest: () => number, ended: () => void) {
    this.owner = { currentRequest, ended };
  }

  get size(): number {
    return this.all.size;
  }

  /** @returns what remove() takes */
  add(callback: CollectCallback): CallbackRuns {
    const runs = new CallbackRuns(callback, this.owner);
    this.all.add(runs);
    return runs;
  }

  /** Nobody waits for the callback from now on; a run that goes on ends unheard. */
  remove(runs: CallbackRuns): void {
    runs.isRemoved = true;
    this.all.delete(runs);
  }

  clear(): void {
    for (const runs of this.all) this.remove(runs);
  }

  /** Runs every callback, for a scrape of this thread. */
  wantAll(): readonly OwnRun[] {
    if (this.all.size === 0) return NO_RUNS;
    return [...this.all].map(runs => ({ runs, isWaitedFor: !runs.isOverdue, target: runs.want() }));
  }

  /** Runs every callback that has begun no run since `request` was made. */
  wantFor(request: number): void {
    for (const runs of this.all) if (isAfter(request, runs.begunFor)) runs.want();
  }

  /** The last request that every callback has ended a run for. There must be a callback. */
  answerable(): number {
    let oldest: number | undefined;
    for (const { endedFor } of this.all)
      if (oldest === undefined || isAfter(oldest, endedFor)) oldest = endedFor;
    return oldest!;
  }
}

const NO_RUNS: readonly OwnRun[] = [];

/** What a scrape of this thread wants of one callback. */
export interface OwnRun {
  readonly runs: CallbackRuns;
  /** False when an earlier scrape has given up waiting for a run that still goes on. */
  readonly isWaitedFor: boolean;
  readonly target: number;
}

export function isOwnRunOver({ runs, target }: OwnRun): boolean {
  return runs.isRemoved || runs.ended >= target;
}

/** Undefined for what is no promise, nor anything that can be awaited like one. */
function promiseOf(result: unknown): Promise<unknown> | undefined {
  const isObject = (typeof result === 'object' && result !== null) || typeof result === 'function';
  if (!isObject || typeof (result as PromiseLike<unknown>).then !== 'function') return undefined;
  return Promise.resolve(result);
}
