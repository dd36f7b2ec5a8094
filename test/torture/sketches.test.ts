/**
 * Sketch torture: workers with stripes of their own, and more without, observe into native histograms and summaries whose
 * ranges grow all the time, while this thread scrapes without a pause.
 *
 * SKETCH_ROUNDS sets for how long, TORTURE_SEED what is observed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Registry, nativeBucketsOf } from '../../src/index.js';
import type { FamilySnapshot, NativeBucketValues, Snapshot } from '../../src/index.js';
import { HEADER_RETRY_LIMIT_HITS_OFFSET } from '../../src/memory/layout.js';
import { SketchModel } from '../property/sketch-model.js';
import { BOUNDS, SHAPES, SHARINGS, ZERO_THRESHOLD, defineSketches, valuesOf } from './sketch-metrics.js';
import type { SketchTortureTask } from './sketch-worker.js';

const ROUNDS = Number(process.env['SKETCH_ROUNDS'] ?? 40);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000);
const VALUES_PER_ROUND = 400;
const WORKERS = 4;
/** This thread has one, two workers have the others, and two have none. */
const STRIPES = 3;

const isX64 = process.arch === 'x64';

function bucketsOf({ positiveCounts, negativeCounts }: NativeBucketValues): number[] {
  return [...positiveCounts, ...negativeCounts];
}

function countOf(native: NativeBucketValues): number {
  return bucketsOf(native).reduce((sum, count) => sum + count, native.zeroCount);
}

/** Non-empty buckets as the model has them. */
function shownBuckets(native: NativeBucketValues): object {
  const used = (low: number, counts: Float64Array): [number, number][] =>
    [...counts].map((count, i): [number, number] => [low + i, count]).filter(([, count]) => count > 0);
  return {
    schema: native.schema,
    zeroCount: native.zeroCount,
    positive: used(native.positiveLow, native.positiveCounts),
    negative: used(native.negativeLow, native.negativeCounts),
  };
}

/** Counts that were seen, which no later scrape may be below. */
class SeenCounts {
  private readonly counts = new Map<string, number>();

  assertNotBelow(what: string, count: number): void {
    const before = this.counts.get(what) ?? 0;
    assert.ok(count >= before, `${what} went from ${before} to ${count} (seed ${SEED})`);
    this.counts.set(what, count);
  }
}

function roundsOf(family: FamilySnapshot): string[] {
  return family.series.map(series => `${family.descriptor.name} ${series.labelValues().join()}`);
}

/** What holds in every scrape of a histogram. */
function checkHistogram(family: FamilySnapshot, seen: SeenCounts): void {
  const { bounds, name } = family.descriptor;
  roundsOf(family).forEach((what, i) => {
    const native = nativeBucketsOf(family, i)!;
    const count = countOf(native);
    seen.assertNotBelow(what, count);
    assert.ok(
      bucketsOf(native).every(one => one >= 0 && Number.isInteger(one)),
      `${what} has whole counts`,
    );
    const values = family.values.subarray(i * family.stride, i * family.stride + bounds.length + 1);
    let cumulated = 0;
    values.forEach((bucket, bound) => {
      cumulated += bucket;
      seen.assertNotBelow(`${what}, bucket ${bound}`, cumulated);
    });
    // On arm64 plain stores of another thread may be seen in another order.
    if (isX64 || name.endsWith('atomic'))
      assert.equal(cumulated, count, `${what}: both kinds of buckets (seed ${SEED})`);
  });
}

function checkSummary(family: FamilySnapshot, seen: SeenCounts): void {
  const { quantiles } = family.descriptor;
  roundsOf(family).forEach((what, i) => {
    seen.assertNotBelow(what, family.values[i * family.stride + quantiles.length + 1]!);
  });
}

function check(snapshot: Snapshot, seen: SeenCounts): void {
  for (const family of snapshot.families) {
    if (family.descriptor.type === 'histogram') checkHistogram(family, seen);
    if (family.descriptor.type === 'summary') checkSummary(family, seen);
  }
}

/** The last scrape has every observation, in the buckets in which one thread would have counted it. */
function checkTotals({ families }: Snapshot): void {
  const familyOf = (name: string): FamilySnapshot =>
    families.find(family => family.descriptor.name === name)!;
  const total = WORKERS * VALUES_PER_ROUND;
  for (let round = 0; round < ROUNDS; round++) {
    const values = Array.from({ length: WORKERS }, (_, worker) =>
      valuesOf(SEED, worker, round, VALUES_PER_ROUND),
    ).flat();
    for (const kind of ['native', 'dual'] as const) {
      const { schema, maxBuckets } = SHAPES[kind];
      const model = new SketchModel({ schema, bucketsMax: maxBuckets, zeroThreshold: ZERO_THRESHOLD });
      for (const value of values) model.add(value);
      const expected = model.buckets();
      for (const sharing of SHARINGS) {
        const family = familyOf(`${kind}_${sharing}`);
        const i = family.series.findIndex(series => series.labelValues()[0] === String(round));
        const native = nativeBucketsOf(family, i)!;
        assert.deepEqual(shownBuckets(native), expected, `${kind}_${sharing}, round ${round} (seed ${SEED})`);
        assert.equal(countOf(native), total);
      }
    }
    for (const sharing of SHARINGS) {
      const dual = familyOf(`dual_${sharing}`);
      const i = dual.series.findIndex(series => series.labelValues()[0] === String(round));
      const at = i * dual.stride;
      const classic = [...dual.values.subarray(at, at + BOUNDS.length + 1)];
      const counted = [...BOUNDS, Infinity].map(
        (bound, b) => values.filter(value => value <= bound && value > (BOUNDS[b - 1] ?? -Infinity)).length,
      );
      assert.deepEqual(classic, counted, `dual_${sharing}, round ${round}`);
      for (const name of [`summary_${sharing}`, `window_${sharing}`]) {
        const family = familyOf(name);
        const of = family.series.findIndex(series => series.labelValues()[0] === String(round));
        const quantileCount = family.descriptor.quantiles.length;
        assert.equal(family.values[of * family.stride + quantileCount + 1], total, `${name}, round ${round}`);
      }
    }
  }
}

test(`${WORKERS} workers observe ever wider ranges, and every scrape adds up`, async t => {
  const registry = new Registry({ threadsMax: STRIPES, heartbeatMs: 20 });
  defineSketches(registry);
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: WORKERS }, (_, worker) => {
    const workerData: SketchTortureTask = {
      token: registry.share(),
      seed: SEED,
      worker,
      rounds: ROUNDS,
      valuesPerRound: VALUES_PER_ROUND,
      start: start.buffer as SharedArrayBuffer,
    };
    return new Worker(new URL('./sketch-worker.js', import.meta.url), { workerData });
  });
  t.after(() => Promise.all(workers.map(worker => worker.terminate())));
  for (const worker of workers) {
    worker.on('error', error => {
      throw error;
    });
  }
  await Promise.all(workers.map(worker => once(worker, 'message')));
  assert.equal(registry.threads().filter(thread => thread.stripe === 0).length, WORKERS + 1 - STRIPES);
  let working = WORKERS;
  for (const worker of workers) worker.once('message', () => working--);
  Atomics.store(start, 0, 1);
  Atomics.notify(start, 0);

  const seen = new SeenCounts();
  let scrapes = 0;
  while (working > 0) {
    check(registry.snapshot(), seen);
    scrapes++;
    await setImmediate();
  }
  const last = registry.snapshot();
  check(last, seen);
  checkTotals(last);
  const words = new Int32Array(registry.share().arena);
  assert.equal(Atomics.load(words, HEADER_RETRY_LIMIT_HITS_OFFSET / 4), 0, 'a loop gave up');
  t.diagnostic(`seed ${SEED}, ${cpus().length} cores, ${scrapes} scrapes, ${ROUNDS} rounds`);
  assert.ok(scrapes > 2, 'the workers were observed at work');
  for (const worker of workers) worker.postMessage('end');
  await Promise.all(workers.map(worker => once(worker, 'exit')));
  registry.close();
});
