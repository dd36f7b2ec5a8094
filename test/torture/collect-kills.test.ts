/**
 * Torture: workers with collect callbacks are terminated at random moments while several threads scrape without a pause.
 *
 * No scrape may wait for the dead: none may name a thread that was late, or use up its deadline. TORTURE_KILLS sets how many die (default 40), TORTURE_SEED the moments.
 */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { randomFrom } from '../seeded-random.js';
import type { CollectorTask } from './collector.js';
import { Victims } from './victims.js';

const KILLS = Number(process.env['TORTURE_KILLS'] ?? 40);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000);
const ALIVE = 4;
const RUNS_MAX = 12;
const DEADLINE_MS = 60_000;

class CollectTorture {
  readonly registry = new Registry({ threadsMax: ALIVE + 1, heartbeatMs: 20 });
  readonly begun = new Int32Array(new SharedArrayBuffer(4 * (KILLS + ALIVE)));
  private readonly victims = new Victims(row => Atomics.load(this.begun, row));
  private readonly random = randomFrom(SEED);
  started = 0;
  scrapes = 0;

  async run(): Promise<void> {
    while (this.victims.dead < KILLS) {
      while (this.victims.count < ALIVE && this.started < KILLS) this.start();
      const startedMs = performance.now();
      const { late, collectErrors } = await this.registry.render({ collectTimeoutMs: DEADLINE_MS });
      assert.deepEqual([late, collectErrors], [[], []], `seed ${SEED}`);
      // Not how long it took, but what ended it: the dead are not late either when only the deadline ends the wait.
      assert.ok(performance.now() - startedMs < DEADLINE_MS, `ended by its deadline (seed ${SEED})`);
      this.scrapes++;
      this.victims.visit();
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  private start(): void {
    const row = this.started++;
    const token = this.registry.share();
    const workerData: CollectorTask = {
      token,
      begun: this.begun.buffer as SharedArrayBuffer,
      row,
      isScraping: this.random() < 0.5,
    };
    const worker = new Worker(new URL('./collector.js', import.meta.url), { workerData });
    this.victims.add(worker, row, Math.floor(this.random() * RUNS_MAX));
  }
}

test(`${KILLS} workers with callbacks die at random moments, and no scrape waits for the dead`, async t => {
  const torture = new CollectTorture();
  await torture.run();
  t.diagnostic(`seed ${SEED}, ${torture.scrapes} scrapes`);
  const text = await torture.registry.metrics({ collectTimeoutMs: DEADLINE_MS });
  const begun = torture.begun.reduce((sum, runs) => sum + runs);
  const ended = Number(/^runs_total (\d+)$/m.exec(text)?.[1]);
  assert.ok(ended > 0 && ended <= begun, `${ended} runs have ended, ${begun} were begun`);
  assert.ok(begun - ended <= KILLS, 'at most one run in flight for each death');
  assert.doesNotMatch(text, /threadtally_collect_(late|errors)_total/);
  assert.equal(torture.registry.threads().length, 1);
  torture.registry.close();
});
