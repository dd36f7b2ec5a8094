/**
 * Deduplication: which event ids were seen within the last `ttlMs` of event time.
 *
 * Promises  At most `entriesMax` ids are kept. An id is remembered from its first sighting, for `ttlMs` or until
 *           `entriesMax` newer ids have come; a copy that arrives later counts as a new event. A copy does not prolong
 *           the memory of its id.
 */
import type { CountHandle, LevelHandle } from './recording.js';

export interface DedupMetrics {
  readonly checked: CountHandle;
  readonly duplicates: CountHandle;
  readonly entries: LevelHandle;
  readonly expired: CountHandle;
  /** Evicted before its time, because the cache was full: from here on copies can pass. */
  readonly displaced: CountHandle;
}

export interface DedupLimits {
  readonly ttlMs: number;
  readonly entriesMax: number;
}

export class DedupCache {
  private readonly seen = new Set<string>();
  /**
   * The ids of `seen` in a ring, oldest first, with their expiry: insertion is in order of expiry, because `nowMs` never
   * goes back. Not the order of the Set itself: to find its first entry V8 walks over everything deleted before it.
   */
  private readonly ids: (string | undefined)[];
  private readonly expiriesMs: Float64Array;
  private oldestIndex = 0;
  private nowMs = 0;
  private readonly limits: DedupLimits;
  private readonly metrics: DedupMetrics;

  constructor(limits: DedupLimits, metrics: DedupMetrics) {
    this.limits = limits;
    this.metrics = metrics;
    this.ids = Array.from({ length: limits.entriesMax });
    this.expiriesMs = new Float64Array(limits.entriesMax);
  }

  get size(): number {
    return this.seen.size;
  }

  /**
   * True the first time, false for a copy. `timeMs` is the event time of this sighting: the clock of the cache is the
   * newest one so far, so a late event does not turn it back.
   */
  admit(id: string, timeMs: number): boolean {
    this.metrics.checked.inc();
    if (timeMs > this.nowMs) {
      this.nowMs = timeMs;
      this.expire();
    }
    if (this.seen.has(id)) {
      this.metrics.duplicates.inc();
      return false;
    }
    if (this.size >= this.limits.entriesMax) this.evictOldest(this.metrics.displaced);
    this.remember(id);
    return true;
  }

  private expire(): void {
    while (this.size > 0 && this.expiriesMs[this.oldestIndex] <= this.nowMs) {
      this.evictOldest(this.metrics.expired);
    }
  }

  private remember(id: string): void {
    const index = (this.oldestIndex + this.size) % this.limits.entriesMax;
    this.ids[index] = id;
    this.expiriesMs[index] = this.nowMs + this.limits.ttlMs;
    this.seen.add(id);
    this.metrics.entries.inc();
  }

  private evictOldest(reason: CountHandle): void {
    this.seen.delete(this.ids[this.oldestIndex] as string);
    this.ids[this.oldestIndex] = undefined;
    this.oldestIndex = (this.oldestIndex + 1) % this.limits.entriesMax;
    this.metrics.entries.dec();
    reason.inc();
  }
}
