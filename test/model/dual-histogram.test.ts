/** Classic and native buckets of one histogram: their counts agree in every reading, also beside a thread that was killed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../src/memory/attachment.js';
import { CellReader } from '../../src/memory/cell-reader.js';
import type { CellWriter } from '../../src/memory/cell-place.js';
import type { HistogramCell } from '../../src/memory/histogram-cell.js';
import { FixedPlace, attach } from '../unit/memory/arenas.js';
import type { ShownHistogram, SketchKind } from '../unit/memory/sketches.js';
import {
  SKETCH_CELLS,
  SKETCH_KINDS,
  clearCells,
  readHistogram,
  shapeOf,
  sketchArena,
} from '../unit/memory/sketches.js';
import { actAt, forEveryAccess, killAt, steppedView, withMutant } from './stepping.js';

const BOUNDS = [1, 10, 100];
const SHAPE = shapeOf({ bucketsMax: 4, schema: 1 });
/** What is recorded before, what by the thread that is interrupted, and what by others. */
const BEFORE = [0.5, 1.2, 20];
const NOW = [1.3, 5_000, 0.001, 0];
const OTHERS = [50, 0.4, 1e9];

class DualWorld {
  readonly reader: Attachment;

  constructor(
    test: TestContext,
    private readonly kind: SketchKind,
  ) {
    this.reader = attach(test, sketchArena(), 1);
  }

  /** A thread with its own view of the cells; of the striped kind it is the next owner of the stripe. */
  cell(): HistogramCell {
    const writer = this.kind.writer(this.reader);
    const stepped: CellWriter = {
      ...writer,
      words: steppedView(writer.words),
      doubles: steppedView(writer.doubles),
    };
    const place = new FixedPlace(this.reader.records, SKETCH_CELLS);
    return this.kind.dual(stepped, place, { bounds: BOUNDS, shape: SHAPE });
  }

  /** Starts again with an empty series, and one thread that has recorded BEFORE. */
  restart(): HistogramCell {
    clearCells(this.reader.arena);
    const cell = this.cell();
    for (const value of BEFORE) cell.observe(value);
    return cell;
  }

  read(): ShownHistogram {
    return readHistogram(this.reader, SHAPE, BOUNDS.length + 1);
  }
}

function cumulated(classic: readonly number[]): number[] {
  let sum = 0;
  return classic.map(count => (sum += count));
}

function assertAgree({ classic, count }: ShownHistogram, when: string): void {
  const total = cumulated(classic).at(-1);
  assert.equal(total, count, `${when}: classic buckets have ${total}, native ones ${count}`);
}

/** No cumulated bucket may be below what was read earlier, nor the count. */
function assertNotBelow(later: ShownHistogram, earlier: ShownHistogram, when: string): void {
  const before = cumulated(earlier.classic);
  cumulated(later.classic).forEach((count, i) =>
    assert.ok(count >= before[i]!, `${when}: bucket ${i} went from ${before[i]} to ${count}`),
  );
}

/** A reader looks at every step of an observation, and again after it. */
function readAtEveryStep(world: DualWorld): void {
  for (const value of NOW) {
    forEveryAccess(n => {
      const cell = world.restart();
      let last = world.read();
      const look = (): void => {
        const seen = world.read();
        assertAgree(seen, `${value}, step ${n}`);
        assertNotBelow(seen, last, `${value}, step ${n}`);
        last = seen;
      };
      const reached = actAt(n, () => cell.observe(value), look);
      look();
      assert.equal(last.count, BEFORE.length + 1);
      return reached;
    });
  }
}

/** Threads are killed at a step, one after the other; the readings agree, and what came before and after is there. */
function dieAtEveryStep(world: DualWorld): void {
  for (const value of NOW) {
    forEveryAccess(n => {
      const cell = world.restart();
      let died = killAt(n, () => cell.observe(value));
      const first = world.read();
      assertAgree(first, `${value}, death at step ${n}`);
      if (killAt(n, () => world.cell().observe(value))) died = true;
      const second = world.read();
      assertAgree(second, `${value}, second death at step ${n}`);
      assertNotBelow(second, first, `${value}, second death at step ${n}`);
      const successor = world.cell();
      for (const other of OTHERS) successor.observe(other);
      const last = world.read();
      assertAgree(last, `${value}, after deaths at step ${n}`);
      assertNotBelow(last, second, `${value}, after deaths at step ${n}`);
      const least = BEFORE.length + OTHERS.length;
      assert.ok(
        last.count >= least && last.count <= least + 2,
        `${value}, death at ${n}: ${last.count} counts`,
      );
      return died;
    });
  }
}

/** Observations come at every step of a reading: within the window, and wider ones. */
function writeAtEveryStep(world: DualWorld, readStepped: () => ShownHistogram): void {
  for (const value of NOW) {
    forEveryAccess(n => {
      const cell = world.restart();
      const before = world.read();
      let seen: ShownHistogram | undefined;
      const write = (): void => {
        for (const one of [value, ...OTHERS]) cell.observe(one);
      };
      const reached = actAt(n, () => (seen = readStepped()), write);
      if (!reached) write();
      assertAgree(seen!, `${value}, the reader's step ${n}`);
      assertNotBelow(seen!, before, `${value}, the reader's step ${n}`);
      assertNotBelow(world.read(), seen!, `${value}, after the reader's step ${n}`);
      return reached;
    });
  }
}

/** Reads with every plain access counted. */
function steppedRead(world: DualWorld): () => ShownHistogram {
  const { arena } = world.reader;
  const stepped = Object.create(arena, {
    words: { value: steppedView(arena.words) },
    doubles: { value: steppedView(arena.doubles) },
  }) as typeof arena;
  const reader = Object.create(world.reader, { arena: { value: stepped } }) as Attachment;
  return () => readHistogram(reader, SHAPE, BOUNDS.length + 1);
}

type Check = (world: DualWorld) => void;
const writeWhileRead: Check = world => writeAtEveryStep(world, steppedRead(world));

/** Cuts from the lowest bucket up: what a scrape has shown may not be there in the next. */
function cutLowest(this: CellReader, ...[classicCount, excess]: [number, number]): void {
  const { bucketScratch } = this as unknown as { readonly bucketScratch: Float64Array };
  for (let i = 0; i < classicCount && excess > 0; i++) {
    const taken = Math.min(excess, bucketScratch[i]!);
    bucketScratch[i]! -= taken;
    excess -= taken;
  }
}

for (const [name, kind] of Object.entries(SKETCH_KINDS)) {
  describe(`a histogram with classic and native buckets, ${name}`, () => {
    const CHECKS: readonly [string, Check][] = [
      ['has as many of the one as of the other at each step of an observation', readAtEveryStep],
      ['has as many of the one as of the other after its thread was killed at any step', dieAtEveryStep],
      [
        'has as many of the one as of the other while it is recorded into at any step of a reading',
        writeWhileRead,
      ],
    ];
    for (const [what, check] of CHECKS) test(what, t => check(new DualWorld(t, kind)));

    const FAULTS: readonly [string, string, (this: CellReader, ...args: never[]) => void, Check][] = [
      [
        'classic counts of observations that have no native one yet are kept',
        'cut',
        () => undefined,
        readAtEveryStep,
      ],
      ['they are taken from the lowest buckets', 'cut', cutLowest, readAtEveryStep],
      ['native counts that came since have no classic one', 'raise', () => undefined, writeWhileRead],
    ];
    for (const [what, method, mutant, check] of FAULTS) {
      test(`mutant: ${what}`, t => {
        const world = new DualWorld(t, kind);
        const run = (): void => withMutant(CellReader.prototype, method, mutant, () => check(world));
        assert.throws(run, assert.AssertionError);
      });
    }
  });
}
