/**
 * Start line: threads that begin at the same moment.
 *
 * Layout    one Int32: the number of rounds started so far.
 * Writers   start(): one thread. Waiters: waitFor(), any other thread.
 */
export class StartLine {
  constructor(
    private readonly rounds = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  ) {}

  /** What another thread constructs its StartLine from. */
  share(): Int32Array<SharedArrayBuffer> {
    return this.rounds;
  }

  /** Sleeps until the round of this number, 1 or more, was started. */
  waitFor(round: number): void {
    for (let started = this.started(); started < round; started = this.started()) {
      // Wakes at once when the round was started after the load above: wait() compares before it sleeps.
      Atomics.wait(this.rounds, 0, started);
    }
  }

  start(round: number): void {
    Atomics.store(this.rounds, 0, round);
    Atomics.notify(this.rounds, 0);
  }

  private started(): number {
    return Atomics.load(this.rounds, 0);
  }
}
