/**
 * Send turns: large replies go out in parts, and between two loop turns only so much of them.
 *
 * Handing a body to the operating system costs time for each byte. Scrapes that share a rendering are answered together,
 * so without a bound all of their bodies would be written in one turn of the loop, and everything else - a liveness
 * probe, the application - would wait for the last of them.
 *
 *     add() --> queued --part taken whole--> queued, behind the others
 *                 |  ^
 *                 |  `--resume()-- waiting   the reader has to take something first
 *                 |                   ^
 *                 |--socket is full---'
 *                 `--complete, or its client is gone--> over
 *
 * Promises  In one turn of the loop, less than TURN_BYTES and a part are handed over; or LONE_PART_BYTES, when its first
 *           reply finds no other. Every queued reply gets a part before any gets a second one. A reader that takes nothing
 *           is not queued, and holds up nobody.
 */

/** What a part is cut to. */
export const PART_BYTES = 65_536;
/**
 * What a part is cut to when nobody else waits: all of 10,000 series, and a fraction of a millisecond. Each part wakes the
 * reader, and where all cores are busy, whoever of the two loses one by that waits for milliseconds.
 */
export const LONE_PART_BYTES = 1_048_576;
/** After so many bytes, the loop goes on first. */
export const TURN_BYTES = 65_536;
/** What a part counts as at least: it is a system call, however small it is. */
const PART_COST_BYTES = 16_384;

/** What one part came to. */
export interface SentPart {
  /** Handed over, at most what was asked for. */
  readonly bytes: number;
  /** Whether the reply can go on, waits for its reader, or is complete or without a client. */
  readonly next: 'goes on' | 'waits' | 'over';
}

/** A reply that is sent in parts. */
export abstract class PartSender {
  /**
   * Where it stands, for the turns alone. A Set that lives on instead, and has replies put in and taken away all the time,
   * leaves tables behind that refer to each other and to their replies: once one of them is old, V8 takes all that follow
   * for alive until a full collection. Under 32 scrapers its short collections took 2.5 ms instead of 0.9.
   */
  isQueued = false;
  /** Begun or queued, and without a turn of the loop in which its reader took nothing. */
  isFlowing = false;

  /** Hands over at most `bytesMax` bytes of the body. Never throws. */
  abstract sendPart(bytesMax: number): SentPart;
}

export const OVER: SentPart = { bytes: 0, next: 'over' };

export class SendTurns {
  /** In the order of their turns. */
  private readonly queue: PartSender[] = [];
  private flowingCount = 0;
  /** Those that had no room in this turn of the loop. */
  private stopped: PartSender[] = [];
  private isScheduled = false;
  private idleWaiters: (() => void)[] = [];
  /** What may be handed over until the end of this turn of the loop. */
  private leftBytes = TURN_BYTES;

  /** @param endOfLoopTurn for tests */
  constructor(private readonly endOfLoopTurn: (turn: () => void) => void = turn => void setImmediate(turn)) {}

  /** True while there are replies that nobody but this thread holds up. Ends by itself, whatever readers do. */
  get isBusy(): boolean {
    return this.flowingCount > 0;
  }

  /** Resolves when isBusy has become false. */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.idleWaiters.push(resolve);
      this.wakeIdleWaiters();
    });
  }

  /** Sends a reply from now on; at once, as far as this turn of the loop has bytes left. */
  add(sender: PartSender): void {
    this.setFlowing(sender, true);
    this.enqueue(sender);
    this.sendQueued();
  }

  /** The reader that a reply waits for has taken something. */
  resume(sender: PartSender): void {
    this.enqueue(sender);
    // Never at once: this is called in a native callback, one for each reader that has room, and all in one loop turn.
    this.schedule();
  }

  private readonly takeTurn = (): void => {
    this.isScheduled = false;
    this.leftBytes = TURN_BYTES;
    for (const sender of this.stopped) if (!sender.isQueued) this.setFlowing(sender, false);
    this.stopped = [];
    this.sendQueued();
    this.wakeIdleWaiters();
  };

  private sendQueued(): void {
    while (this.queue.length > 0) {
      // Also when nothing is left to be sent: what was sent counts until the loop has gone on.
      this.schedule();
      if (this.leftBytes <= 0) break;
      const sender = this.queue.shift()!;
      sender.isQueued = false;
      const isLone = this.queue.length === 0 && this.leftBytes === TURN_BYTES;
      const { bytes, next } = sender.sendPart(isLone ? LONE_PART_BYTES : PART_BYTES);
      // Behind all others, where this very loop comes to it again.
      if (next === 'goes on') this.enqueue(sender);
      else if (next === 'waits') this.stopped.push(sender);
      else this.setFlowing(sender, false);
      this.leftBytes -= Math.max(bytes, PART_COST_BYTES);
    }
  }

  private enqueue(sender: PartSender): void {
    if (sender.isQueued) return;
    sender.isQueued = true;
    this.queue.push(sender);
  }

  private setFlowing(sender: PartSender, isFlowing: boolean): void {
    if (sender.isFlowing === isFlowing) return;
    sender.isFlowing = isFlowing;
    this.flowingCount += isFlowing ? 1 : -1;
  }

  private wakeIdleWaiters(): void {
    if (this.isBusy || this.idleWaiters.length === 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const wake of waiters) wake();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.endOfLoopTurn(this.takeTurn);
  }
}
