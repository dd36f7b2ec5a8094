/** One counter in every thread, and the text of all threads: by this library, and by another. */
import { PROMETHEUS_IO } from '../baselines/prom-library.js';
import type { LibraryKey } from './case-list.js';

export const COUNTER_NAME = 'bench_events_total';

export interface Tally {
  inc(): void;
  /** What all threads have recorded, as this thread can tell it. */
  metrics(): Promise<string>;
}

/** The values of prom-client's successor that its predecessor lacks; its own declarations are not those of the baselines. */
interface WithWorkers {
  readonly WorkerRegistry: new () => { workerMetrics(): Promise<string> };
}

/** @throws PeerUnavailableError when the library does not run here */
export async function loadTally(library: LibraryKey): Promise<Tally> {
  return library === 'threadtally' ? ownTally() : prometheusTally();
}

async function ownTally(): Promise<Tally> {
  const { Counter, register } = await import('threadtally');
  const counter = new Counter({ name: COUNTER_NAME, help: 'Events', collect: () => {} });
  return { inc: () => counter.inc(), metrics: () => register.metrics() };
}

async function prometheusTally(): Promise<Tally> {
  const library = await PROMETHEUS_IO.load();
  const counter = new library.Counter({ name: COUNTER_NAME, help: 'Events', collect: () => {} });
  const registry = new (library as unknown as WithWorkers).WorkerRegistry();
  return { inc: () => counter.inc(), metrics: () => registry.workerMetrics() };
}
