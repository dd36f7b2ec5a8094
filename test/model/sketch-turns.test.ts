/**
 * Atomic sketch, in any order: three threads record, one access at a time, in orders drawn at random.
 *
 * SKETCH_ORDERS sets how many orders are tried of each kind, SKETCH_SEED which.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SCHEMA_MIN } from '../../src/memory/exponential-index.js';
import { shapeOf } from '../unit/memory/sketches.js';
import type { SketchTask } from './sketch-turn-taker.js';
import type { Recorded, Seen } from './sketch-world.js';
import { SketchWorld, assertOneOf, within } from './sketch-world.js';
import { TurnTaking } from './turn-taking.js';

const ORDERS = Number(process.env['SKETCH_ORDERS'] ?? 60);
const SEED = Number(process.env['SKETCH_SEED'] ?? Date.now() % 1_000_000);
const THREADS = 3;
const SCRIPT = new URL('./sketch-turn-taker.js', import.meta.url);

const FOREVER = shapeOf({ bucketsMax: 3, schema: 0, zeroThreshold: 0.001 });
const SLIDING = { ...FOREVER, intervals: 2, intervalTicks: 10 };

type Values = SketchTask['values'];

const RESCALING: Values = [within(1, 1, 8, 1e6), within(1, 3, 0, 1e-6), within(1, 2, -2, 1)];
const TURNING: Values = [
  [...within(1, 1), ...within(2, 50)],
  [...within(1, 2), ...within(3, 1)],
  [...within(2, 1), ...within(3, 0)],
];

type Check = (world: SketchWorld, killed: Set<number>) => void;

/** The count never goes down, nor does any bucket while the schema stays, up to the one at which counts are cut off. */
function assertNotBelow(seen: Seen, last: Seen, when: string): void {
  assert.ok(seen.count >= last.count, `${when}: the count went from ${last.count} to ${seen.count}`);
  assert.ok(seen.zeroCount >= last.zeroCount, `${when}: the zero bucket went down`);
  assert.ok(seen.schema <= last.schema || last.count === 0, `${when}: the schema became finer`);
  if (seen.schema !== last.schema || seen.schema === SCHEMA_MIN) return;
  for (const sign of ['positive', 'negative'] as const) {
    const now = new Map(seen[sign]);
    for (const [index, count] of last[sign]) {
      assert.ok((now.get(index) ?? 0) >= count, `${when}: ${sign} bucket ${index} had ${count}`);
    }
  }
}

/** Runs the threads in many orders. */
async function inManyOrders(
  task: SketchTask,
  check: Check,
  options: { readonly deaths?: number; readonly orders?: number } = {},
): Promise<void> {
  const world = new SketchWorld(task.shape);
  const turns = new TurnTaking();
  await turns.start(SCRIPT, THREADS, { memory: world.memory, setup: task });
  try {
    for (let order = 0; order < (options.orders ?? ORDERS); order++) {
      world.words.fill(0);
      let last = world.readShared();
      const between = (): void => {
        // Without a sliding window nothing leaves: a count that was seen stays.
        if (task.shape.intervals > 0) return;
        const seen = world.readShared();
        assertNotBelow(seen, last, `order ${SEED + order}`);
        last = seen;
      };
      const killed = turns.run(SEED + order, { between, deaths: options.deaths ?? 0 });
      try {
        check(world, killed);
      } catch (error) {
        throw new assert.AssertionError({ message: `order ${SEED + order}: ${String(error)}` });
      }
    }
  } finally {
    await turns.stop();
  }
}

const all = (values: Values): Recorded[] => values.flat();

/** Everything is counted once, in buckets as those of one thread. */
function exactly(values: Values): Check {
  return world => {
    world.assertWhole();
    assertOneOf(world.readShared(), [world.expected(all(values))], 'in the end');
  };
}

describe('an atomic sketch in any order', () => {
  test('counts what three threads record once, in the buckets of one thread', async t => {
    t.diagnostic(`seed ${SEED}, ${ORDERS} orders`);
    await inManyOrders({ shape: FOREVER, values: RESCALING, fault: 'none' }, exactly(RESCALING));
  });

  test('counts once while the sliding window turns', async () => {
    const task: SketchTask = { shape: SLIDING, values: TURNING, fault: 'none' };
    await inManyOrders(task, world => {
      world.assertWhole();
      // A value that is late counts in the interval that is current by then; from a large window nothing is gone.
      const { count } = world.readShared(1);
      const recorded = all(TURNING);
      const inLast = recorded.filter(one => one.interval === 3).length;
      assert.ok(world.readShared(4).count >= inLast, 'the last interval has its own values');
      assert.ok(count >= recorded.filter(one => one.interval > 1).length && count <= recorded.length);
    });
  });

  test('loses no more than what killed threads had not counted', async () => {
    const values = RESCALING;
    const check: Check = (world, killed) => {
      const { count } = world.readShared();
      const least = values.filter((_, i) => !killed.has(i)).flat().length;
      assert.ok(count >= least && count <= all(values).length, `${count} of ${least} at least`);
      // Whoever comes next finds a sketch that works.
      const successor = world.atomic();
      world.record(successor, within(1, 1e300, -1e-300, 5));
      assert.equal(world.readShared().count, count + 3);
      world.assertWhole();
    };
    await inManyOrders({ shape: FOREVER, values, fault: 'none' }, check, { deaths: 2 });
  });
});

/** The first thread plans with what it knows; the second one is about to publish; the third one makes plans as well. */
const LATE: Values = [within(1, 100), within(1, 1e4, 1e9), within(1, -7)];
/** Accesses of the first thread until it knows the generation, or a little less or more, and until it has planned. */
const KNOWS = [2, 3, 4];
const PLANS = 3;
const THIRD_MAX = 80;

/**
 * The worst order for a plan that comes late: it replaces the one that the second thread has nearly carried out, so that
 * the third one makes another plan for the same generation, and fills the same array while the second one publishes it.
 */
async function withLatePlan(fault: SketchTask['fault'], check: Check): Promise<void> {
  const world = new SketchWorld(FOREVER);
  const turns = new TurnTaking();
  const setup: SketchTask = { shape: FOREVER, values: LATE, fault };
  await turns.start(SCRIPT, THREADS, { memory: world.memory, setup });
  try {
    for (const known of KNOWS) {
      for (let third = 0; third < THIRD_MAX; third++) {
        world.words.fill(0);
        world.record(world.atomic(), within(1, 1));
        turns.begin();
        const generation = world.generation();
        for (let i = 0; i < known; i++) turns.step(0);
        while (world.generation() === generation) assert.ok(turns.step(1), 'it goes over to another array');
        while (!world.isNextFilled()) assert.ok(turns.step(1), 'and to one more');
        for (let i = 0; i < PLANS; i++) turns.step(0);
        for (let i = 0; i < third; i++) turns.step(2);
        turns.end(1, 0, 2);
        check(world, new Set());
      }
    }
  } finally {
    await turns.stop();
  }
}

const countsLate: Check = world => {
  world.assertWhole();
  assertOneOf(world.readShared(), [world.expected([...within(1, 1), ...all(LATE)])], 'in the end');
};

describe('a plan that comes late', () => {
  test('changes nothing', () => withLatePlan('none', countsLate));

  test('mutant: made without a look at the turn word, it lets two plans be carried out', () =>
    assert.rejects(withLatePlan('plans late', countsLate), assert.AssertionError));
});

describe('a word that comes late', () => {
  test('mutant: written without a look at the turn word, it takes counts away', async () => {
    const task: SketchTask = { shape: FOREVER, values: RESCALING, fault: 'fills late' };
    const run = inManyOrders(task, exactly(RESCALING), { orders: 100_000 });
    await assert.rejects(run, assert.AssertionError);
  });
});
