/** Settled memory: what this process holds after everything that can be collected was. */
import { setTimeout } from 'node:timers/promises';

export interface SettledMemory {
  /** Resident memory, in MB of 10^6 bytes. */
  readonly mbResident: number;
  /** Bytes of live objects on the JavaScript heap. */
  readonly heapBytes: number;
}

const COLLECTIONS = 3;
/** V8 returns pages from another thread, some time after a collection. */
const SETTLE_MS = 50;

export async function settledMemory(): Promise<SettledMemory> {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await setTimeout(SETTLE_MS);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { mbResident: rss / 1e6, heapBytes: heapUsed };
}
