/**
 * Torture: workers that record exemplars are terminated at random moments while this thread reads them without a pause.
 *
 * TORTURE_KILLS sets how many die (default 40), TORTURE_SEED the moments.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry, exemplarsOf } from '../../src/index.js';
import { randomFrom } from '../seeded-random.js';
import { VALUES, defineExemplars, labelsFor, problemWith } from './exemplar-metrics.js';
import type { ExemplarTask } from './exemplar-worker.js';
import { Ledger } from './ledger.js';
import { Victims } from './victims.js';

const KILLS = Number(process.env['TORTURE_KILLS'] ?? 40);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000);
const ALIVE = 4;
const STRIPES = 3; // one less than the threads at work, so that some record everything through the shared stripe
const ROUNDS_MAX = 400;
const HEIR_ROUNDS = 3;

class Torture {
  readonly registry = new Registry({ threadsMax: STRIPES, heartbeatMs: 20, seriesMax: 20, familiesMax: 10 });
  readonly metrics = defineExemplars(this.registry);
  readonly ledger = Ledger.forRows(KILLS + ALIVE);
  readonly counts = { reads: 0, shown: 0 };
  private readonly random = randomFrom(SEED);

  /** Lets workers die until enough have. */
  async run(): Promise<void> {
    const { ledger, random } = this;
    const victims = new Victims(row => ledger.ended(row));
    let started = 0;
    while (victims.dead < KILLS) {
      for (; victims.count < ALIVE && started < KILLS; started++)
        victims.add(this.start(started, 0), started, Math.floor(random() * ROUNDS_MAX));
      this.read();
      victims.visit();
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  /** Reads every exemplar there is; each must be one that was given. Returns the rows that have given them, by family. */
  read(): Record<string, Set<string>> {
    const rows: Record<string, Set<string>> = {};
    for (const family of this.registry.snapshot().families) {
      for (const reading of exemplarsOf(family, 0)) {
        assert.equal(problemWith(reading), undefined, `seed ${SEED}`);
        (rows[family.descriptor.name] ??= new Set()).add(reading.labels['row']!);
        this.counts.shown++;
      }
    }
    this.counts.reads++;
    return rows;
  }

  start(row: number, rounds: number): Worker {
    const workerData: ExemplarTask = {
      token: this.registry.share(),
      ledger: this.ledger.buffer,
      row,
      rounds,
    };
    const worker = new Worker(new URL('./exemplar-worker.js', import.meta.url), { workerData });
    worker.on('error', error => {
      throw error;
    });
    return worker;
  }
}

/** Whatever comes later is newer. */
async function nextMillisecond(): Promise<void> {
  const nowMs = Date.now();
  while (Date.now() <= nowMs) await new Promise(resolve => setImmediate(resolve));
}

test(`${KILLS} workers die at random moments, and every exemplar is whole and can be replaced`, async t => {
  const torture = new Torture();
  await torture.run();
  const { counts, metrics } = torture;
  t.diagnostic(`seed ${SEED}, ${cpus().length} cores, ${counts.reads} reads, ${counts.shown} exemplars`);
  assert.ok(counts.shown > KILLS, 'exemplars were read while workers died');

  // A new owner of a stripe of the dead, and the only one that writes the shared stripe.
  await nextMillisecond();
  const heir = torture.start(KILLS, HEIR_ROUNDS);
  await once(heir, 'exit');
  const heirOnly = new Set([String(KILLS)]);
  assert.deepEqual(torture.read(), {
    own_total: heirOnly,
    shared_total: heirOnly,
    spread: heirOnly,
    native: heirOnly,
  });

  await nextMillisecond();
  const row = KILLS + 1;
  for (const value of VALUES) metrics.shared.inc({ value, exemplarLabels: labelsFor(row, 0, value) });
  assert.deepEqual(
    torture.read()['shared_total'],
    new Set([String(row)]),
    'nothing of the dead is in the way',
  );
  torture.registry.close();
});
