/**
 * Primary link: the primary of a cluster as it asks its workers, and what it knows of them.
 *
 * Promises  A scrape waits for the workers no longer than it is told to. One that does not answer in time is shown by its
 *           last snapshot, named, counted, and not waited for again until it has answered; nothing more is sent to it
 *           meanwhile. A worker that ends is not waited for. Only workers that have said hello are asked.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { ClusterCounters } from './cluster-counters.js';
import type { FamilyPart } from './process-snapshot.js';
import { PROBE, sendQuietly, typeOf } from './messages.js';
import type { PrimaryMessage, SnapshotMessage } from './messages.js';
import type { MergeInput } from './process-merge.js';
import { RemoteWorkers } from './remote-workers.js';
import type { RemoteProcess, RemoteWorker } from './remote-workers.js';

/** A worker process whose snapshot was not there when a scrape went on without it. */
export interface LateWorker {
  /** As `cluster.worker.id`. */
  readonly workerId: number;
  readonly pid: number | undefined;
  /** Time since its last snapshot, in ms; undefined when it has sent none, and is missing. */
  readonly snapshotAgeMs: number | undefined;
  /** How long this scrape waited for it, in ms; 0 when it has been late since an earlier one. */
  readonly waitedMs: number;
}

/** The side of node:cluster that a primary uses. */
export interface PrimaryCluster {
  readonly workers?: Readonly<Record<string, RemoteProcess | undefined>> | undefined;
  on(event: 'message', listener: (worker: RemoteProcess, message: unknown) => void): unknown;
  on(event: 'exit' | 'disconnect', listener: (worker: RemoteProcess) => void): unknown;
  off(event: 'message', listener: (worker: RemoteProcess, message: unknown) => void): unknown;
  off(event: 'exit' | 'disconnect', listener: (worker: RemoteProcess) => void): unknown;
}

/** Share of the wait that a worker may spend on its callbacks; the rest is for its snapshot. */
const CALLBACK_SHARE = 0.75;

export class PrimaryLink {
  private readonly counters = new ClusterCounters();
  private readonly workers = new RemoteWorkers();
  private readonly instance = randomUUID();
  private requests = 0;
  /** Called when a worker has answered, or is gone. */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly cluster: PrimaryCluster) {}

  /** Listens from now on, and has the workers that are there already say hello. */
  open(): this {
    const { cluster } = this;
    cluster.on('message', (worker, message) => this.receive(worker, message));
    cluster.on('exit', worker => this.exited(worker));
    cluster.on('disconnect', worker => this.disconnected(worker));
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker !== undefined) this.send(worker, { type: 'threadtally:greet', probe: PROBE });
    }
    return this;
  }

  /** Asks the workers for snapshots and waits for them, `timeoutMs` at most. Returns those that were late. */
  async ask(timeoutMs: number): Promise<LateWorker[]> {
    const startedMs = performance.now();
    const living = this.workers.living();
    // Nothing piles up in the channel of one that does not read it.
    const asked = living.filter(({ isLate }) => !isLate);
    const ids = new Map(asked.map(worker => [worker, this.request(worker, timeoutMs)]));
    const isPending = (worker: RemoteWorker): boolean => isUnanswered(worker, ids.get(worker));
    await this.waitWhile(() => asked.some(isPending), timeoutMs);
    const nowMs = performance.now();
    for (const worker of asked) if (isPending(worker)) worker.isLate = true;
    const late = living
      .filter(worker => worker.isLate && !worker.isGone && !worker.isClosed)
      .map(worker => lateWorker(worker, nowMs, isPending(worker) ? nowMs - startedMs : 0));
    for (const { workerId } of late) this.counters.countLate(workerId);
    return late;
  }

  /** The last snapshots of all workers, and what stays of those that are gone. */
  inputs(): MergeInput[] {
    return this.workers.inputs();
  }

  /** What this link counts itself. */
  ownFamilies(): FamilyPart[] {
    return this.counters.families();
  }

  countConflicts(names: readonly string[]): void {
    for (const name of names) this.counters.countConflict(name);
  }

  exited({ id }: RemoteProcess): void {
    this.workers.exited(id);
    this.wake();
  }

  disconnected({ id }: RemoteProcess): void {
    this.workers.disconnected(id);
    this.wake();
  }

  /** A message of a worker, the program's own among them. */
  receive(process: RemoteProcess, message: unknown): void {
    const type = typeOf(message);
    if (type === 'threadtally:hello') this.workers.meet(process);
    if (type !== 'threadtally:snapshot') return;
    const { id, farewell, body, error } = message as SnapshotMessage;
    const worker = this.workers.meet(process);
    const isKept = error === undefined && this.workers.keep(worker, body);
    if (error !== undefined) this.workers.failed(worker, error);
    if (!isKept) this.counters.countRefused(error === undefined ? 'snapshot' : 'worker');
    if (id !== undefined && worker.asked.delete(id) && worker.asked.size === 0) worker.isLate = false;
    // The worker takes no answer for what it is: its last counts are missing here.
    if (farewell !== undefined && isKept) this.send(process, { type: 'threadtally:kept', id: farewell });
    this.wake();
  }

  /** Returns the id that its answer will have. */
  private request(worker: RemoteWorker, timeoutMs: number): string {
    const id = `${this.instance}:${this.requests++}`;
    worker.asked.add(id);
    this.send(worker.process, {
      type: 'threadtally:collect',
      id,
      timeoutMs: timeoutMs * CALLBACK_SHARE,
      probe: PROBE,
    });
    return id;
  }

  private wake(): void {
    for (const check of this.waiting) check();
  }

  private async waitWhile(isWaiting: () => boolean, timeoutMs: number): Promise<void> {
    if (!isWaiting()) return;
    await new Promise<void>(resolve => {
      const check = (): void => {
        if (!isWaiting()) end();
      };
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiting.add(check);
    });
    // When this process itself was held up, answers may stand in its channels, and timers come before them.
    if (isWaiting()) await endOfLoopTurn();
  }

  private send(worker: RemoteProcess, message: PrimaryMessage): void {
    sendQuietly((body, callback) => worker.send(body, callback), message);
  }
}

function isUnanswered({ asked, isGone, isClosed }: RemoteWorker, id: string | undefined): boolean {
  return id !== undefined && asked.has(id) && !isGone && !isClosed;
}

function lateWorker({ process, lastAtMs }: RemoteWorker, nowMs: number, waitedMs: number): LateWorker {
  const snapshotAgeMs = Number.isNaN(lastAtMs) ? undefined : nowMs - lastAtMs;
  return { workerId: process.id, pid: process.process.pid, snapshotAgeMs, waitedMs };
}
