/**
 * Attachment: what one thread holds of one arena - its lease, its heartbeat, its safe points.
 *
 * Writers   the attached thread; recover: the thread that saw a worker exit.
 * Promises  A thread is attached to an arena once, however many registries or copies of the package look at it: a
 *           second stripe would be waste, a second heartbeat a lie. The lease ends with the thread: by its own exit
 *           handler, or by its parent after `terminate()` or a crash.
 * Progress  a safe point is two atomic accesses.
 */
import {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId as ownThreadId,
} from 'node:worker_threads';
import type { Arena } from './arena.js';
import { advanceTicks } from './coarse-clock.js';
import { Collectors } from './collectors.js';
import {
  EPOCH_INDEX,
  HEADER_ANONYMOUS_THREADS_OFFSET,
  HEADER_IDLE_EXPIRY_USED_OFFSET,
  LAYOUT_VERSION,
} from './layout.js';
import { Leases } from './leases.js';
import type { Lease } from './leases.js';
import { RecordStore } from './record-store.js';
import { ANONYMOUS_OWNER } from './slots.js';

/** Environment data under which a thread tells its workers who watches them. */
const ENVIRONMENT_KEY = 'threadtally.parent';

export class Attachment {
  readonly leases: Leases;
  readonly records: RecordStore;
  /** Undefined only when every lease record is taken; then this thread records through the shared stripe. */
  readonly lease: Lease | undefined;
  /** The collect callbacks of this thread, and of the others. */
  readonly collectors: Collectors;
  /** Registries of this thread, in any copy of the package, that are attached through this object. */
  users = 0;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly beatListeners = new Set<() => void>();
  private sweepers = 0;
  private pins = 0;
  private recountDue = false;
  private detached = false;

  /** Takes a lease for `threadId` and starts the heartbeat. Use attachThread; tests play other threads with this. */
  constructor(
    readonly arena: Arena,
    threadId: number,
    parentId = -1,
  ) {
    this.leases = new Leases(arena);
    this.lease = this.leases.acquire(threadId, parentId);
    if (this.lease === undefined) arena.addToHeader(HEADER_ANONYMOUS_THREADS_OFFSET, 1);
    this.records = new RecordStore(
      arena,
      this.leases,
      this.lease === undefined ? ANONYMOUS_OWNER : this.lease.index + 1,
    );
    this.collectors = new Collectors(arena, this.leases, this.lease, threadId);
    this.heartbeat = setInterval(() => this.beat(), arena.limits.heartbeatMs);
    this.heartbeat.unref();
  }

  /** The stripe that this thread alone writes, or 0, the shared one. */
  get stripe(): number {
    return this.lease?.stripe ?? 0;
  }

  /**
   * States that no code on this thread's stack holds a reference into the arena. The event loop calls it with every
   * heartbeat; a thread whose loop never turns may call it by itself, so that removed series can be reused.
   */
  safePoint(): void {
    if (this.lease === undefined || this.pins > 0) return;
    this.leases.announce(this.lease, Atomics.load(this.arena.words, EPOCH_INDEX));
  }

  /** Holds back safe points until unpin: for a reader that keeps references over turns of the event loop. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    this.pins--;
  }

  /** Calls `listener` with every heartbeat, until the returned function is called. */
  onBeat(listener: () => void): () => void {
    this.beatListeners.add(listener);
    return () => this.beatListeners.delete(listener);
  }

  /** Offers this thread for the removal of idle series, until the returned function is called. */
  offerSweeps(): () => void {
    const { lease } = this;
    if (lease === undefined) return () => undefined;
    if (this.sweepers++ === 0) this.leases.setSweeper(lease, true);
    return () => {
      if (--this.sweepers === 0) this.leases.setSweeper(lease, false);
    };
  }

  /** Notes that the arena has a family whose idle series expire: until then nobody looks for them. */
  useIdleExpiry(): void {
    this.arena.raiseHeader(HEADER_IDLE_EXPIRY_USED_OFFSET, 1);
  }

  get isIdleExpiryUsed(): boolean {
    return this.arena.header(HEADER_IDLE_EXPIRY_USED_OFFSET) !== 0;
  }

  /**
   * Ends what a worker held that has exited, and the workers that it had created, which Node.js stops before it. Called
   * by the thread that created it. Their counts stay.
   */
  recover(deadThreadId: number): void {
    const dead = this.leases.withDescendants(deadThreadId);
    let isWaitedFor = false;
    for (const held of this.leases.held()) {
      if (!dead.has(held.threadId)) continue;
      this.records.recover(held.index + 1);
      isWaitedFor ||= this.collectors.requests.hasCallbacks(held);
    }
    // After recover: the owner number must not be given to a new thread while its slots are searched.
    for (const threadId of dead) this.leases.reclaim(threadId);
    if (isWaitedFor) this.collectors.wakeAll();
    this.recountDue = !this.records.reservations.recount();
  }

  /** True once this thread has given its lease back; its handles record nothing from then on. */
  get isDetached(): boolean {
    return this.detached;
  }

  /** Stops the heartbeat and gives the lease back: another thread may have the stripe at once. */
  detach(): void {
    if (this.detached) return;
    this.detached = true;
    clearInterval(this.heartbeat);
    // Before the release: every handle of this thread looks up its place at its next use, and learns that it has none.
    this.records.advanceEpoch();
    if (this.lease !== undefined) this.leases.release(this.lease);
    else this.arena.addToHeader(HEADER_ANONYMOUS_THREADS_OFFSET, -1);
    this.collectors.close();
  }

  private beat(): void {
    if (this.lease !== undefined) this.leases.beat(this.lease, Date.now());
    advanceTicks(this.arena);
    this.safePoint();
    for (const listener of this.beatListeners) listener();
    if (this.recountDue) this.recountDue = !this.records.reservations.recount();
  }
}

/**
 * Attachments by arena identity, shared by all copies of the package in this thread: one stripe has one writer, and two
 * copies in one thread are one writer.
 */
const attachmentsKey = Symbol.for(`threadtally.attachments.${LAYOUT_VERSION}`);

function attachmentsOfThread(): Map<string, Attachment> {
  const holder = globalThis as { [attachmentsKey]?: Map<string, Attachment> };
  if (holder[attachmentsKey] === undefined) {
    const attachments = new Map<string, Attachment>();
    holder[attachmentsKey] = attachments;
    const detachAll = (): void => {
      // Listeners that follow may still record, and a stripe given back here might have its next owner by then. The
      // thread that created this one gives it back in that case, as it does after a crash.
      if (process.listeners('exit').at(-1) !== detachAll) return;
      for (const attachment of attachments.values()) attachment.detach();
    };
    process.on('exit', detachAll);
  }
  return holder[attachmentsKey];
}

/** The attachment of the calling thread to an arena; the first call takes the lease. Each call needs a detachThread. */
export function attachThread(arena: Arena): Attachment {
  const attachments = attachmentsOfThread();
  let attachment = attachments.get(arena.identity);
  if (attachment === undefined) {
    attachment = new Attachment(arena, ownThreadId, watchingParent());
    attachments.set(arena.identity, attachment);
  }
  attachment.users++;
  return attachment;
}

/** Takes back one attachThread. The last one gives the lease back: until then other registries write this stripe. */
export function detachThread(arena: Arena): void {
  const attachments = attachmentsOfThread();
  const attachment = attachments.get(arena.identity);
  if (attachment === undefined || --attachment.users > 0) return;
  attachment.detach();
  attachments.delete(arena.identity);
}

const knownArenasKey = Symbol.for(`threadtally.known-arenas.${LAYOUT_VERSION}`);

function knownArenas(): Map<string, Arena> {
  const holder = globalThis as { [knownArenasKey]?: Map<string, Arena> };
  return (holder[knownArenasKey] ??= new Map());
}

/** Notes that workers of this thread may attach to an arena, whether or not this thread does. */
export function expectWorkersOn(arena: Arena): void {
  knownArenas().set(arena.identity, arena);
}

/** Attaches the calling thread to every arena that its workers may attach to. */
export function attachEverywhere(): void {
  const attached = attachmentsOfThread();
  for (const [identity, arena] of knownArenas()) if (!attached.has(identity)) attachThread(arena);
}

/** Ends what an exited worker of this thread held, in every arena that it can have attached to. */
export function recoverEverywhere(deadThreadId: number): void {
  const arenas = new Map(knownArenas());
  for (const [identity, { arena }] of attachmentsOfThread()) arenas.set(identity, arena);
  for (const arena of arenas.values()) {
    const leases = new Leases(arena);
    const dead = leases.withDescendants(deadThreadId);
    if (!leases.held().some(lease => dead.has(lease.threadId))) continue;
    // A thread that has no lease itself takes one: what it looks at must not be reused under its hands.
    const attachment = attachThread(arena);
    attachment.recover(deadThreadId);
    detachThread(arena);
  }
}

const parentKey = Symbol.for('threadtally.parent');

/**
 * Tells the workers that this thread creates from now on that it watches them.
 *
 * What this thread was told itself is kept first: both stand under the same key of the environment data.
 */
export function announceAsParent(): void {
  const holder = globalThis as { [parentKey]?: number };
  const inherited: unknown = getEnvironmentData(ENVIRONMENT_KEY);
  holder[parentKey] = isMainThread || typeof inherited !== 'number' ? -1 : inherited;
  setEnvironmentData(ENVIRONMENT_KEY, ownThreadId);
}

/** The nearest ancestor of this thread that watches its workers; -1 if there is none. */
function watchingParent(): number {
  return (globalThis as { [parentKey]?: number })[parentKey] ?? -1;
}
