/** Garbage collection: how long each collection of this thread's heap took, by kind. */
import type { PerformanceEntry } from 'node:perf_hooks';
import type { HistogramHandle } from '../primitives/histogram.js';
import { builtinModule } from './builtin-modules.js';
import type { DefaultCollector } from './default-collector.js';
import type { DefaultFamilies } from './default-families.js';
import { GC_DURATION } from './default-names.js';

const MS_PER_SECOND = 1_000;

/** V8's types of a collection (v8-callbacks.h, GCType); perf_hooks names those but the second. */
const KINDS = new Map<unknown, string>([
  [1, 'minor'],
  [2, 'minor'],
  [4, 'major'],
  [8, 'incremental'],
  [16, 'weakcb'],
]);

/** An entry of type gc, as far as it is needed; duration in ms. */
export interface CollectionEntry {
  readonly duration: number;
  readonly detail?: unknown;
}

/** What hands over entries; both ways give each entry once. */
export interface CollectionObserver {
  /** The entries that have not been handed over yet. */
  takeRecords(): readonly CollectionEntry[];
  disconnect(): void;
}

export class GcCollector implements DefaultCollector {
  readonly named = GC_DURATION;
  private readonly observer: CollectionObserver;
  private readonly durationOf: (kind: string) => HistogramHandle;

  /** @param observe calls what it is given with the entries that there are, from now on */
  constructor(families: DefaultFamilies, observe = observeCollections) {
    const { gcDurationBuckets } = families.settings;
    this.durationOf = families.threadHistogram(GC_DURATION, gcDurationBuckets, 'kind');
    this.observer = observe(entries => this.count(entries));
  }

  /** What is only waiting for a turn of the loop belongs to this scrape. */
  collect(): void {
    this.count(this.observer.takeRecords());
  }

  stop(): void {
    this.observer.disconnect();
  }

  private count(entries: readonly CollectionEntry[]): void {
    for (const { duration, detail } of entries) {
      const kind = KINDS.get((detail as { kind?: unknown } | undefined)?.kind) ?? 'other';
      this.durationOf(kind).observe(duration / MS_PER_SECOND);
    }
  }
}

function observeCollections(count: (entries: readonly CollectionEntry[]) => void): CollectionObserver {
  const { PerformanceObserver } = builtinModule('node:perf_hooks');
  const observer = new PerformanceObserver(list => count(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return {
    // The declarations of Node.js lack it.
    takeRecords: () => (observer as unknown as { takeRecords(): PerformanceEntry[] }).takeRecords(),
    disconnect: () => observer.disconnect(),
  };
}
