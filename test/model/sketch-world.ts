/** Sketch world: one sketch in a small memory, with writers and readers that are played one at a time in this thread. */
import assert from 'node:assert/strict';
import type { Arena } from '../../src/memory/arena.js';
import { AtomicSketch } from '../../src/memory/atomic-sketch.js';
import { BUCKET_ARRAY_BYTES, HEADER_RETRY_LIMIT_HITS_OFFSET, SKETCH_BYTES } from '../../src/memory/layout.js';
import { bucketsIn, intervalIn, tagIn, tagOf } from '../../src/memory/shared-sketch-words.js';
import { SketchReader } from '../../src/memory/sketch-reader.js';
import {
  arrayBytesOf,
  arrayCountOf,
  currentArrayIn,
  generationIn,
  turnAfter,
} from '../../src/memory/sketch-shape.js';
import type { SketchShape } from '../../src/memory/sketch-shape.js';
import { StripedSketch } from '../../src/memory/sketch-writer.js';
import { SketchModel } from '../property/sketch-model.js';
import type { ShownBuckets } from '../unit/memory/sketches.js';
import { shownBuckets } from '../unit/memory/sketches.js';
import { steppedView } from './stepping.js';

const AT = 1_024;
const MEMORY_BYTES = 8_192;

/** What a reader sees: buckets, and their sum. */
export type Seen = ShownBuckets & { readonly count: number };

/** What both kinds of sketch do. */
export type Sketch = Pick<StripedSketch, 'add' | 'turnTo'>;

/** A value, in the interval that it is recorded in; without a sliding window always 1. */
export interface Recorded {
  readonly value: number;
  readonly interval: number;
}

/** Values of one interval. */
export function within(interval: number, ...values: number[]): Recorded[] {
  return values.map(value => ({ value, interval }));
}

/** What was worked out before; the same few values are recorded in thousands of orders. */
const expectations = new Map<string, Seen>();

export class SketchWorld {
  readonly words: Int32Array;
  readonly quads: BigInt64Array;
  readonly doubles: Float64Array;

  constructor(
    readonly shape: SketchShape,
    readonly memory = new SharedArrayBuffer(MEMORY_BYTES),
  ) {
    this.words = new Int32Array(memory);
    this.quads = new BigInt64Array(memory);
    this.doubles = new Float64Array(memory);
    assert.ok(AT + SKETCH_BYTES + arrayCountOf(shape) * arrayBytesOf(shape) <= MEMORY_BYTES);
  }

  /** The next owner of the stripe; its plain accesses count as steps. */
  striped(): StripedSketch {
    const { words, quads, doubles } = this;
    const writer = {
      words: steppedView(words),
      quads,
      doubles: steppedView(doubles),
      stripeOffset: 0,
      mark: 1,
    };
    const sketch = new StripedSketch(writer, this.shape);
    sketch.moveTo(AT);
    return sketch;
  }

  /** One more thread at the shared stripe. */
  atomic(): AtomicSketch {
    const { words, quads, doubles } = this;
    const sketch = new AtomicSketch({ words, quads, doubles, stripeOffset: 0, mark: 1 }, this.shape);
    sketch.moveTo(AT);
    return sketch;
  }

  /** Records as a thread does whose clock says so. */
  record(sketch: Sketch, recorded: readonly Recorded[]): void {
    for (const { value, interval } of recorded) {
      if (this.shape.intervals > 0) sketch.turnTo(interval);
      sketch.add(value);
    }
  }

  readStriped(interval = 1): Seen {
    return this.seen(reader => reader.addStriped(AT, interval));
  }

  readShared(interval = 1): Seen {
    return this.seen(reader => reader.addShared(AT, interval));
  }

  /** What a reader must see of these values, after others had made room for themselves but were not counted. */
  expected(recorded: readonly Recorded[], interval = 1, roomFor: readonly Recorded[] = []): Seen {
    const counted = recorded.filter(one => this.counts(one, interval)).map(one => one.value);
    const rooms = roomFor.filter(one => this.counts(one, interval)).map(one => one.value);
    const key = JSON.stringify([this.shape, counted, rooms]);
    let seen = expectations.get(key);
    if (seen === undefined) {
      const model = new SketchModel(this.shape);
      for (const value of counted) model.add(value);
      for (const value of rooms) model.add(value, 0);
      seen = { ...model.buckets(), count: counted.length };
      expectations.set(key, seen);
    }
    return seen;
  }

  /** How often the sketch has gone over to another array. */
  generation(): number {
    return generationIn(Atomics.load(this.words, AT / 4));
  }

  /** True when some array of the shared stripe is filled for the next generation, and only its publication is missing. */
  isNextFilled(): boolean {
    const turn = Atomics.load(this.words, AT / 4);
    const next = tagOf(turnAfter(turn, 0));
    return Array.from({ length: arrayCountOf(this.shape) }, (_, array) => this.extentOf(array)).some(
      extent => tagIn(extent) === next,
    );
  }

  /** Each array of the shared stripe is of one generation, and no loop gave up. */
  assertWhole(): void {
    assert.equal(Atomics.load(this.words, HEADER_RETRY_LIMIT_HITS_OFFSET / 4), 0, 'a loop gave up');
    const turn = Atomics.load(this.words, AT / 4);
    for (let array = 0; array < arrayCountOf(this.shape); array++) {
      const index = this.extentIndex(array);
      const extent = this.extentOf(array);
      if (intervalIn(extent) === 0 && array !== currentArrayIn(turn)) continue;
      const used = BUCKET_ARRAY_BYTES / 8 + bucketsIn(extent, this.shape.bucketsMax);
      for (let i = 0; i < used; i++) {
        const tag = tagIn(Atomics.load(this.quads, index + i));
        assert.equal(tag, tagIn(extent), `array ${array} is of two generations`);
      }
    }
  }

  /** As expected, at each schema that recordings which made room, and are not counted, can have left. */
  expectedAround(recorded: readonly Recorded[], interval: number, roomFor: readonly Recorded[]): Seen[] {
    const { schema: coarsest } = this.expected(recorded, interval, roomFor);
    const states = [this.expected(recorded, interval, roomFor)];
    for (let schema = coarsest; schema <= this.shape.schema; schema++) {
      const coarser = Object.create(this, { shape: { value: { ...this.shape, schema } } }) as SketchWorld;
      states.push(coarser.expected(recorded, interval));
    }
    return states;
  }

  private extentIndex(array: number): number {
    return (AT + SKETCH_BYTES + array * arrayBytesOf(this.shape)) / 8;
  }

  private extentOf(array: number): bigint {
    return Atomics.load(this.quads, this.extentIndex(array));
  }

  private counts(one: Recorded, interval: number): boolean {
    const { intervals } = this.shape;
    return intervals === 0 || one.interval > interval - intervals;
  }

  private seen(add: (reader: SketchReader) => number): Seen {
    const { words, quads, doubles } = this;
    const arena = { words: steppedView(words), quads, doubles: steppedView(doubles) } as unknown as Arena;
    const reader = new SketchReader(arena, this.shape);
    reader.start();
    const count = add(reader);
    const merged = reader.merge();
    assert.equal(merged.count, count, 'the count is that of the buckets');
    return { ...shownBuckets(merged), count };
  }
}

/** Fails unless what was seen is one of the states that are allowed. */
export function assertOneOf(seen: Seen, allowed: readonly Seen[], when: string): void {
  const text = textOf(seen);
  if (allowed.some(one => textOf(one) === text)) return;
  assert.fail(`${when}: saw ${text}, allowed ${[...new Set(allowed.map(textOf))].join(' or ')}`);
}

const texts = new WeakMap<Seen, string>();

function textOf(seen: Seen): string {
  let text = texts.get(seen);
  if (text === undefined) {
    const { schema, zeroCount, positive, negative, count } = seen;
    text = JSON.stringify({ schema, zeroCount, positive, negative, count });
    texts.set(seen, text);
  }
  return text;
}
