/** Victims: workers that are terminated in the middle of their work, each after as many steps as its test has drawn. */
import type { Worker } from 'node:worker_threads';

interface Victim {
  readonly worker: Worker;
  readonly row: number;
  readonly dieAfter: number;
  isDying: boolean;
  hasExited: boolean;
}

export class Victims {
  /** How many have exited, as visit() has seen it. */
  dead = 0;
  private readonly victims = new Set<Victim>();

  /**
   * @param stepsOf how many steps the worker of a row has done: it says so in shared memory
   * @param bury called once for each row whose worker has exited
   */
  constructor(
    private readonly stepsOf: (row: number) => number,
    private readonly bury: (row: number) => void = () => undefined,
  ) {}

  /** Those that have not been buried. */
  get count(): number {
    return this.victims.size;
  }

  /** @param dieAfter steps; 0 is as soon as the worker exists, while it still attaches */
  add(worker: Worker, row: number, dieAfter: number): void {
    const victim: Victim = { worker, row, dieAfter, isDying: false, hasExited: false };
    worker.on('error', error => {
      throw error;
    });
    worker.once('exit', () => (victim.hasExited = true));
    this.victims.add(victim);
  }

  /** Terminates those whose time has come, and buries those that have exited. Call it again and again. */
  visit(): void {
    for (const victim of this.victims) {
      if (victim.hasExited) {
        this.victims.delete(victim);
        this.dead++;
        this.bury(victim.row);
      } else if (!victim.isDying && this.stepsOf(victim.row) >= victim.dieAfter) {
        victim.isDying = true;
        void victim.worker.terminate();
      }
    }
  }

  async terminateAll(): Promise<void> {
    await Promise.all([...this.victims].map(({ worker }) => worker.terminate()));
  }
}
