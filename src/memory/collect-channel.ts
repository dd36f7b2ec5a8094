/**
 * Collect channel: the wake-up that goes with requests and answers to run collect callbacks.
 *
 * A message carries nothing. It says that a word in the arena has changed, to every thread that has the channel open;
 * each of them then looks at what concerns it.
 *
 * A `BroadcastChannel`, and not `Atomics.waitAsync` on the word itself: that has lost wake-ups in measurements on
 * Node.js 20, and a wait that is pending when a registry is closed cannot be withdrawn.
 */
import { BroadcastChannel } from 'node:worker_threads';

export class CollectChannel {
  private channel: BroadcastChannel | undefined;
  private isClosed = false;

  /**
   * @param identity of the arena: threads that see another one must not be woken
   * @param onWake called in a turn of the event loop of its own, never from within wake()
   */
  constructor(
    private readonly identity: string,
    private readonly onWake: () => void,
  ) {}

  /** From here on this thread is woken. Keeps neither a process nor a worker alive. */
  open(): void {
    if (this.channel !== undefined || this.isClosed) return;
    this.channel = new BroadcastChannel(`threadtally.collect.${this.identity}`);
    this.channel.onmessage = this.onWake;
    this.channel.unref();
  }

  /** Wakes all other threads that have the channel open. */
  wake(): void {
    this.open();
    this.channel?.postMessage(0);
  }

  /** What was sent before is delivered; nothing is from now on. */
  close(): void {
    this.isClosed = true;
    this.channel?.close();
    this.channel = undefined;
  }

  get isOpen(): boolean {
    return this.channel !== undefined;
  }
}
