/**
 * Remote workers: the cluster workers that answer, as the primary knows them, and what stays of those that are gone.
 *
 *     hello --> known --exit--> without gauges --channel closed--> added to the departed
 *
 * The last messages of a process may come after its exit, and none after its channel is closed: only then its last
 * snapshot is the last.
 */
import { MetricsError } from '../errors.js';
import { warn } from '../registry/cardinality.js';
import { DefinitionPool } from './definition-pool.js';
import { bytesOf } from './messages.js';
import type { FamilyPart } from './process-snapshot.js';
import { withDeparted } from './process-merge.js';
import type { MergeInput } from './process-merge.js';
import { decodeSnapshot } from './snapshot-format.js';

/** The side of a cluster worker that a primary uses. */
export interface RemoteProcess {
  readonly id: number;
  readonly process: { readonly pid?: number | undefined };
  isConnected(): boolean;
  /** True from its exit on, also before the event of it. */
  isDead(): boolean;
  send(message: object, callback: (error: Error | null) => void): boolean;
}

export interface RemoteWorker {
  readonly process: RemoteProcess;
  last: readonly FamilyPart[];
  /** When it came, on the monotonic clock. */
  lastAtMs: number;
  isGone: boolean;
  isClosed: boolean;
  /** The requests that have no answer yet. */
  readonly asked: Set<string>;
  /** True while a scrape that gave up on it is unanswered: it is neither asked nor waited for then. */
  isLate: boolean;
}

export class RemoteWorkers {
  private readonly byId = new Map<number, RemoteWorker>();
  private readonly pool = new DefinitionPool();
  private departed: readonly FamilyPart[] = [];
  private hasWarned = false;

  /** A worker that said hello, or sent a snapshot. */
  meet(process: RemoteProcess): RemoteWorker {
    let worker = this.byId.get(process.id);
    if (worker === undefined) {
      // Of a worker that lives for a moment, the exit may be heard of before its first message; there is no second exit.
      const state = { isGone: process.isDead(), isClosed: false, isLate: false };
      worker = { process, last: [], lastAtMs: NaN, ...state, asked: new Set() };
      this.byId.set(process.id, worker);
    }
    return worker;
  }

  find(id: number): RemoteWorker | undefined {
    return this.byId.get(id);
  }

  /** Those that can be asked, in the order of their ids. */
  living(): RemoteWorker[] {
    return [...this.byId.values()]
      .filter(({ isGone, isClosed, process }) => !isGone && !isClosed && process.isConnected())
      .toSorted((a, b) => a.process.id - b.process.id);
  }

  /** Takes the snapshot of a worker. False when it cannot be read: the one before stays. */
  keep(worker: RemoteWorker, body: unknown): boolean {
    try {
      worker.last = decodeSnapshot(bytesOf(body), this.pool);
      worker.lastAtMs = performance.now();
      return true;
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      this.warnOnce(worker, error.message);
      return false;
    }
  }

  /** A worker could not answer: what it showed before stays. */
  failed(worker: RemoteWorker, error: string): void {
    this.warnOnce(worker, error);
  }

  exited(id: number): void {
    const worker = this.byId.get(id);
    if (worker === undefined) return;
    worker.isGone = true;
    this.forgetIfOver(worker);
  }

  disconnected(id: number): void {
    const worker = this.byId.get(id);
    if (worker === undefined) return;
    worker.isClosed = true;
    this.forgetIfOver(worker);
  }

  /** What the workers have told, the gone ones first: those are older than all that are there. */
  inputs(): MergeInput[] {
    const workers = [...this.byId.values()].toSorted((a, b) => a.process.id - b.process.id);
    const gone = workers.filter(({ isGone, isClosed }) => isGone || isClosed);
    const departed = gone.reduce<readonly FamilyPart[]>(
      (families, { last }) => withDeparted(families, last),
      this.departed,
    );
    return [
      { process: undefined, families: departed },
      ...workers
        .filter(worker => !gone.includes(worker))
        .map(({ process, last }) => ({ process: process.id, families: last })),
    ];
  }

  private warnOnce({ process }: RemoteWorker, problem: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    warn(`a snapshot of cluster worker ${process.id} is not shown: ${problem}`, 'THREADTALLY_CLUSTER');
  }

  private forgetIfOver(worker: RemoteWorker): void {
    if (!worker.isGone || !worker.isClosed) return;
    this.byId.delete(worker.process.id);
    this.departed = withDeparted(this.departed, worker.last);
  }
}
