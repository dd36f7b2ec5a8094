/**
 * Churn by many threads: each creates, records and removes series of its own, and all of them those of one family, while
 * this thread scrapes without a pause.
 *
 * CHURN_ROUNDS sets how often each creates a batch in each family (default 250).
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import type { FamilySnapshot } from '../../src/index.js';
import { LAG_MAX, LIVE_MAX, WORKERS, defineChurned, primeOf } from './churn-families.js';
import { blockLedger } from '../model/block-ledger.js';
import { engineOf, keyOf } from './churn.js';
import type { ChurnLedger, ChurnTask } from './churn-worker.js';

// Limits are reached in every other round, which is the subject and not news.
process.removeAllListeners('warning');

const ROUNDS = Number(process.env['CHURN_ROUNDS'] ?? 250);

/** What each series shows, by its label values. */
function shownIn({ series, values, stride }: FamilySnapshot): Map<string, number[]> {
  return new Map(
    series.map((one, i) => [keyOf(one.labelValues()), [...values.subarray(i * stride, (i + 1) * stride)]]),
  );
}

/** Fails when a series shows what it was never given: anything but its own prime, a few times. */
function checkPrimes(registry: Registry): void {
  for (const family of registry.snapshot().families) {
    const { name } = family.descriptor;
    assert.ok(
      family.series.every(series => !series.isOverflow),
      `a limit of ${name} was exceeded`,
    );
    for (const [key, shown] of shownIn(family)) {
      const prime = primeOf(Number(key.split('\0').at(-1)));
      // Of a histogram, the sum.
      const amount = shown.at(-1)!;
      assert.equal(amount % prime, 0, `${name} ${key} shows ${shown.join()}, its prime is ${prime}`);
    }
  }
}

function start(registry: Registry): { worker: Worker; done: Promise<ChurnLedger> }[] {
  return Array.from({ length: WORKERS }, (_, index) => {
    const workerData: ChurnTask = { token: registry.share(), worker: index, rounds: ROUNDS };
    const worker = new Worker(new URL('./churn-worker.js', import.meta.url), { workerData });
    return { worker, done: once(worker, 'message').then(([ledger]) => ledger as ChurnLedger) };
  });
}

test('series that threads create and remove at once show what their ledgers say', async t => {
  const registry = new Registry({
    // Twice what is live and what may wait to be forgotten at one time; the limits that are reached are those of the families.
    seriesMax: 2 * LAG_MAX,
    familiesMax: 8,
    threadsMax: WORKERS,
    heartbeatMs: 10,
  });
  const { counter, gauge, histogram, shared } = defineChurned(registry);
  const workers = start(registry);
  t.after(() => Promise.all(workers.map(({ worker }) => worker.terminate())));
  let [isRunning, scrapes] = [true, 0];
  const ledgers = Promise.all(workers.map(({ done }) => done)).finally(() => (isRunning = false));
  while (isRunning) {
    checkPrimes(registry);
    scrapes++;
    if (scrapes % 7 === 0) shared.removeMatching({ group: scrapes % 4 });
    await setImmediate();
  }
  const expected = await ledgers;
  checkPrimes(registry);
  const { families } = registry.snapshot();
  for (const name of ['own_total', 'own_now', 'own_size'] as const) {
    const wanted = new Map(
      expected.flatMap(ledger => ledger[name]).map(([values, shown]) => [keyOf(values), shown]),
    );
    assert.deepEqual(shownIn(families.find(family => family.descriptor.name === name)!), wanted, name);
    assert.equal(registry.seriesByFamily()[name], WORKERS * LIVE_MAX);
  }
  assert.deepEqual(blockLedger(engineOf(registry).arena), { problems: [], lostBytes: 0 });
  for (let worker = 0; worker < WORKERS; worker++) {
    for (const family of [counter, gauge, histogram])
      assert.equal(family.removeMatching({ worker }), LIVE_MAX);
  }
  shared.reset();
  assert.equal(registry.cardinality().series, 0);
  const { retryLimitHits, lostBlocks } = registry.memory();
  assert.deepEqual([retryLimitHits, lostBlocks], [0, 0]);
  t.diagnostic(`${WORKERS * ROUNDS * 150} series of ${WORKERS} threads, ${scrapes} scrapes`);
  for (const { worker } of workers) {
    worker.postMessage('end');
    await once(worker, 'exit');
  }
  registry.close();
});
