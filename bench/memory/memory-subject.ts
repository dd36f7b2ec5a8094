/** Memory subjects: a library that is loaded, a registry that is made, counters that are recorded into. */
import type { RegistryOptions } from 'threadtally';
import type { PromImplementation } from '../baselines/prom-library.js';

/** 10 families of 1,000 series with two labels. */
export const FAMILIES = 10;
export const SERIES_PER_FAMILY = 1_000;

export interface LoadedRegistry {
  /** Records each series once, by its labels, keeping nothing of its own. */
  recordCounters(): void;
  metrics(): Promise<string>;
}

export interface MemorySubject {
  /** Loads the library: nothing of it is in memory before. */
  load(): Promise<() => LoadedRegistry>;
}

export const OWN_SUBJECT: MemorySubject = {
  load: async () => {
    // As applications load it: in few files, of which each would take memory.
    const { Registry } = await import('threadtally');
    return () => {
      const registry = new Registry(LIMITS);
      // The arena is made at its first use.
      registry.share();
      return {
        recordCounters: () => recordAll(options => registry.counter(options)),
        metrics: () => registry.metrics(),
      };
    };
  },
};

/** What a process takes that does as little as possible for the same result. */
export const BARE_SUBJECT: MemorySubject = {
  load: async () => () => {
    const counts = new Map<string, number>();
    const define = ({ name }: CounterDefinition): CounterLike => ({
      inc: ({ method, route }) => {
        const series = `${name}{method="${method}",route="${route}"}`;
        counts.set(series, (counts.get(series) ?? 0) + 1);
      },
    });
    return {
      recordCounters: () => recordAll(define),
      metrics: async () => Array.from(counts, ([series, count]) => `${series} ${count}\n`).join(''),
    };
  },
};

export function promSubject(library: PromImplementation): MemorySubject {
  return {
    load: async () => {
      const { Counter, Registry } = await library.load();
      return () => {
        const registry = new Registry();
        return {
          recordCounters: () => recordAll(options => new Counter({ ...options, registers: [registry] })),
          metrics: () => registry.metrics(),
        };
      };
    },
  };
}

export function counterName(family: number): string {
  return `bench_${family}_events_total`;
}

/** The defaults, and one series more: they would be exactly reached, of which a registry warns. */
const LIMITS: RegistryOptions = {
  seriesMax: FAMILIES * SERIES_PER_FAMILY + 1,
  familySeriesMax: SERIES_PER_FAMILY + 1,
  warningRatio: 1,
  criticalRatio: 1,
};

interface CounterLike {
  inc(labels: { method: string; route: string }): void;
}

interface CounterDefinition {
  readonly name: string;
  readonly help: string;
  readonly labelNames: ('method' | 'route')[];
}

function recordAll(define: (definition: CounterDefinition) => CounterLike): void {
  for (let family = 0; family < FAMILIES; family++) {
    const definition: CounterDefinition = {
      name: counterName(family),
      help: 'Recorded by a bench.',
      labelNames: ['method', 'route'],
    };
    const counter = define(definition);
    for (let series = 0; series < SERIES_PER_FAMILY; series++) {
      counter.inc({ method: series % 2 === 0 ? 'GET' : 'POST', route: `/api/v1/resources/${series >> 1}` });
    }
  }
}
