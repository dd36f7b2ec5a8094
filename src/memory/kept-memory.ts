/**
 * Kept memory: large memory of one thread that lives as long as what it belongs to.
 *
 * It is shared memory that nobody shares. V8 counts the bytes of every other buffer as garbage to come, and after some tens
 * of megabytes starts a collection, although such memory never is garbage: in the first rendering of a million series that
 * took longer than its steps (bench/scrape, longest block of the first render). Shared memory is counted for no thread.
 */

/** Below it, memory costs V8 less than the object of a shared one. */
const SHARED_MIN_BYTES = 65_536;

/** Memory of zeros. */
export function keptMemory(bytes: number): ArrayBufferLike {
  return bytes < SHARED_MIN_BYTES ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
}
