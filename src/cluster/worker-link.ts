/**
 * Worker link: a cluster worker as its primary hears of it.
 *
 *     asked by the primary     collect callbacks run, then a snapshot goes
 *     every pushIntervalMs     a snapshot goes, without callbacks, unless it is the one that went last
 *     shutdown()               as when asked; the primary confirms it
 *     exit of the process      a snapshot goes as far as the channel takes it at once
 *
 * Promises  Nothing that happens to the channel throws in the program. Of unasked snapshots at most one waits in a full
 *           channel. A process that is killed loses what it counted since its last snapshot, and no more.
 */
import { randomUUID } from 'node:crypto';
import { MetricsError } from '../errors.js';
import type { Registry } from '../registry/registry.js';
import { collectParts, readParts } from '../registry/registry-parts.js';
import { clusterState } from './cluster-state.js';
import { bodyOf, carriesBytes, sendQuietly, typeOf } from './messages.js';
import type { PrimaryMessage, SnapshotMessage, WorkerMessage } from './messages.js';
import { familyPartsOf } from './process-snapshot.js';
import type { FamilyPart } from './process-snapshot.js';
import { checksumOf, encodeSnapshot } from './snapshot-format.js';

/** The side of `process` that a worker uses. */
export interface WorkerProcess {
  readonly connected: boolean;
  send(
    message: object,
    handle: undefined,
    options: undefined,
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

export class WorkerLink {
  private asBytes = false;
  private isPushing = false;
  private sentChecksum: number | undefined;
  private readonly farewells = new Map<string, () => void>();
  private timer: NodeJS.Timeout | undefined;

  /** @param registriesOf what this process shows, asked for at each snapshot */
  constructor(
    private readonly process: WorkerProcess,
    private readonly registriesOf: () => readonly Registry[],
  ) {}

  /** Listens from now on. */
  open(): this {
    this.process.on('message', message => this.receive(message));
    // Whatever is still in the channel: this one is the last.
    this.process.on('exit', () => this.pushNow());
    this.restartPushing();
    return this;
  }

  /** After a change of pushIntervalMs. */
  restartPushing(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.push(), clusterState.pushIntervalMs);
    this.timer.unref();
  }

  /**
   * Sends the last snapshot, with collect callbacks, and waits until the primary has it.
   *
   * @throws MetricsError when it has not said so in time: counts since the snapshot before may be missing then
   */
  async shutdown(timeoutMs: number): Promise<void> {
    const farewell = randomUUID();
    const startedMs = performance.now();
    const families = await this.collected(timeoutMs);
    const leftMs = Math.max(1, timeoutMs - (performance.now() - startedMs));
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(unconfirmed(timeoutMs)), leftMs);
      this.farewells.set(farewell, () => {
        clearTimeout(timer);
        resolve();
      });
      this.sendSnapshot(families, { farewell });
    }).finally(() => this.farewells.delete(farewell));
  }

  /** Sends a snapshot that nobody asked for, unless the one before waits in the channel, or is the same. */
  push(): void {
    if (!this.isPushing) this.pushNow();
  }

  private pushNow(): void {
    if (!this.process.connected) return;
    let bytes: Uint8Array;
    try {
      bytes = encodeSnapshot(this.read());
    } catch {
      // A registry that was closed, or an arena that is being torn down with its process.
      return;
    }
    const checksum = checksumOf(bytes);
    if (checksum === this.sentChecksum) return;
    this.sentChecksum = checksum;
    this.isPushing = true;
    const message: SnapshotMessage = { type: 'threadtally:snapshot', body: bodyOf(bytes, this.asBytes) };
    this.send(message, () => (this.isPushing = false));
  }

  /** A message of the channel, the program's own among them. */
  receive(message: unknown): void {
    const type = typeOf(message);
    if (type === undefined) return;
    const known = message as PrimaryMessage;
    if (known.type === 'threadtally:kept') {
      this.farewells.get(known.id)?.();
      return;
    }
    if (known.type !== 'threadtally:greet' && known.type !== 'threadtally:collect') return;
    this.asBytes = carriesBytes(known.probe);
    if (known.type === 'threadtally:collect') {
      void this.answer(known.id, known.timeoutMs);
      return;
    }
    // What went before, went to nobody: a snapshot of the same values is news to this primary.
    this.sentChecksum = undefined;
    this.send({ type: 'threadtally:hello' });
  }

  private async answer(id: string, timeoutMs: number): Promise<void> {
    try {
      this.sendSnapshot(await this.collected(timeoutMs), { id });
    } catch (error) {
      this.send({ type: 'threadtally:snapshot', id, error: String(error) });
    }
  }

  private async collected(timeoutMs: number): Promise<FamilyPart[]> {
    const collectTimeoutMs = Math.max(1, Math.floor(timeoutMs));
    const results = await Promise.all(
      this.registriesOf().map(registry => collectParts(registry, familyPartsOf, { collectTimeoutMs })),
    );
    return results.flatMap(({ result }) => result);
  }

  private read(): FamilyPart[] {
    return this.registriesOf().flatMap(registry => readParts(registry, familyPartsOf));
  }

  private sendSnapshot(families: readonly FamilyPart[], head: Partial<SnapshotMessage>): void {
    const bytes = encodeSnapshot(families);
    this.sentChecksum = checksumOf(bytes);
    this.send({ type: 'threadtally:snapshot', ...head, body: bodyOf(bytes, this.asBytes) });
  }

  private send(message: WorkerMessage, written?: () => void): void {
    sendQuietly(
      (body, callback) => this.process.send(body, undefined, undefined, callback),
      message,
      written,
    );
  }
}

function unconfirmed(timeoutMs: number): MetricsError {
  return new MetricsError(
    'ERR_CLUSTER_TIMEOUT',
    `the primary has not confirmed the last snapshot of this worker within ${timeoutMs} ms; ` +
      'what was counted since the one before may be missing',
  );
}
