/**
 * A map of bounded size that forgets what was not used for longest.
 */

export interface Evicted<K, V> {
  readonly key: K;
  readonly value: V;
}

export class LruMap<K, V> {
  /** A Map iterates in order of insertion; every use inserts anew, so the first entry is the one unused for longest. */
  private readonly entries = new Map<K, V>();
  private readonly entriesMax: number;

  constructor(entriesMax: number) {
    if (!(entriesMax >= 1))
      throw new RangeError(`an LRU map of ${entriesMax} entries holds nothing; give at least 1`);
    this.entriesMax = entriesMax;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Counts as a use. */
  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  /** Counts as a use. Returns the value that it replaced, if any, and what had to go, if anything. */
  set(key: K, value: V): { readonly replaced: V | undefined; readonly evicted: Evicted<K, V> | undefined } {
    const replaced = this.entries.get(key);
    if (replaced !== undefined) this.entries.delete(key);
    this.entries.set(key, value);
    return { replaced, evicted: this.entries.size > this.entriesMax ? this.evictOldest() : undefined };
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries.entries();
  }

  private evictOldest(): Evicted<K, V> | undefined {
    for (const [key, value] of this.entries) {
      this.entries.delete(key);
      return { key, value };
    }
    return undefined;
  }
}
