/** A worker of a blocked case: records, then lives, crashes or blocks, as it is told. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { loadTally } from './tally.js';
import type { LibraryKey } from './case-list.js';

export const EVENTS = 1_000;
/** Longer than any deadline of the libraries. */
export const BLOCK_MS = 12_000;

/** Words of the shared array. */
export const BLOCKED_WORD = 0;
export const RELEASED_WORD = 1;

export interface ThreadData {
  readonly library: LibraryKey;
  readonly words: Int32Array;
}

export type Fate = 'crash' | 'block';

if (!isMainThread) {
  const { library, words } = workerData as ThreadData;
  const tally = await loadTally(library);
  for (let i = 0; i < EVENTS; i++) tally.inc();
  parentPort!.on('message', (fate: Fate) => {
    if (fate === 'crash') throw new Error('this worker was told to crash');
    Atomics.store(words, BLOCKED_WORD, 1);
    Atomics.notify(words, BLOCKED_WORD);
    Atomics.wait(words, RELEASED_WORD, 0, BLOCK_MS);
  });
  parentPort!.postMessage('recorded');
}
