/**
 * Keyed state in two layers: a small one in memory, in front of a larger one that keeps serialised values.
 *
 * Layout    L1 "memory"  LRU of live values; a put goes here only.
 *           L2 "store"   bounded map of JSON text, in the place of a remote store; it gets what L1 evicts.
 * Promises  get() gives the last value put, unless L2 has evicted it since. The store never holds more than its limit;
 *           what it evicts is gone, and counted.
 */
import type { EventTrace } from './event-trace.js';
import { LruMap } from './lru-map.js';
import type { CountHandle, LevelHandle, ObservationHandle } from './recording.js';

export interface OperationMetrics {
  readonly operations: CountHandle;
  readonly durationSeconds: ObservationHandle;
}

export interface LayerMetrics {
  readonly get: OperationMetrics;
  readonly put: OperationMetrics;
  readonly hits: CountHandle;
  readonly misses: CountHandle;
  readonly evictions: CountHandle;
  readonly entries: LevelHandle;
}

export interface StateCacheMetrics {
  readonly memory: LayerMetrics;
  readonly store: LayerMetrics;
  /** Of the store: live values in memory have no size that JavaScript could tell. */
  readonly storeBytes: LevelHandle;
}

export interface StateCacheLimits {
  readonly memoryEntriesMax: number;
  readonly storeEntriesMax: number;
}

/** `V` must survive JSON. */
export class StateCache<V> {
  private readonly memory: LruMap<string, V>;
  private readonly store: LruMap<string, string>;
  private readonly metrics: StateCacheMetrics;

  constructor(limits: StateCacheLimits, metrics: StateCacheMetrics) {
    this.memory = new LruMap(limits.memoryEntriesMax);
    this.store = new LruMap(limits.storeEntriesMax);
    this.metrics = metrics;
  }

  get(key: string, trace?: EventTrace): V | undefined {
    const value = lookUp(this.metrics.memory, () => this.memory.get(key));
    if (value !== undefined) {
      trace?.stateRead('l1');
      return value;
    }
    const span = trace?.store('get');
    const text = lookUp(this.metrics.store, () => this.store.get(key));
    span?.end();
    trace?.stateRead(text === undefined ? 'none' : 'l2');
    if (text === undefined) return undefined;
    const stored = JSON.parse(text) as V;
    this.putInMemory(key, stored, trace);
    return stored;
  }

  put(key: string, value: V, trace?: EventTrace): void {
    timed(this.metrics.memory.put, () => this.putInMemory(key, value, trace));
  }

  /** Writes every value of the memory to the store, as before a shutdown. */
  flush(): void {
    for (const [key, value] of this.memory) this.putInStore(key, value);
  }

  private putInMemory(key: string, value: V, trace?: EventTrace): void {
    const { replaced, evicted } = this.memory.set(key, value);
    if (replaced === undefined) this.metrics.memory.entries.inc();
    if (evicted === undefined) return;
    this.metrics.memory.entries.dec();
    this.metrics.memory.evictions.inc();
    const span = trace?.store('put');
    this.putInStore(evicted.key, evicted.value);
    span?.end();
  }

  private putInStore(key: string, value: V): void {
    const { store, storeBytes } = this.metrics;
    timed(store.put, () => {
      const text = JSON.stringify(value);
      const { replaced, evicted } = this.store.set(key, text);
      storeBytes.inc(sizeBytes(key, text));
      if (replaced === undefined) store.entries.inc();
      else storeBytes.dec(sizeBytes(key, replaced));
      if (evicted === undefined) return;
      store.entries.dec();
      store.evictions.inc();
      storeBytes.dec(sizeBytes(evicted.key, evicted.value));
    });
  }
}

function lookUp<T>(layer: LayerMetrics, read: () => T | undefined): T | undefined {
  const value = timed(layer.get, read);
  (value === undefined ? layer.misses : layer.hits).inc();
  return value;
}

function timed<T>(metrics: OperationMetrics, operation: () => T): T {
  const startMs = performance.now();
  const result = operation();
  metrics.operations.inc();
  metrics.durationSeconds.observe((performance.now() - startMs) / 1000);
  return result;
}

function sizeBytes(key: string, text: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(text);
}
