/**
 * Leases: which thread may write which stripe.
 *
 *     free(g) --acquire, by the leasing thread--> leased(g, thread) --release, by that thread--> free(g+1)
 *                                                        `--reclaim, by its parent after the worker's 'exit'--> free(g+1)
 *
 * Layout    see layout.ts, "Lease". Lease i < stripeCount owns stripe i + 1; the leases above own none and record
 *           through the shared stripe.
 * Writers   acquire/release: the leasing thread. reclaim: the thread that created the worker.
 * Readers   any thread, any time.
 * Promises  At most one live thread writes a stripe. State, generation and thread id change in one 64-bit exchange, so
 *           a thread killed inside acquire either holds a lease that its parent can find, or none. Nothing expires by
 *           a clock: a thread that is paused for an hour still owns its stripe.
 * Progress  acquire: lock-free, at most one pass over the leases. release and reclaim: wait-free.
 */
import type { Arena } from './arena.js';
import {
  EPOCH_INDEX,
  HEADER_LEASE_HIGH_WATER_OFFSET,
  HEADER_LEASE_ORDER_OFFSET,
  LEASE_ANNOUNCED_OFFSET,
  LEASE_BYTES,
  LEASE_HEARTBEAT_MS_OFFSET,
  LEASE_LEASED_MS_OFFSET,
  LEASE_ORDER_OFFSET,
  LEASE_PARENT_ID_OFFSET,
  LEASE_RESERVING_OFFSET,
  LEASE_STATE_OFFSET,
  LEASE_SWEEP_MARK_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';
import type { StripeIndex } from './layout.js';

/** An exclusive right of one thread, valid until released or until that thread has exited. */
export interface Lease {
  /** Position of the record; slot owners are recorded as index + 1. */
  readonly index: number;
  /** The stripe that only this thread writes, or 0 (the shared one) when every stripe is taken. */
  readonly stripe: StripeIndex;
  readonly threadId: number;
  /** The state word while leased: generation * 2 + 1. Marks gauge values as this lease's own. */
  readonly mark: number;
}

/** What can be seen of a lease from any thread. */
export interface LeaseReading {
  readonly index: number;
  readonly stripe: StripeIndex;
  readonly threadId: number;
  /** The nearest ancestor of the owner that watches its exit; -1 for the main thread, or when it is not known yet. */
  readonly parentId: number;
  readonly mark: number;
  readonly order: number;
  /** True while the owner offers to remove idle series; a thread may be attached and have nobody who would do it. */
  readonly isSweeper: boolean;
  readonly heartbeatMs: number;
  readonly leasedMs: number;
}

export class Leases {
  constructor(private readonly arena: Arena) {}

  /**
   * Takes a lease for a thread, one with a stripe while there are any. Undefined when every record is taken.
   *
   * @param parentId the nearest ancestor that watches the thread, -1 if there is none
   */
  acquire(threadId: number, parentId = -1): Lease | undefined {
    for (let index = 0; index < this.arena.sizes.leaseCount; index++) {
      const seen = Atomics.load(this.arena.quads, this.quadIndex(index));
      const state = Number(BigInt.asUintN(32, seen));
      if ((state & 1) === 1) continue;
      // Before the exchange: a thread killed right after it must be found by reclaim, which looks below the mark.
      this.arena.raiseHeader(HEADER_LEASE_HIGH_WATER_OFFSET, index + 1);
      const mark = (state + 1) | 0;
      const wanted = BigInt.asIntN(64, (BigInt(threadId) << 32n) | BigInt(mark >>> 0));
      const parent = BigInt.asIntN(64, (BigInt(mark >>> 0) << 32n) | BigInt(parentId >>> 0));
      const parentIndex = this.parentQuadIndex(index);
      if (Atomics.compareExchange(this.arena.quads, this.quadIndex(index), seen, wanted) !== seen) continue;
      // Publishes the parent: until here, the one of an earlier lease stands there, whose death says nothing about this one.
      // At once, and without a call in between: of a thread that dies here with its parent nobody would know.
      Atomics.store(this.arena.quads, parentIndex, parent);
      return this.begin(index, threadId, mark);
    }
    return undefined;
  }

  /** Ends a lease; its counters stay in the stripe, its gauge values count no more. Ending it twice does nothing. */
  release(lease: Lease): void {
    this.endIfStill(lease.index, lease.threadId, lease.mark);
  }

  /** A thread and those of its descendants that hold leases: a worker takes the workers that it created with it. */
  withDescendants(threadId: number): Set<number> {
    const held = this.held();
    const dead = new Set([threadId]);
    for (let size = 0; size !== dead.size;) {
      size = dead.size;
      for (const lease of held) if (dead.has(lease.parentId)) dead.add(lease.threadId);
    }
    return dead;
  }

  /**
   * Ends the leases of a worker that has exited. Only the thread that saw the worker's `exit` event may call this: a
   * running thread whose lease is taken away would share its stripe with the next owner.
   *
   * @returns the leases that were ended
   */
  reclaim(threadId: number): LeaseReading[] {
    return this.held().filter(
      reading => reading.threadId === threadId && this.endIfStill(reading.index, threadId, reading.mark),
    );
  }

  /** The leases that are held at this moment, in the order of their records. */
  held(): LeaseReading[] {
    const readings: LeaseReading[] = [];
    const highWater = this.arena.header(HEADER_LEASE_HIGH_WATER_OFFSET);
    for (let index = 0; index < highWater; index++) {
      const reading = this.read(index);
      if (reading !== undefined) readings.push(reading);
    }
    return readings;
  }

  /** The lease whose owner alone writes `stripe` now, or undefined when the stripe has no owner. */
  holderOf(stripe: number): LeaseReading | undefined {
    return this.read(stripe - 1);
  }

  /** The state word of a lease record: odd while it is leased, and another one for each lease. */
  stateAt(index: number): number {
    return Atomics.load(this.arena.words, this.wordIndex(index, LEASE_STATE_OFFSET));
  }

  /** The order word of a lease record: written after the state, by whoever takes the lease. */
  orderAt(index: number): number {
    return Atomics.load(this.arena.words, this.wordIndex(index, LEASE_ORDER_OFFSET));
  }

  /** Wall time of the heartbeat, in ms since 1970. Called by the owner only. */
  beat(lease: Lease, nowMs: number): void {
    this.arena.doubles[(this.offset(lease.index) + LEASE_HEARTBEAT_MS_OFFSET) / U64_BYTES] = nowMs;
  }

  /** States that the owner holds no reference to anything retired up to `epoch`. Called by the owner only. */
  announce(lease: Lease, epoch: number): void {
    Atomics.store(this.arena.words, this.wordIndex(lease.index, LEASE_ANNOUNCED_OFFSET), epoch);
  }

  /**
   * The oldest epoch that any held lease still stands at: what was retired up to it is referenced by nobody.
   *
   * A lease that is taken while this runs cannot reach anything retired before: it finds records through the index,
   * which they have left.
   */
  announcedFloor(): number {
    const epoch = Atomics.load(this.arena.words, EPOCH_INDEX);
    const highWater = this.arena.header(HEADER_LEASE_HIGH_WATER_OFFSET);
    let lagMax = 0;
    for (let index = 0; index < highWater; index++) {
      const state = Atomics.load(this.arena.words, this.wordIndex(index, LEASE_STATE_OFFSET));
      if ((state & 1) === 0) continue;
      const announced = Atomics.load(this.arena.words, this.wordIndex(index, LEASE_ANNOUNCED_OFFSET));
      lagMax = Math.max(lagMax, (epoch - announced) | 0);
    }
    return (epoch - lagMax) | 0;
  }

  /** Notes that the owner has counted a record in that it has not published yet. Called by the owner only. */
  setReserving(index: number, isReserving: boolean): void {
    Atomics.store(this.arena.words, this.wordIndex(index, LEASE_RESERVING_OFFSET), isReserving ? 1 : 0);
  }

  /** States whether the owner removes idle series with its heartbeat. Called by the owner only. */
  setSweeper(lease: Lease, isSweeper: boolean): void {
    const index = this.wordIndex(lease.index, LEASE_SWEEP_MARK_OFFSET);
    // The mark, as beside the parent: what an earlier owner of this record offered says nothing about the next.
    if (isSweeper) Atomics.store(this.arena.words, index, lease.mark);
    else Atomics.compareExchange(this.arena.words, index, lease.mark, 0);
  }

  /** True while any living owner has counted in what it has not published yet. */
  isAnyReserving(): boolean {
    return this.held().some(
      lease => Atomics.load(this.arena.words, this.wordIndex(lease.index, LEASE_RESERVING_OFFSET)) === 1,
    );
  }

  private begin(index: number, threadId: number, mark: number): Lease {
    const nowMs = Date.now();
    const stripe = (index < this.arena.sizes.stripeCount ? index + 1 : 0) as StripeIndex;
    const lease: Lease = { index, stripe, threadId, mark };
    this.announce(lease, Atomics.load(this.arena.words, EPOCH_INDEX));
    this.arena.doubles[(this.offset(index) + LEASE_LEASED_MS_OFFSET) / U64_BYTES] = nowMs;
    this.beat(lease, nowMs);
    Atomics.store(
      this.arena.words,
      this.wordIndex(index, LEASE_ORDER_OFFSET),
      this.arena.addToHeader(HEADER_LEASE_ORDER_OFFSET, 1) + 1,
    );
    this.setReserving(index, false);
    return lease;
  }

  /** The lease at this position of the records, if it is held. */
  read(index: number): LeaseReading | undefined {
    const quad = Atomics.load(this.arena.quads, this.quadIndex(index));
    const state = Number(BigInt.asIntN(32, quad));
    if ((state & 1) === 0) return undefined;
    return {
      index,
      stripe: (index < this.arena.sizes.stripeCount ? index + 1 : 0) as StripeIndex,
      threadId: Number(BigInt.asUintN(32, quad >> 32n)),
      parentId: this.parentOf(index, state),
      mark: state,
      order: Atomics.load(this.arena.words, this.wordIndex(index, LEASE_ORDER_OFFSET)),
      isSweeper: Atomics.load(this.arena.words, this.wordIndex(index, LEASE_SWEEP_MARK_OFFSET)) === state,
      heartbeatMs: this.arena.doubles[(this.offset(index) + LEASE_HEARTBEAT_MS_OFFSET) / U64_BYTES]!,
      leasedMs: this.arena.doubles[(this.offset(index) + LEASE_LEASED_MS_OFFSET) / U64_BYTES]!,
    };
  }

  private parentOf(index: number, mark: number): number {
    const quad = Atomics.load(this.arena.quads, this.parentQuadIndex(index));
    return Number(BigInt.asIntN(32, quad >> 32n)) === mark ? Number(BigInt.asIntN(32, quad)) : -1;
  }

  private endIfStill(index: number, threadId: number, mark: number): boolean {
    const held = BigInt.asIntN(64, (BigInt(threadId) << 32n) | BigInt(mark >>> 0));
    const free = BigInt.asIntN(64, BigInt((mark + 1) >>> 0));
    return Atomics.compareExchange(this.arena.quads, this.quadIndex(index), held, free) === held;
  }

  private offset(index: number): number {
    return this.arena.regions.leasesOffset + index * LEASE_BYTES;
  }

  private wordIndex(index: number, fieldOffset: number): number {
    return (this.offset(index) + fieldOffset) / U32_BYTES;
  }

  /** The parent id, and the mark of the lease that it is of, in one word. */
  private parentQuadIndex(index: number): number {
    return (this.offset(index) + LEASE_PARENT_ID_OFFSET) / U64_BYTES;
  }

  private quadIndex(index: number): number {
    return (this.offset(index) + LEASE_STATE_OFFSET) / U64_BYTES;
  }
}
