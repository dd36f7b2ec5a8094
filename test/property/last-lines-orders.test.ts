/**
 * Renderings of one renderer in any order: of some families, of some of their series, in pieces that alternate, held for any
 * time, given up in the middle. Each is what a renderer without a past writes, and stays so until it is released.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { TextMemory } from '../../src/exposition/text-memory.js';
import type { OpenRendering, RenderedBody, Renderer } from '../../src/registry/renderers.js';
import type { FamilySnapshot } from '../../src/registry/snapshot.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import { withMutant } from '../model/stepping.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';

silenceWarnings();

const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  'text 0.0.4': () => new PrometheusTextRenderer(),
  OpenMetrics: () => new OpenMetricsRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
};
const ROWS = 6;
const FAMILIES = 4;
const OPEN_MAX = 3;

/** What a rendering shows of a family: no row at all, too; absent when it leaves the family out. */
interface Shown {
  /** Bit i is row i. The last row is older than the others, as an overflow series is. */
  readonly rows: number;
  readonly values: readonly number[];
  readonly pieces: number;
}
type Shows = readonly (Shown | undefined)[];

type Step =
  | { readonly what: 'begin'; readonly shows: Shows }
  | { readonly what: 'render'; readonly shows: Shows; readonly isHeld: boolean }
  | { readonly what: 'goOn'; readonly which: number; readonly pieces: number }
  | { readonly what: 'abandon'; readonly which: number }
  | { readonly what: 'release'; readonly which: number };

const shown = fc.option(
  fc.record({
    rows: fc.nat(2 ** ROWS - 1),
    values: fc.array(fc.constantFrom(0, 1, 9, 10, 123_456, 0.5, NaN), { minLength: 1, maxLength: 5 }),
    pieces: fc.integer({ min: 1, max: ROWS }),
  }),
  { nil: undefined },
);
const shows: fc.Arbitrary<Shows> = fc.array(shown, { minLength: FAMILIES, maxLength: FAMILIES });
const which = fc.nat(OPEN_MAX);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ what: fc.constant('begin' as const), shows }) },
    {
      weight: 8,
      arbitrary: fc.record({ what: fc.constant('render' as const), shows, isHeld: fc.boolean() }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        what: fc.constant('goOn' as const),
        which,
        pieces: fc.integer({ min: 1, max: 20 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('abandon' as const), which }) },
    { weight: 5, arbitrary: fc.record({ what: fc.constant('release' as const), which }) },
  ),
  { minLength: 3, maxLength: 25 },
);

/** Families with six series each, the oldest last; of one type each, with label values of different lengths. */
function familiesOf(registry: Registry, labelBytes: number): FamilySnapshot[] {
  const options = { help: 'H.', labelNames: ['a'] } as const;
  const gauge = registry.gauge({ name: 'a', ...options });
  const counter = registry.counter({ name: 'bb_total', ...options });
  const histogram = registry.histogram({ name: 'c', ...options, buckets: [1] });
  const threads = registry.gauge({ name: 'd', ...options, aggregator: 'thread' });
  for (let i = 0; i < ROWS; i++) {
    const a = String.fromCharCode(97 + i).repeat(1 + i * labelBytes);
    gauge.set({ a }, 1);
    counter.inc({ a });
    histogram.observe({ a }, 1);
    threads.set({ a }, 1);
  }
  return registry.snapshot().families.filter(({ rows }) => rows.length === ROWS);
}

function partOf(
  family: FamilySnapshot,
  indexes: readonly number[],
  valueAt: (i: number) => number,
): FamilySnapshot {
  const { descriptor, stride, store, threads } = family;
  const { slots, sequences, cells } = family.rows;
  return {
    descriptor,
    stride,
    store,
    threads: threads && indexes.map(row => threads[row]!),
    values: Float64Array.from({ length: indexes.length * stride }, (_, i) => valueAt(i)),
    rows: {
      slots: Int32Array.from(indexes, row => slots[row]!),
      sequences: Int32Array.from(indexes, row => sequences[row]!),
      cells: Uint32Array.from(indexes, row => cells[row]!),
      length: indexes.length,
    },
    series: [],
    entryAt: row => family.entryAt(indexes[row]!),
  };
}

/** The pieces of a family in the order of its rows, or one without rows. */
function piecesOf(family: FamilySnapshot, { rows, values, pieces }: Shown): FamilySnapshot[] {
  const order = [...Array(ROWS - 1).keys()].map(i => i + 1).concat(0);
  const indexes = order.filter(row => (rows >> row) % 2 === 1);
  const size = Math.max(1, Math.ceil(indexes.length / pieces));
  const found: FamilySnapshot[] = [];
  for (let from = 0; from === 0 || from < indexes.length; from += size)
    found.push(
      partOf(family, indexes.slice(from, from + size), i =>
        valueFor(family, values[(from * family.stride + i) % values.length]!),
      ),
    );
  return found;
}

/** One that a family of its type can have. */
function valueFor({ descriptor }: FamilySnapshot, value: number): number {
  return descriptor.type === 'gauge' ? value : Math.floor(value || 0);
}

interface Going {
  readonly out: OpenRendering;
  readonly pieces: FamilySnapshot[];
  readonly expected: string;
}

function textOf({ body }: RenderedBody): string {
  return Buffer.from(body).toString('latin1');
}

function begin(
  renderer: Renderer,
  families: readonly FamilySnapshot[],
  shows: Shows,
): Omit<Going, 'expected'> {
  const wanted = families.flatMap((family, i) =>
    shows[i] === undefined ? [] : [piecesOf(family, shows[i])],
  );
  const extents = wanted.map(pieces => ({
    descriptor: pieces[0]!.descriptor,
    series: { length: pieces.reduce((sum, { rows }) => sum + rows.length, 0) },
    keyBytes: 1,
  }));
  const pieces = wanted.flat();
  return { out: renderer.begin(extents), pieces: renderer.isBackward ? pieces.toReversed() : pieces };
}

function play(
  newRenderer: () => Renderer,
  families: readonly FamilySnapshot[],
  taken: readonly Step[],
): void {
  const renderer = newRenderer();
  const open: Going[] = [];
  const held: { readonly rendered: RenderedBody; readonly expected: string }[] = [];
  const started = (shows: Shows): Going => {
    const fresh = begin(newRenderer(), families, shows);
    for (const piece of fresh.pieces) fresh.out.add(piece);
    return { ...begin(renderer, families, shows), expected: textOf(fresh.out.finish()) };
  };
  const goOn = (going: Going, pieces: number): boolean => {
    for (const piece of going.pieces.splice(0, pieces)) going.out.add(piece);
    if (going.pieces.length > 0) return false;
    const rendered = going.out.finish();
    assert.equal(textOf(rendered), going.expected);
    held.push({ rendered, expected: going.expected });
    return true;
  };
  const release = (index: number): void => {
    for (const { rendered, expected } of held.splice(index, 1)) {
      assert.equal(textOf(rendered), expected, 'written to before it was released');
      rendered.release();
    }
  };
  for (const step of taken) {
    if (step.what === 'render') {
      goOn(started(step.shows), Infinity);
      if (!step.isHeld) release(held.length - 1);
    } else if (step.what === 'begin') {
      if (open.length < OPEN_MAX) open.push(started(step.shows));
    } else if (step.what === 'release') release(step.which % Math.max(1, held.length));
    else if (open.length > 0) {
      const index = step.which % open.length;
      if (step.what === 'abandon') open.splice(index, 1)[0]!.out.abandon();
      else if (goOn(open[index]!, step.pieces)) open.splice(index, 1);
    }
  }
  for (const going of open) goOn(going, Infinity);
  while (held.length > 0) release(0);
}

const only = (index: number, rows: number): Shows =>
  [0, 1, 2, 3].map(i => (i === index ? { rows, values: [0], pieces: 1 } : undefined));
const both = (rows: number): Shows =>
  [0, 1, 2, 3].map(i =>
    i === 0 || i === 2 ? { rows: i === 0 ? rows : 0, values: [0], pieces: 1 } : undefined,
  );

/**
 * The first family was fetched from other memory, and what was left of it stood where the former text of the second one had
 * been: its lines were taken for the second one's.
 */
const LEFT_OVER: Step[] = [
  { what: 'render', shows: both(0b10), isHeld: true },
  { what: 'render', shows: only(0, 0b110110), isHeld: true },
  { what: 'release', which: 0 },
  { what: 'render', shows: both(0b1000), isHeld: false },
];

function check(newRenderer: () => Renderer, labelBytes: number): void {
  const registry = new Registry({
    seriesMax: 100,
    stripeBytes: 2 ** 20,
    keyBytes: 2 ** 22,
    labelValueMax: 16_384,
  });
  const families = familiesOf(registry, labelBytes);
  fc.assert(
    fc.property(steps, taken => play(newRenderer, families, taken)),
    { examples: [[LEFT_OVER]] },
  );
  registry.close();
}

describe('renderings of one renderer in any order', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`are those of one without a past: ${format}`, () => check(newRenderer, 1));
    it(`are so where lines are long: ${format}`, () => check(newRenderer, 40));
    it(`are so where lines are put aside in many pieces: ${format}`, () => check(newRenderer, 3_000));
  }

  it('mutant: with text that came from other memory taken for what stood in its place are caught', () => {
    const { reach } = TextMemory.prototype;
    const trusting = function (this: TextMemory, at: number): boolean {
      Object.assign(this, { isFetched: false });
      return reach.call(this, at);
    };
    withMutant(TextMemory.prototype, 'reach', trusting, () =>
      assert.throws(() =>
        withUncheckedRenderings('what a mutant renders is wrong', () => check(RENDERERS['text 0.0.4']!, 40)),
      ),
    );
  });
});
