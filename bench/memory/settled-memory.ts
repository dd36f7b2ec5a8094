/** Settled memory: what this process holds after everything that can be collected was. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export interface SettledMemory {
  /** Resident memory, in MB of 10^6 bytes. */
  readonly mbResident: number;
  /** Of it, pages of files: of the program that runs, most of all, which the system has once for all processes. */
  readonly mbOfFiles: number;
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
  return { mbResident: rss / 1e6, mbOfFiles: mbOfFiles(), heapBytes: heapUsed };
}

/** 0 where the system does not say. */
function mbOfFiles(): number {
  if (process.platform !== 'linux') return 0;
  const kibibytes = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return (Number(kibibytes ?? 0) * 1_024) / 1e6;
}
