/**
 * Exemplar claims: which thread writes an exemplar of the shared stripe.
 *
 *     0 --take, by any thread with a lease--> claim of that lease --give back, by its owner--> 0
 *                                                    `--take, once that lease has ended--> claim of another lease
 *
 * Layout    see layout.ts, "Exemplar". A claim is the index of the lease + 1 in 12 bits and its generation in 20.
 * Writers   any thread that holds a lease. One that holds none keeps no exemplars in the shared stripe: if it died there,
 *           nothing would say so.
 * Promises  One thread at a time has a claim. A claim of a dead thread is taken over once its lease has ended, by the
 *           thread that saw it exit; until then the exemplar stays as it is. A lease that was given out 2^20 times again
 *           while nobody took the claim over is taken for the dead one until it ends.
 * Progress  wait-free: whoever finds a claim taken goes on without its exemplar.
 */
import type { Attachment } from './attachment.js';

const INDEX_BITS = 12;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const NOBODY = 0;

export class ExemplarClaims {
  private readonly words: Int32Array;
  private readonly own: number;

  constructor(private readonly attachment: Attachment) {
    const { arena, lease } = attachment;
    this.words = arena.words;
    this.own = lease === undefined ? NOBODY : claimOf(lease.index, lease.mark);
  }

  /** Takes the claim at an index of the arena's words. False when another thread has it. */
  take(index: number): boolean {
    if (this.own === NOBODY) return false;
    const seen = Atomics.load(this.words, index);
    // Its own can only be left over from a write that an exception ended: this thread is not in another one now.
    if (seen !== NOBODY && seen !== this.own && this.isHeld(seen)) return false;
    return Atomics.compareExchange(this.words, index, seen, this.own) === seen;
  }

  giveBack(index: number): void {
    Atomics.store(this.words, index, NOBODY);
  }

  private isHeld(claim: number): boolean {
    const index = (claim & INDEX_MASK) - 1;
    const state = this.attachment.leases.stateAt(index);
    return (state & 1) === 1 && claimOf(index, state) === claim;
  }
}

/** `mark` is the state word of the lease: its generation in all bits but the lowest. */
function claimOf(index: number, mark: number): number {
  return ((mark >>> 1) << INDEX_BITS) | (index + 1);
}
