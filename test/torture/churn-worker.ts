/** A worker that creates, records and removes series, and says in the end what its own ones must show. */
import { parentPort, workerData } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { engineOf } from './churn.js';
import { LAG_MAX, LIVE_MAX, SHARED_SERIES, defineChurned, primeOf } from './churn-families.js';

export interface ChurnTask {
  readonly token: RegistryToken;
  readonly worker: number;
  readonly rounds: number;
}

/** By family, then by label values: what a snapshot must show. */
export type ChurnLedger = Record<'own_total' | 'own_now' | 'own_size', [values: string[], shown: number[]][]>;

const BATCH = 50;
const { token, worker, rounds } = workerData as ChurnTask;
const registry = Registry.attach(token);
const { counter, gauge, histogram, shared } = defineChurned(registry);
/** Ids by batch, the oldest first. */
const batches: { batch: number; ids: number[] }[] = [];
let nextId = worker * 7;

function create(batch: number): void {
  const ids = Array.from({ length: BATCH }, () => nextId++);
  for (const id of ids) {
    const prime = primeOf(id);
    const labels = { worker, batch, id };
    counter.inc(labels, prime);
    const handle = counter.labels(labels);
    handle.inc(prime);
    gauge.set(labels, prime);
    histogram.observe(labels, prime);
    histogram.observe(labels, 2 * prime);
  }
  batches.push({ batch, ids });
}

function removeOldest(round: number): void {
  const { batch, ids } = batches.shift()!;
  for (const family of [counter, gauge, histogram]) {
    if (round % 2 === 0) for (const id of ids) family.remove({ worker, batch, id });
    else {
      const removed = family.removeMatching({ worker, batch });
      if (removed !== BATCH)
        throw new Error(`${removed} series of batch ${batch} of ${family.name} were there`);
    }
  }
}

/** Others record into the same series and remove them at the same time. */
function churnShared(round: number): void {
  for (let i = 0; i < BATCH; i++) {
    const id = (round * 31 + i * 17 + worker) % SHARED_SERIES;
    shared.inc({ group: id % 4, id }, primeOf(id));
    if (i % 13 === 0) shared.remove({ group: id % 4, id });
  }
  if (round % 5 === 0) shared.removeMatching({ group: round % 4 });
  if (round % 11 === 0) shared.reset();
  if (round % 3 === 0) shared.init({ group: round % 4, id: round % 4 });
}

function ledger(): ChurnLedger {
  const all = batches.flatMap(({ batch, ids }) =>
    ids.map(id => ({ labels: [worker, batch, id].map(String), id })),
  );
  const show = (shown: (prime: number) => number[]): [string[], number[]][] =>
    all.map(({ labels, id }) => [labels, shown(primeOf(id))]);
  return {
    own_total: show(prime => [2 * prime]),
    own_now: show(prime => [prime]),
    own_size: show(prime => [1, 1, 3 * prime]),
  };
}

/**
 * Removed series keep their memory until every thread has passed a safe point. One that gets no processor for long holds
 * that back, and the others would fill the registry meanwhile: they wait for it instead.
 */
async function waitForSafePoints(): Promise<void> {
  const { attachment } = engineOf(registry);
  const lag = (): number => (attachment.records.epoch() - attachment.leases.announcedFloor()) | 0;
  while (lag() > LAG_MAX) await setImmediate();
}

// Limits are reached in every other round, which is the subject and not news.
process.removeAllListeners('warning');
for (let round = 0; round < rounds; round++) {
  await waitForSafePoints();
  if (batches.length * BATCH >= LIVE_MAX) removeOldest(round);
  create(round);
  churnShared(round);
  if (round % 8 === 0) await setImmediate();
}
// The thread stays, so that its gauges do.
parentPort!.on('message', () => parentPort!.close());
parentPort!.postMessage(ledger());
