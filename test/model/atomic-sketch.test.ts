/** Atomic sketch: writers, readers and deaths at every atomic access of a writer that goes over to another array. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AtomicSketch } from '../../src/memory/atomic-sketch.js';
import {
  ONE_COUNT,
  bucketWord,
  countIn,
  isFrozen,
  planIn,
  tagIn,
} from '../../src/memory/shared-sketch-words.js';
import type { Plan } from '../../src/memory/shared-sketch-words.js';
import { SketchReader } from '../../src/memory/sketch-reader.js';
import { arrayCountOf, currentArrayIn, turnAfter } from '../../src/memory/sketch-shape.js';
import type { SketchShape } from '../../src/memory/sketch-shape.js';
import { shapeOf } from '../unit/memory/sketches.js';
import type { Recorded, Seen } from './sketch-world.js';
import { SketchWorld, assertOneOf, within } from './sketch-world.js';
import { actAt, actAtEach, forEveryAccess, killAt, withMutant } from './stepping.js';

const FOREVER = shapeOf({ bucketsMax: 4, schema: 1, zeroThreshold: 0.001 });
const SLIDING = { ...FOREVER, intervals: 2, intervalTicks: 10 };

/** Recordings of three threads after what is there before. */
interface Scenario {
  readonly name: string;
  readonly shape: SketchShape;
  readonly before: readonly Recorded[];
  readonly threads: readonly [Recorded, Recorded, Recorded];
}

function forever(name: string, before: number[], threads: [number, number, number]): Scenario {
  return {
    name,
    shape: FOREVER,
    before: within(1, ...before),
    threads: within(1, ...threads) as [Recorded, Recorded, Recorded],
  };
}

function sliding(name: string, before: Recorded[], threads: [Recorded, Recorded, Recorded]): Scenario {
  return { name, shape: SLIDING, before, threads };
}

const at = (interval: number, value: number): Recorded => ({ value, interval });

const SCENARIOS: readonly Scenario[] = [
  forever('the first values of all', [], [1, 1, 30]),
  forever('values within the window', [1, 1.5], [1, 1.5, 1]),
  forever('one goes over, others are within', [1, 1.4], [100, 1, 1.4]),
  forever('one is within, others go over', [1, 1.4], [1, 100, 0.01]),
  forever('all go over, each somewhere else', [1, 0, 1], [1_000, -1, 1e-9]),
  forever('all go over with the same value', [1, 1], [1e6, 1e6, 1e6]),
  forever('zeros, while others go over', [1, 0], [0, 1e9, 0]),
  forever('negative values, while others go over', [1, -1], [-1, -1e5, 1e5]),
  forever(
    'values too low for the coarsest schema',
    [2 ** 1_000, 1, -1],
    [2 ** -1_000, 2 ** 1_020, -(2 ** 900)],
  ),
  sliding('all turn to one interval', [...within(1, 1, 3)], [at(2, 1), at(2, 1), at(2, 50)]),
  sliding('they turn to different intervals', [...within(1, 1, 3), at(2, 2)], [at(3, 1), at(4, 2), at(5, 3)]),
  sliding('one is late', [...within(1, 1, 3), at(2, 2)], [at(2, 90), at(3, 1), at(2, 2)]),
  sliding(
    'a copy was left behind',
    [...within(1, 1, 900, 0), ...within(2, 0, 2, 900)],
    [at(3, 0), at(3, 0), at(2, 0)],
  ),
];

type Thread = () => void;

interface Prepared {
  readonly world: SketchWorld;
  readonly threads: readonly [Thread, Thread, Thread];
}

/** Three threads that have recorded before, so that each knows a generation, the third one the first of them only. */
function prepare({ shape, before, threads }: Scenario): Prepared {
  const world = new SketchWorld(shape);
  const writers = [world.atomic(), world.atomic(), world.atomic()] as const;
  before.forEach((one, i) => world.record(i === 0 ? writers[2] : writers[i % 2]!, [one]));
  const run =
    (i: 0 | 1 | 2): Thread =>
    () =>
      world.record(writers[i], [threads[i]]);
  return { world, threads: [run(0), run(1), run(2)] };
}

/** The interval that is now, after all threads have recorded. */
function lastInterval({ before, threads }: Scenario): number {
  return Math.max(...[...before, ...threads].map(one => one.interval));
}

/** Every way to choose for each recording whether it counts in its own interval, or in one that others turned to meanwhile. */
function lateness({ shape }: Scenario, values: readonly Recorded[], last: number): Recorded[][] {
  if (shape.intervals === 0) return [[...values]];
  return values.reduce<Recorded[][]>(
    (lists, { value, interval }) =>
      lists.flatMap(list =>
        Array.from({ length: last - interval + 1 }, (_, late) => [
          ...list,
          { value, interval: interval + late },
        ]),
      ),
    [[]],
  );
}

/** What may be seen when some threads have recorded, and others, killed or held up, may have, or may have made room. */
function allowed(
  scenario: Scenario,
  world: SketchWorld,
  done: readonly Recorded[],
  open: readonly Recorded[] = [],
): Seen[] {
  const last = lastInterval(scenario);
  const states: Seen[] = [];
  for (let bits = 0; bits < 2 ** open.length; bits++) {
    const recorded = [...done, ...open.filter((_, i) => (bits >> i) & 1)];
    const room = open.filter((_, i) => !((bits >> i) & 1));
    for (const list of lateness(scenario, recorded, last)) {
      for (const rooms of lateness(scenario, room, last)) {
        states.push(...world.expectedAround([...scenario.before, ...list], last, rooms));
      }
    }
  }
  return states;
}

function check(scenario: Scenario, world: SketchWorld, states: readonly Seen[], when: string): void {
  assertOneOf(world.readShared(lastInterval(scenario)), states, `${scenario.name}, ${when}`);
}

/** One thread is interrupted at each access by another one that records to its end. */
function interruptEverywhere(scenario: Scenario): void {
  const [first, second] = scenario.threads;
  forEveryAccess(n => {
    const { world, threads } = prepare(scenario);
    const other = (): void => {
      threads[1]();
      check(scenario, world, allowed(scenario, world, [second], [first]), `inside of access ${n}`);
    };
    const reached = actAt(n, threads[0], other);
    if (!reached) threads[1]();
    check(scenario, world, allowed(scenario, world, [first, second]), `interrupted at access ${n}`);
    world.assertWhole();
    return reached;
  });
}

/** One thread is interrupted at each access by a second one, which is interrupted at each access by a third. */
function interruptTwiceInside(scenario: Scenario): void {
  forEveryAccess(outer => {
    let reached = false;
    forEveryAccess(inner => {
      const { world, threads } = prepare(scenario);
      let innerReached = false;
      const secondAndThird = (): void => {
        innerReached = actAt(inner, threads[1], threads[2]);
        if (!innerReached) threads[2]();
      };
      reached = actAt(outer, threads[0], secondAndThird);
      if (!reached) secondAndThird();
      check(
        scenario,
        world,
        allowed(scenario, world, scenario.threads),
        `interrupted at ${outer} and ${inner}`,
      );
      world.assertWhole();
      return innerReached;
    });
    return reached;
  });
}

/** One thread is interrupted at two accesses, by a second thread at the one and a third at the other. */
function interruptTwice(scenario: Scenario): void {
  forEveryAccess(n => {
    const more = forEveryAccess(later => {
      const { world, threads } = prepare(scenario);
      const acts = new Map([
        [n, threads[1]],
        [n + later, threads[2]],
      ]);
      const count = actAtEach(acts, threads[0]);
      if (count < n) threads[1]();
      if (count < n + later) threads[2]();
      check(
        scenario,
        world,
        allowed(scenario, world, scenario.threads),
        `interrupted at ${n} and ${n + later}`,
      );
      world.assertWhole();
      return count >= n + later;
    });
    return more > 0;
  });
}

/** One thread dies at each access, a second one at each of its own after that; the third one records to its end. */
function dieEverywhere(scenario: Scenario): void {
  const [first, second, third] = scenario.threads;
  forEveryAccess(n => {
    let died = false;
    forEveryAccess(m => {
      const { world, threads } = prepare(scenario);
      died = killAt(n, threads[0]);
      check(scenario, world, allowed(scenario, world, [], [first]), `death at access ${n}`);
      const diedToo = killAt(m, threads[1]);
      check(scenario, world, allowed(scenario, world, [], [first, second]), `deaths at ${n} and ${m}`);
      threads[2]();
      check(
        scenario,
        world,
        allowed(scenario, world, [third], [first, second]),
        `after deaths at ${n} and ${m}`,
      );
      return diedToo;
    });
    return died;
  });
}

/** A reader looks at each access of a thread, and a thread records at each access of a reader. */
function readEverywhere(scenario: Scenario): void {
  const [first, second] = scenario.threads;
  const last = lastInterval(scenario);
  forEveryAccess(n => {
    const { world, threads } = prepare(scenario);
    const states = allowed(scenario, world, [], [first]);
    return actAt(n, threads[0], () => check(scenario, world, states, `read at access ${n}`));
  });
  forEveryAccess(n => {
    const { world, threads } = prepare(scenario);
    let seen: Seen | undefined;
    const reached = actAt(
      n,
      () => (seen = world.readShared(last)),
      () => {
        threads[0]();
        threads[1]();
      },
    );
    assertOneOf(
      seen!,
      allowed(scenario, world, [], [first, second]),
      `${scenario.name}, the reader's access ${n}`,
    );
    return reached;
  });
}

describe('an atomic sketch', () => {
  for (const scenario of SCENARIOS) {
    test(`counts once when a thread is interrupted at any access: ${scenario.name}`, () =>
      interruptEverywhere(scenario));
    test(`counts once when a thread is interrupted inside of another's interruption: ${scenario.name}`, () =>
      interruptTwiceInside(scenario));
    test(`counts once when a thread is interrupted twice: ${scenario.name}`, () => interruptTwice(scenario));
    test(`goes on after threads were killed at any two accesses: ${scenario.name}`, () =>
      dieEverywhere(scenario));
    test(`is read as before or as after a recording, at any access: ${scenario.name}`, () =>
      readEverywhere(scenario));
  }
});

/** What the planted faults need of the inside of a sketch. */
interface Inside {
  readonly quads: BigInt64Array;
  readonly words: Int32Array;
  readonly shape: SketchShape;
  readonly planIndex: number;
  readonly turnIndex: number;
  readonly turn: number;
  readonly tag: number;
  readonly nextTag: number;
  help(): void;
  turned(plan: Plan): object;
  widened(plan: Plan): object | undefined;
  fill(successor: object): boolean;
  put(byteOffset: number, word: bigint): boolean;
  offsetOf(array: number): number;
}

const insideOf = (sketch: AtomicSketch): Inside => sketch as unknown as Inside;

/** Takes over a count that can still grow. */
function takeWithoutFreezing(this: AtomicSketch, ...[index]: [number]): number | undefined {
  const { quads, tag } = insideOf(this);
  const seen = Atomics.load(quads, index);
  return tagIn(seen) === tag ? countIn(seen) : undefined;
}

/** Adds to a bucket, but for one of the two reasons not to. */
function incrementAlways(ignored: 'tag' | 'frozen bit') {
  return function (this: AtomicSketch, ...[index]: [number]): boolean {
    const self = insideOf(this);
    for (;;) {
      const seen = Atomics.load(self.quads, index);
      if (ignored !== 'tag' && tagIn(seen) !== self.tag) return false;
      if (ignored !== 'frozen bit' && isFrozen(seen)) {
        self.help();
        return false;
      }
      if (Atomics.compareExchange(self.quads, index, seen, seen + ONE_COUNT) === seen) return true;
    }
  };
}

/** Writes a word of the next array, whether or not it is still the next one. */
function putLate(this: AtomicSketch, ...[byteOffset, word]: [number, bigint]): boolean {
  const { quads } = insideOf(this);
  for (;;) {
    const seen = Atomics.load(quads, byteOffset / 8);
    if (seen === word || Atomics.compareExchange(quads, byteOffset / 8, seen, word) === seen) return true;
  }
}

/** Leaves a count in a word that is to be empty. */
function putOnTop(put: Inside['put']) {
  return function (this: AtomicSketch, ...[byteOffset, word]: [number, bigint]): boolean {
    const { quads, nextTag } = insideOf(this);
    const seen = Atomics.load(quads, byteOffset / 8);
    const isEmpty = word === bucketWord(0, nextTag);
    return put.call(this, byteOffset, isEmpty ? bucketWord(countIn(seen), nextTag) : word);
  };
}

function nextArray(this: AtomicSketch): number {
  const { turn, shape } = insideOf(this);
  return (currentArrayIn(turn) + 1) % arrayCountOf(shape);
}

/** Turns to the next array before it is filled. */
function publishFirst(this: AtomicSketch): void {
  const self = insideOf(this);
  const plan = planIn(Atomics.load(self.quads, self.planIndex), self.nextTag);
  if (plan === undefined) return;
  const successor = plan.kind === 1 ? self.turned(plan) : self.widened(plan);
  if (successor === undefined) return;
  Atomics.compareExchange(self.words, self.turnIndex, self.turn, turnAfter(self.turn, plan.array));
  self.fill(successor);
}

/** Says that an array is filled before it is. */
function fillExtentFirst(fill: Inside['fill']) {
  return function (this: AtomicSketch, ...[successor]: [{ readonly array: number }]): boolean {
    const self = insideOf(this);
    const extentAt = self.offsetOf(successor.array);
    const words: [number, bigint][] = [];
    const { put } = self;
    self.put = (byteOffset, word) => (words.push([byteOffset, word]), true);
    const isNext = fill.call(this, successor);
    delete (self as Partial<Inside>).put;
    const isExtent = ([byteOffset]: [number, bigint]): boolean => byteOffset === extentAt;
    const inOrder = [...words.filter(isExtent), ...words.filter(one => !isExtent(one))];
    return isNext && inOrder.every(([byteOffset, word]) => put.call(this, byteOffset, word));
  };
}

/** Carries out its own plan, though another thread was first. */
function goOnAlone(this: AtomicSketch, ...[kind, payload]: [Plan['kind'], number]): void {
  const self = insideOf(this);
  const array = (self as unknown as { spareArray(): number }).spareArray();
  const plan: Plan = { kind, array, payload };
  const successor = kind === 1 ? self.turned(plan) : self.widened(plan);
  if (successor === undefined || !self.fill(successor)) return;
  Atomics.compareExchange(self.words, self.turnIndex, self.turn, turnAfter(self.turn, array));
}

/** Reads once, and does not look whether the array that it read has been left meanwhile. */
function readOnce(this: SketchReader, ...[byteOffset, interval]: [number, number]): number {
  const self = this as unknown as {
    readonly arena: { readonly words: Int32Array };
    readonly count: number;
    addSharedArrays(byteOffset: number, turn: number, interval: number): void;
  };
  const before = self.count;
  self.addSharedArrays(byteOffset, Atomics.load(self.arena.words, byteOffset / 4), interval);
  return self.count - before;
}

describe('an atomic sketch, mutants', () => {
  const interruptions = (): void => SCENARIOS.forEach(interruptEverywhere);
  const inside = (): void => SCENARIOS.forEach(interruptTwiceInside);
  const readings = (): void => SCENARIOS.forEach(readEverywhere);
  const { prototype } = AtomicSketch;
  const shipped = prototype as unknown as Inside;
  const FAULTS: readonly [string, string, (this: AtomicSketch, ...args: never[]) => unknown, () => void][] = [
    ['a count taken over without freezing its bucket', 'freeze', takeWithoutFreezing, interruptions],
    ['an increment of a bucket that is frozen', 'increment', incrementAlways('frozen bit'), interruptions],
    ['an increment of a bucket of another generation', 'increment', incrementAlways('tag'), inside],
    ['a word written into an array that is current by now', 'put', putLate, interruptions],
    ['an interval begun without emptying its array', 'put', putOnTop(shipped.put), interruptions],
    ['an array taken that the window still has', 'spareArray', nextArray, interruptions],
    ['the turn word exchanged before the array is filled', 'help', publishFirst, interruptions],
    ['an array said to be filled before it is', 'fill', fillExtentFirst(shipped.fill), inside],
    ['a thread that carries out its own plan', 'goOn', goOnAlone, interruptions],
  ];
  for (const [name, method, mutant, run] of FAULTS) {
    test(`${name} is caught`, () =>
      assert.throws(() => withMutant(prototype, method, mutant, run), assert.AssertionError));
  }

  test('a reader that does not look at the turn word again is caught', () =>
    assert.throws(
      () => withMutant(SketchReader.prototype, 'addShared', readOnce, readings),
      assert.AssertionError,
    ));
});
