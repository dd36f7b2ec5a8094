/**
 * Torture: workers that record are terminated at random moments while this thread scrapes without a pause.
 *
 * TORTURE_KILLS sets how many die (default 80), TORTURE_SEED the moments.
 */
import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry, exemplarsOf, nativeBucketsOf } from '../../src/index.js';
import type { FamilySnapshot, Snapshot } from '../../src/index.js';
import { randomFrom } from '../seeded-random.js';
import { Ledger } from './ledger.js';
import { CARRY_STEP, CHURN_STEPS, STEP, defineTortured } from './metrics.js';
import { Victims } from './victims.js';
import type { TortureTask } from './worker.js';

const KILLS = Number(process.env['TORTURE_KILLS'] ?? 80);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000);
const ALIVE = 4;
const STRIPES = 3; // one less than the threads at work, so that some record through the shared stripe
const OPERATIONS_MAX = 800;
const OBSERVED = [
  'native_seconds',
  'dual_seconds',
  'shared_native_seconds',
  'summary_seconds',
  'window_seconds',
];

function valueOf(snapshot: Snapshot, name: string): number {
  const family = snapshot.families.find(one => one.descriptor.name === name);
  return family === undefined || family.series.length === 0 ? 0 : family.values[0]!;
}

function familyOf(snapshot: Snapshot, name: string): FamilySnapshot {
  return snapshot.families.find(one => one.descriptor.name === name)!;
}

/** How many observations a histogram shows, or a summary. */
function countOf(snapshot: Snapshot, name: string): number {
  const family = familyOf(snapshot, name);
  const { type, bounds, quantiles } = family.descriptor;
  if (type === 'summary') return family.values[quantiles.length + 1]!;
  return family.values.subarray(0, bounds.length + 1).reduce((sum, bucket) => sum + bucket, 0);
}

/** How many observations the native buckets of a histogram show. */
function nativeCountOf(snapshot: Snapshot, name: string): number {
  const native = nativeBucketsOf(familyOf(snapshot, name), 0)!;
  return [...native.positiveCounts, ...native.negativeCounts].reduce(
    (sum, bucket) => sum + bucket,
    native.zeroCount,
  );
}

/** What a histogram of observations of 1 shows: its count and its sum. */
function latencyOf(snapshot: Snapshot): { count: number; sum: number } {
  const family = snapshot.families.find(one => one.descriptor.name === 'latency_seconds')!;
  const values = family.values;
  return { count: values[0]! + values[1]! + values[2]! + values[3]!, sum: values[4]! };
}

class Torture {
  readonly registry = new Registry({
    threadsMax: STRIPES + 1,
    heartbeatMs: 20,
    seriesMax: 300,
    familySeriesMax: 60,
  });
  readonly metrics = defineTortured(this.registry);
  readonly ledger = Ledger.forRows(KILLS + ALIVE);
  private readonly random = randomFrom(SEED);
  // Removal runs among the deaths: the series of the dead make room for those of the living.
  private readonly victims = new Victims(
    row => this.ledger.ended(row),
    row => {
      this.metrics.own.remove({ worker: row });
      this.metrics.churned.removeMatching({ worker: row });
    },
  );
  private readonly last = new Map<string, number>();
  started = 0;
  scrapes = 0;

  async run(): Promise<void> {
    while (this.victims.dead < KILLS) {
      while (this.victims.count < ALIVE && this.started < KILLS) this.start();
      this.scrape();
      this.victims.visit();
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  terminateAll(): Promise<void> {
    return this.victims.terminateAll();
  }

  scrape(): Snapshot {
    const text = Buffer.from(this.registry.renderNow()).toString();
    assert.ok(text.includes('\nsteps_total '), 'a scrape shows every family');
    const snapshot = this.registry.snapshot();
    this.scrapes++;
    for (const name of ['steps_total', 'carry_total', 'fraction_total', 'marked_total', 'atomic_total']) {
      this.assertMonotonic(name, valueOf(snapshot, name));
    }
    this.assertMonotonic('latency count', latencyOf(snapshot).count);
    for (const name of OBSERVED) this.assertMonotonic(`${name} count`, countOf(snapshot, name));
    this.assertWhole(snapshot, text);
    for (const name of ['native_seconds', 'dual_seconds', 'shared_native_seconds'])
      assert.equal(
        nativeCountOf(snapshot, name),
        countOf(snapshot, name),
        `${name}: both kinds of buckets (seed ${SEED})`,
      );
    const stripes = this.registry
      .threads()
      .map(thread => thread.stripe)
      .filter(stripe => stripe !== 0);
    assert.equal(new Set(stripes).size, stripes.length, `a stripe has two owners: ${stripes.join()}`);
    return snapshot;
  }

  /** What several threads set at once is shown as one of them has set it. */
  private assertWhole(snapshot: Snapshot, text: string): void {
    const active = text.split('\n').filter(line => /^phase\{.*\} 1$/.test(line));
    assert.equal(active.length, 1, `active states: ${active.join()} (seed ${SEED})`);
    const builds = familyOf(snapshot, 'build').series.length;
    // None before the first set.
    assert.ok(builds <= 1, `${builds} label sets of an info (seed ${SEED})`);
    for (const { labels, value } of exemplarsOf(familyOf(snapshot, 'marked_total'), 0)) {
      assert.deepEqual(Object.keys(labels), ['worker', 'step']);
      assert.equal(value, 1);
    }
    const churned = familyOf(snapshot, 'churned_seconds');
    churned.series.forEach((series, i) => {
      const native = nativeBucketsOf(churned, i)!;
      const count = native.positiveCounts.reduce((sum, bucket) => sum + bucket, native.zeroCount);
      assert.equal(
        count,
        churned.values[i * churned.stride],
        `${series.labelValues().join()} (seed ${SEED})`,
      );
    });
  }

  private start(): void {
    const row = this.started++;
    const workerData: TortureTask = { token: this.registry.share(), ledger: this.ledger.buffer, row };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
    const dieAfter = this.random() < 0.25 ? 0 : Math.ceil(this.random() * OPERATIONS_MAX);
    this.victims.add(worker, row, dieAfter);
  }

  private assertMonotonic(name: string, value: number): void {
    const before = this.last.get(name) ?? 0;
    assert.ok(value >= before, `${name} went from ${before} to ${value} (seed ${SEED})`);
    this.last.set(name, value);
  }
}

test(`${KILLS} workers die at random moments and every total holds`, async t => {
  const torture = new Torture();
  // Workers that record without end would keep a failed test from ending.
  t.after(() => torture.terminateAll());
  await torture.run();
  const snapshot = torture.scrape();
  const { begun, ended } = torture.ledger.totals(torture.started);
  t.diagnostic(`seed ${SEED}, ${cpus().length} cores, ${torture.scrapes} scrapes, ${begun} operations`);
  assert.ok(ended > 0 && begun - ended <= KILLS, 'at most one operation in flight for each death');

  const within = (name: string, value: number, step: number): void =>
    assert.ok(
      value >= ended * step && value <= begun * step,
      `${name}: ${value} is not in ${ended * step}..${begun * step}`,
    );
  within('steps', valueOf(snapshot, 'steps_total'), STEP);
  within('carry', valueOf(snapshot, 'carry_total'), CARRY_STEP);
  within('fraction', valueOf(snapshot, 'fraction_total'), 0.5);
  within('marked', valueOf(snapshot, 'marked_total'), 1);
  within('atomic', valueOf(snapshot, 'atomic_total'), 1);
  const { count, sum } = latencyOf(snapshot);
  within('latency count', count, 1);
  within('latency sum', sum, 1);
  for (const name of OBSERVED) within(`${name} count`, countOf(snapshot, name), 1);

  assert.deepEqual(
    torture.registry.threads().map(thread => thread.threadId),
    [0],
    'no lease outlives its thread',
  );
  const own = torture.registry.seriesByFamily()['own_total'];
  assert.ok(own !== undefined && own <= 1, `${own} series of dead workers are left`);
  const churned = torture.registry.seriesByFamily()['churned_seconds'];
  assert.ok(churned !== undefined && churned <= CHURN_STEPS * ALIVE, `${churned} churned series are left`);
  const { lostBlocks } = torture.registry.memory();
  assert.ok(lostBlocks <= KILLS, `${lostBlocks} blocks of memory are lost`);
  torture.registry.close();
});
