/** Striped sketch: what a reader sees, and what a successor finds, at every store of a writer that goes over to another array. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BUCKET_ARRAY_INTERVAL_OFFSET,
  BUCKET_ARRAY_NEGATIVE_LOW_OFFSET,
  BUCKET_ARRAY_POSITIVE_LOW_OFFSET,
  BUCKET_ARRAY_SHAPE_OFFSET,
} from '../../src/memory/layout.js';
import { SketchReader } from '../../src/memory/sketch-reader.js';
import { currentArrayIn, shapeWord, turnAfter } from '../../src/memory/sketch-shape.js';
import type { BucketWindow, SketchShape } from '../../src/memory/sketch-shape.js';
import { StripedSketch } from '../../src/memory/sketch-writer.js';
import { shapeOf } from '../unit/memory/sketches.js';
import type { Recorded, Seen } from './sketch-world.js';
import { SketchWorld, assertOneOf, within } from './sketch-world.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';

interface Scenario {
  readonly name: string;
  readonly shape: SketchShape;
  readonly before: readonly Recorded[];
  /** What the writer records when it is interrupted or killed. */
  readonly now: Recorded;
  /** What its successor records. */
  readonly after: readonly Recorded[];
  /** The interval in which readers read. */
  readonly readIn: number;
}

const FOREVER = shapeOf({ bucketsMax: 6, schema: 2, zeroThreshold: 0.001 });
const SLIDING = { ...FOREVER, intervals: 2, intervalTicks: 10 };

function forever(name: string, before: number[], now: number, after: number[] = [3]): Scenario {
  const [value] = within(1, now) as [Recorded];
  return {
    name,
    shape: FOREVER,
    before: within(1, ...before),
    now: value,
    after: within(1, ...after),
    readIn: 1,
  };
}

function sliding(name: string, before: Recorded[], now: Recorded, after: Recorded[]): Scenario {
  return { name, shape: SLIDING, before, now, after, readIn: now.interval };
}

const SCENARIOS: readonly Scenario[] = [
  forever('the first value of all', [], 1),
  forever('a value within the window', [1, 2], 1.5),
  forever('a wider window', [1, 0, 1], 2.6),
  forever('a window that goes down', [1, 1], 0.4),
  forever('a coarser schema', [1, 1, 1.3, 0, -1], 1_000, [1e6, 1]),
  forever('a much coarser schema', [1, 1, 1.3, 2], 1e200, [1e-200, 1]),
  forever('the first negative value', [1, 2, 2, 0], -1, [-2, -1e9]),
  forever('a value that is too low for the coarsest schema', [2 ** 1_000, 1, -1], 2 ** -1_000, [2 ** 1_020]),
  sliding('the second interval', within(1, 1, 1, 5), { value: 2, interval: 2 }, within(2, 9)),
  sliding(
    'an interval that takes the place of one that is over',
    [...within(1, 1, 1.5, 0), ...within(2, 2, 2)],
    { value: 3, interval: 3 },
    within(4, 5),
  ),
  sliding(
    'a wider window in an interval that is not the first',
    [...within(1, 1, 900), ...within(2, 2)],
    { value: 1e9, interval: 2 },
    [...within(2, 1), ...within(3, 1)],
  ),
  sliding(
    'an interval after a copy was left behind',
    [...within(1, 1, 900), ...within(2, 2, 1_000)],
    { value: 7, interval: 3 },
    within(4, 7),
  ),
  sliding(
    'an interval in the place of a copy that had zeros',
    within(1, 0, 1),
    { value: 7, interval: 2 },
    within(2, 0),
  ),
  sliding(
    'an interval after a long silence',
    [...within(1, 1), ...within(2, 2, 1_000)],
    { value: 7, interval: 90 },
    within(91, 7),
  ),
];

/** The world right before the writer's next recording. */
function prepare({ shape, before }: Scenario): { world: SketchWorld; writer: StripedSketch } {
  const world = new SketchWorld(shape);
  const writer = world.striped();
  world.record(writer, before);
  return { world, writer };
}

/** A reader looks at every store of the writer; with a sliding window also one whose clock is an interval behind. */
function readAtEveryStep(scenario: Scenario): void {
  const { before, now, readIn, shape } = scenario;
  for (const clock of shape.intervals === 0 ? [readIn] : [readIn, readIn - 1]) {
    forEveryAccess(n => {
      const { world, writer } = prepare(scenario);
      // The writer may have given the oldest interval of a reader that is behind to the newest.
      const states = [clock, readIn].map(interval => [
        world.expected(before, interval),
        world.expected(before, interval, [now]),
        world.expected([...before, now], interval),
      ]);
      const reached = actAt(
        n,
        () => world.record(writer, [now]),
        () => assertOneOf(world.readStriped(clock), states.flat(), `${scenario.name}, step ${n}`),
      );
      const last = states.map(one => one[2]!);
      assertOneOf(world.readStriped(clock), last, `${scenario.name}, in the end`);
      return reached;
    });
  }
}

function times(count: number, one: Recorded): Recorded[] {
  return Array.from({ length: count }, () => one);
}

/** These values, with or without room for one that a killed thread has not counted. */
function statesWith(world: SketchWorld, values: readonly Recorded[], room: Recorded, readIn: number): Seen[] {
  return [world.expected(values, readIn), world.expected(values, readIn, [room])];
}

/** The writer dies at step n, and so does its successor, and a third one records to the end. */
function dieAtEveryStep(scenario: Scenario): void {
  const { before, now, after, readIn } = scenario;
  forEveryAccess(n => {
    const { world, writer } = prepare(scenario);
    let died = killAt(n, () => world.record(writer, [now]));
    const once = [0, 1].flatMap(count => statesWith(world, [...before, ...times(count, now)], now, readIn));
    assertOneOf(world.readStriped(readIn), once, `${scenario.name}, death at step ${n}`);
    if (killAt(n, () => world.record(world.striped(), [now]))) died = true;
    const twice = [...once, world.expected([...before, now, now], readIn)];
    assertOneOf(world.readStriped(readIn), twice, `${scenario.name}, second death at step ${n}`);
    const last = after.at(-1)?.interval ?? readIn;
    world.record(world.striped(), after);
    const allowed = [0, 1, 2].flatMap(count =>
      statesWith(world, [...before, ...times(count, now), ...after], now, last),
    );
    assertOneOf(world.readStriped(last), allowed, `${scenario.name}, after deaths at step ${n}`);
    return died;
  });
}

/** The writer records while a reader is at step n: several arrays come and go meanwhile. */
function writeAtEveryStep(scenario: Scenario): void {
  const { before, now, after, readIn } = scenario;
  forEveryAccess(n => {
    const { world, writer } = prepare(scenario);
    const values = [now, ...after.filter(one => one.interval === readIn)];
    const allowed = [0, 1, values.length].flatMap(count =>
      [count, count + 1].map(room =>
        world.expected([...before, ...values.slice(0, count)], readIn, values.slice(0, room)),
      ),
    );
    let seen: Seen | undefined;
    const reached = actAt(
      n,
      () => (seen = world.readStriped(readIn)),
      () => world.record(writer, values),
    );
    assertOneOf(seen!, allowed, `${scenario.name}, the reader's step ${n}`);
    return reached;
  });
}

describe('a striped sketch', () => {
  for (const scenario of SCENARIOS) {
    test(`is read as before or as after a recording, at each of its stores: ${scenario.name}`, () =>
      readAtEveryStep(scenario));

    test(`loses nothing and counts nothing twice when its thread is killed, again and again: ${scenario.name}`, () =>
      dieAtEveryStep(scenario));

    test(`is read right while arrays are filled and left: ${scenario.name}`, () =>
      writeAtEveryStep(scenario));
  }
});

/** What the planted faults need of the writer's inside. */
interface Inside {
  readonly words: Int32Array;
  readonly turnIndex: number;
  readonly arrayCount: number;
  readonly turn: number;
  readonly arrayBytes: number;
  spareArray(): number;
  arrayOffset(array: number): number;
  refresh(): void;
}

type Copy = (arrayOffset: number) => void;

/** As the shipped fill, without one of its steps, or with the turn word stored before the copy. */
function faultyFill(fault: 'turns first' | 'does not empty' | 'keeps the interval') {
  return function (this: StripedSketch, ...[interval, window, copy]: [number, BucketWindow, Copy]): void {
    const self = this as unknown as Inside;
    const { words, turnIndex } = self;
    const array = self.spareArray();
    const offset = self.arrayOffset(array);
    const intervalIndex = (offset + BUCKET_ARRAY_INTERVAL_OFFSET) / 4;
    const publish = (): void =>
      void Atomics.store(words, turnIndex, turnAfter(Atomics.load(words, turnIndex), array));
    if (fault !== 'keeps the interval') Atomics.store(words, intervalIndex, 0);
    if (fault !== 'does not empty') words.fill(0, offset / 4 + 1, (offset + self.arrayBytes) / 4);
    words[(offset + BUCKET_ARRAY_SHAPE_OFFSET) / 4] = shapeWord(window);
    words[(offset + BUCKET_ARRAY_POSITIVE_LOW_OFFSET) / 4] = window.positiveLow;
    words[(offset + BUCKET_ARRAY_NEGATIVE_LOW_OFFSET) / 4] = window.negativeLow;
    if (fault === 'turns first') publish();
    copy(offset);
    Atomics.store(words, intervalIndex, interval);
    if (fault !== 'turns first') publish();
    self.refresh();
  };
}

/** The array after the current one, whatever it holds. */
function nextArray(this: StripedSketch): number {
  const { turn, arrayCount } = this as unknown as Inside;
  return (currentArrayIn(turn) + 1) % arrayCount;
}

/** Reads once, and does not look whether the array that it read has been left meanwhile. */
function readOnce(this: SketchReader, ...[byteOffset, interval]: [number, number]): number {
  const self = this as unknown as {
    readonly arena: { readonly words: Int32Array };
    readonly count: number;
    addArrays(byteOffset: number, current: number, interval: number): void;
  };
  const before = self.count;
  self.addArrays(byteOffset, currentArrayIn(Atomics.load(self.arena.words, byteOffset / 4)), interval);
  return self.count - before;
}

describe('a striped sketch, mutants', () => {
  const all = (): void => {
    for (const scenario of SCENARIOS) {
      readAtEveryStep(scenario);
      dieAtEveryStep(scenario);
      writeAtEveryStep(scenario);
    }
  };
  const { prototype } = StripedSketch;
  const FAULTS: readonly [string, () => void][] = [
    [
      'the turn word stored before the copy',
      () => withMutant(prototype, 'fill', faultyFill('turns first'), all),
    ],
    [
      'an interval begun without emptying its array',
      () => withMutant(prototype, 'fill', faultyFill('does not empty'), all),
    ],
    [
      'an array filled that still says its interval',
      () => withMutant(prototype, 'fill', faultyFill('keeps the interval'), all),
    ],
    ['an array taken that the window still has', () => withMutant(prototype, 'spareArray', nextArray, all)],
    [
      'a reader that does not look at the turn word again',
      () => withMutant(SketchReader.prototype, 'addStriped', readOnce, all),
    ],
  ];
  for (const [name, run] of FAULTS) {
    test(`${name} is caught`, () => assert.throws(run, assert.AssertionError));
  }

  test('none is caught without a fault', all);
});
