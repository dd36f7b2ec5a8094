/**
 * Logical partitions of the stream, like those of a topic: what belongs to one partition is processed in order, by one
 * worker.
 *
 * Promises  The partition of an event depends on its id alone, so copies of one event meet in one deduplication cache,
 *           and every count is the same for any number of workers.
 */
import { mix32 } from '../random.js';

/** Fixed, whatever the number of workers: changing it changes which events share windows and caches. */
export const PARTITION_COUNT = 16;

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the UTF-16 units; mixed, because its low bits alone spread ids that differ only at the end badly. */
export function partitionOf(id: string): number {
  let hash = FNV_OFFSET_BASIS;
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), FNV_PRIME);
  }
  return mix32(hash) % PARTITION_COUNT;
}

export function workerOf(partition: number, workerCount: number): number {
  return partition % workerCount;
}
