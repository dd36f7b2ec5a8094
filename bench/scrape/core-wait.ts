/**
 * Core wait: how long this thread could have run and had no core, because other threads had them all.
 *
 * Linux counts it for each thread (Documentation/scheduler/sched-stats.rst of the kernel): the second number of
 * /proc/thread-self/schedstat, in nanoseconds. What a host takes from a virtual machine is not in it.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const NS_PER_MS = 1e6;

export class CoreWait {
  private readonly file = openStatistics();
  private readonly bytes = Buffer.alloc(128);

  /** In ms, since the thread began; NaN where the system does not tell. */
  ms(): number {
    if (this.file === undefined) return NaN;
    const length = readSync(this.file, this.bytes, 0, this.bytes.length, 0);
    const [ran, waited] = this.bytes.toString('latin1', 0, length).split(' ').map(Number);
    // A thread that asks has run: nothing is counted here.
    return ran === 0 ? NaN : waited! / NS_PER_MS;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }
}

function openStatistics(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
}
