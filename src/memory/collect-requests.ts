/**
 * Collect requests: how a scrape asks the threads that have collect callbacks to run them.
 *
 *     a thread that scrapes                        a thread with callbacks
 *                                                  answered = overdue = request; mark: "has callbacks"
 *     lists the leases with callbacks
 *     request + 1 -> R              -- wake-up -->  reads R, runs its callbacks
 *     until none is pending:        <-- wake-up --  answered = R
 *       answered >= R, or no callbacks any more, or the lease has ended
 *     out of time: overdue = R                     is not waited for until answered >= overdue
 *
 * Layout    see layout.ts: collectRequest and collectUsed of the header, the collect words of a lease.
 * Writers   request: any thread that scrapes. mark and answered: the owner of the lease. overdue: any thread that
 *           scrapes, and the owner when it gets its first callback.
 * Readers   any thread.
 * Promises  All that is known stands in these words; a wake-up only says that it is time to look at them. An answer is
 *           there when every callback has ended a run that began after the request. Words that an earlier owner of the
 *           lease left say nothing of the present one: they count only beside its mark. A thread that answered no
 *           request since one was given up is not waited for again, so a thread that is blocked costs one deadline, and
 *           not one for each scrape.
 * Progress  every operation is wait-free. Nothing here waits: see collectors.ts.
 *
 * Requests are compared by their distance, so they may wrap.
 */
import type { Arena } from './arena.js';
import {
  HEADER_COLLECT_REQUEST_OFFSET,
  HEADER_COLLECT_USED_OFFSET,
  LEASE_BYTES,
  LEASE_COLLECT_ANSWERED_OFFSET,
  LEASE_COLLECT_MARK_OFFSET,
  LEASE_COLLECT_OVERDUE_OFFSET,
  LEASE_STATE_OFFSET,
  U32_BYTES,
} from './layout.js';
import type { Lease, LeaseReading, Leases } from './leases.js';

/** No lease is marked so: the state word of a held lease is odd. */
const NO_CALLBACKS = 0;

/** What a thread has asked the others for. */
export interface CollectRequest {
  readonly number: number;
  /** The threads to wait for. */
  readonly waited: readonly LeaseReading[];
  /** Threads that some scrape has given up on, and that have not answered since. They are asked as well. */
  readonly overdue: readonly LeaseReading[];
}

export class CollectRequests {
  constructor(
    private readonly arena: Arena,
    private readonly leases: Leases,
  ) {}

  /** The number of the last request of any thread. */
  current(): number {
    return this.arena.header(HEADER_COLLECT_REQUEST_OFFSET) | 0;
  }

  /** States that the owner has callbacks, and owes no answer to any request so far. Called by the owner only. */
  join(lease: Lease): void {
    // Before the mark: who reads 0 here does not look at the leases.
    Atomics.store(this.arena.words, HEADER_COLLECT_USED_OFFSET / U32_BYTES, 1);
    const request = this.current();
    Atomics.store(this.arena.words, wordOf(this.arena, lease, LEASE_COLLECT_ANSWERED_OFFSET), request);
    // No scrape that waited for an earlier owner can still write a later one: it made its request before that owner's
    // lease ended, so before `request` was read here.
    Atomics.store(this.arena.words, wordOf(this.arena, lease, LEASE_COLLECT_OVERDUE_OFFSET), request);
    // Publishes the two words above: ask() compares the mark first, so it never takes those of an earlier owner for
    // this one's. Keep this store last.
    Atomics.store(this.arena.words, wordOf(this.arena, lease, LEASE_COLLECT_MARK_OFFSET), lease.mark);
  }

  /** States that the owner has no callbacks any more: nobody waits for it. Called by the owner only. */
  leave(lease: Lease): void {
    Atomics.store(this.arena.words, wordOf(this.arena, lease, LEASE_COLLECT_MARK_OFFSET), NO_CALLBACKS);
  }

  /**
   * States that every callback of the owner has ended a run that began after `request` was made. Called by the owner
   * only, while it holds the lease.
   *
   * @returns false when that has been said before, so that nobody has to be told
   */
  answer(lease: Lease, request: number): boolean {
    const index = wordOf(this.arena, lease, LEASE_COLLECT_ANSWERED_OFFSET);
    if (!isAfter(request, Atomics.load(this.arena.words, index))) return false;
    // Publishes what the callbacks have recorded: a scrape that reads this answer reads the cells after it.
    Atomics.store(this.arena.words, index, request);
    return true;
  }

  /**
   * Asks every other thread that has callbacks to run them. Wake them afterwards.
   *
   * @param own the lease of the asking thread, which runs its own callbacks without being asked
   * @returns undefined when there is no other thread with callbacks; then nothing is asked
   */
  ask(own: Lease | undefined): CollectRequest | undefined {
    if (this.arena.header(HEADER_COLLECT_USED_OFFSET) === 0) return undefined;
    const asked = this.leases.held().filter(lease => lease.index !== own?.index && this.hasCallbacks(lease));
    if (asked.length === 0) return undefined;
    const overdue = asked.filter(lease => this.isOverdue(lease));
    // After the list: who is in it reads this request, or a later one, when it is woken. An addition, not a store: two
    // scrapes must not share a number, or a run that began before the second one would answer it.
    const number = (this.arena.addToHeader(HEADER_COLLECT_REQUEST_OFFSET, 1) + 1) | 0;
    return { number, overdue, waited: asked.filter(lease => !overdue.includes(lease)) };
  }

  /** True while a thread that was asked may still answer: it holds its lease, has callbacks, and has not answered. */
  isPending(asked: LeaseReading, request: number): boolean {
    const { words } = this.arena;
    return (
      Atomics.load(words, wordOf(this.arena, asked, LEASE_STATE_OFFSET)) === asked.mark &&
      this.hasCallbacks(asked) &&
      isAfter(request, Atomics.load(words, wordOf(this.arena, asked, LEASE_COLLECT_ANSWERED_OFFSET)))
    );
  }

  /** Notes that a pending thread was waited for in vain: it is waited for again once it has answered. */
  giveUp(asked: LeaseReading, request: number): void {
    // A store, although another scrape may have noted a later request: then the thread is waited for again after an
    // answer to the earlier one, which shows that it is alive.
    Atomics.store(this.arena.words, wordOf(this.arena, asked, LEASE_COLLECT_OVERDUE_OFFSET), request);
  }

  /** True when the owner of this lease has callbacks. */
  hasCallbacks(lease: LeaseReading): boolean {
    // Not merely "is set": the word of an owner that was killed stays, and nobody would ever answer for it.
    return (
      Atomics.load(this.arena.words, wordOf(this.arena, lease, LEASE_COLLECT_MARK_OFFSET)) === lease.mark
    );
  }

  /** True while the owner of this lease owes the answer to a request that some scrape has given up waiting for. */
  isOverdue(lease: LeaseReading): boolean {
    const { words } = this.arena;
    const answered = Atomics.load(words, wordOf(this.arena, lease, LEASE_COLLECT_ANSWERED_OFFSET));
    const overdue = Atomics.load(words, wordOf(this.arena, lease, LEASE_COLLECT_OVERDUE_OFFSET));
    return this.hasCallbacks(lease) && isAfter(overdue, answered);
  }
}

/** True when request `a` was made after request `b`. */
export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

function wordOf({ regions }: Arena, { index }: { readonly index: number }, fieldOffset: number): number {
  return (regions.leasesOffset + index * LEASE_BYTES + fieldOffset) / U32_BYTES;
}
