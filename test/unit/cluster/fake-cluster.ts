/** Fake cluster: both sides of node:cluster without processes, so that every order of events can be played. */
import { EventEmitter } from 'node:events';
import type { PrimaryCluster } from '../../../src/cluster/primary-link.js';
import type { RemoteProcess } from '../../../src/cluster/remote-workers.js';
import type { WorkerProcess } from '../../../src/cluster/worker-link.js';

/** What a message becomes on the channel. */
export type Serialization = 'json' | 'advanced';

function carried(message: object, serialization: Serialization): object {
  return (
    serialization === 'json' ? JSON.parse(JSON.stringify(message)) : structuredClone(message)
  ) as object;
}

export class FakeRemote implements RemoteProcess {
  readonly sent: Record<string, unknown>[] = [];
  readonly process: { readonly pid: number };
  isOpen = true;
  hasExited = false;
  /** Thrown by the next send. */
  failure: Error | undefined;

  constructor(
    readonly id: number,
    readonly serialization: Serialization = 'json',
  ) {
    this.process = { pid: 1_000 + id };
  }

  isConnected(): boolean {
    return this.isOpen;
  }

  isDead(): boolean {
    return this.hasExited;
  }

  send(message: object, callback: (error: Error | null) => void): boolean {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(carried(message, this.serialization) as Record<string, unknown>);
    callback(null);
    return true;
  }

  get last(): Record<string, unknown> | undefined {
    return this.sent.at(-1);
  }
}

export class FakeCluster extends EventEmitter implements PrimaryCluster {
  readonly workers: Record<string, RemoteProcess | undefined> = {};
}

export class FakeProcess extends EventEmitter implements WorkerProcess {
  readonly sent: Record<string, unknown>[] = [];
  connected = true;
  /** While true, what was sent stays in the channel. */
  isFull = false;
  failure: Error | undefined;
  private readonly written: (() => void)[] = [];

  constructor(readonly serialization: Serialization = 'json') {
    super();
  }

  send(
    message: object,
    _handle: undefined,
    _options: undefined,
    callback: (error: Error | null) => void,
  ): boolean {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(carried(message, this.serialization) as Record<string, unknown>);
    if (this.isFull) this.written.push(() => callback(null));
    else callback(null);
    return !this.isFull;
  }

  drain(): void {
    this.isFull = false;
    for (const write of this.written.splice(0)) write();
  }

  /** The types of what was sent. */
  get types(): unknown[] {
    return this.sent.map(({ type }) => type);
  }
}
