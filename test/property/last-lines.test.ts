/** Lines that are copied from the last rendering are those that a renderer without a past would write. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { LastMessages } from '../../src/exposition/last-messages.js';
import { LastLines } from '../../src/exposition/last-lines.js';
import { ProtoBuffer } from '../../src/exposition/proto-buffer.js';
import { TextBuffer } from '../../src/exposition/text-buffer.js';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import type { RenderedBody, Renderer } from '../../src/registry/renderers.js';
import { TextMemory } from '../../src/exposition/text-memory.js';
import type { FamilySnapshot } from '../../src/registry/snapshot.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import { withMutant } from '../model/stepping.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';

silenceWarnings();

/** Texts of equal lengths among them, and of different ones. */
const VALUES = [0, 1, 9, 10, 0.5, 1.5, 12_345, 54_321.5, 1e21, 2e21, NaN, Infinity, -0, -7.25, 1 / 3];
const LABELS = ['a', 'b', 'c', 'd e', 'f 1'];
const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  'text 0.0.4': () => new PrometheusTextRenderer(),
  OpenMetrics: () => new OpenMetricsRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
};

interface Step {
  readonly what:
    | 'inc'
    | 'set'
    | 'observe'
    | 'state'
    | 'remove'
    | 'reset'
    | 'render'
    | 'hold'
    | 'part'
    | 'open'
    | 'finish'
    | 'abandon';
  readonly label: string;
  readonly value: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what'][]>(
      ...([
        'inc',
        'set',
        'observe',
        'state',
        'remove',
        'reset',
        'render',
        'render',
        'hold',
        'part',
        'part',
        'open',
        'finish',
        'abandon',
      ] as const),
    ),
    label: fc.constantFrom(...LABELS),
    value: fc.constantFrom(...VALUES),
  }),
  { minLength: 2, maxLength: 40 },
);

function textOf({ body }: RenderedBody): string {
  return Buffer.from(body).toString('latin1');
}

/** Plays the steps with one renderer that remembers; each rendering is compared with one of a new renderer. */
function play(newRenderer: () => Renderer, taken: readonly Step[]): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  const options = { help: 'H.', labelNames: ['a'] } as const;
  const counter = registry.counter({ name: 'c_total', ...options });
  const gauge = registry.gauge({ name: 'g', ...options });
  const histogram = registry.histogram({ name: 'h', ...options, buckets: [1, 10] });
  const states = registry.stateSet({ name: 's', ...options, states: ['on', 'off'] });
  const renderer = newRenderer();
  let open: { finish(): RenderedBody; abandon(): void; expected: string } | undefined;
  /** Bodies that are still being sent. */
  let held: { readonly body: RenderedBody; readonly expected: string }[] = [];
  const hold = (body: RenderedBody, expected: string): void => {
    assert.equal(textOf(body), expected);
    held.push({ body, expected });
  };
  const finish = (): void => {
    if (open !== undefined) hold(open.finish(), open.expected);
    open = undefined;
  };
  const render = (isShown: (name: string) => boolean = () => true): void => {
    const families = registry.snapshot().families.filter(({ descriptor }) => isShown(descriptor.name));
    const snapshot = { families };
    hold(renderer.render(snapshot), textOf(newRenderer().render(snapshot)));
  };
  const release = (): void => {
    for (const { body, expected } of held) {
      assert.equal(textOf(body), expected, 'written to before it was released');
      body.release();
    }
    held = [];
  };
  for (const { what, label: a, value } of taken) {
    const amount = Number.isFinite(value) ? Math.abs(value) : 1;
    if (what === 'inc') counter.inc({ a }, amount);
    else if (what === 'set') gauge.set({ a }, value);
    else if (what === 'observe') histogram.observe({ a }, amount);
    else if (what === 'state') states.set({ a }, value > 1 ? 'on' : 'off');
    else if (what === 'remove') counter.remove({ a });
    else if (what === 'reset') histogram.reset();
    else if (what === 'hold') render();
    else if (what === 'render' || what === 'part') {
      render(name => what === 'render' || name !== 'c_total');
      release();
    } else if (what === 'finish') finish();
    else if (what === 'abandon') {
      open?.abandon();
      open = undefined;
    } else if (open === undefined) {
      // Another rendering of this renderer is open while others begin and end.
      const { families } = registry.snapshot();
      const out = renderer.begin(
        families.map(({ descriptor, rows }) => ({ descriptor, series: rows, keyBytes: 1 })),
      );
      for (const family of renderer.isBackward ? families.toReversed() : families) out.add(family);
      open = {
        finish: () => out.finish(),
        abandon: () => out.abandon(),
        expected: textOf(newRenderer().render({ families })),
      };
    }
  }
  finish();
  release();
  render();
  render();
  release();
  registry.close();
}

/** Once written over what stood at the same place: the first family of a rendering of some, in one of all. */
const FORGOTTEN: Step[] = (
  [
    ['set', NaN],
    ['hold', 0],
    ['part', 0],
    ['inc', 0],
    ['inc', 0],
  ] as const
).map(([what, value]) => ({ what, label: 'a', value }));

function check(newRenderer: () => Renderer): void {
  fc.assert(
    fc.property(steps, taken => play(newRenderer, taken)),
    { examples: [[FORGOTTEN]] },
  );
}

describe('lines of the last rendering', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`are copied where they are what they were: ${format}`, () => check(newRenderer));
  }

  it('mutant: of other values are caught', () => {
    const all = function (this: LastLines, { rows }: FamilySnapshot, row: number): number {
      const { hereCount, next } = this as unknown as { hereCount: number; next: number };
      return Math.min(rows.length - row, hereCount - next);
    };
    withMutant(LastLines.prototype, 'sameRows' as never, all, () => assert.throws(checkText));
  });

  it('mutant: of another series with the same value are caught, as of one whose slot it has now', () => {
    const trusting = function (this: LastLines, part: FamilySnapshot, row: number, out: TextBuffer): boolean {
      const { sequences, next } = this as unknown as { sequences: Int32Array; next: number };
      const rows = { ...part.rows, length: part.rows.length, sequences: part.rows.sequences.slice() };
      rows.sequences[row] = sequences[next]!;
      return takeOther.call(this, { ...part, rows }, row, out);
    };
    const { takeOther } = LastLines.prototype;
    withMutant(LastLines.prototype, 'takeOther', trusting, () => assert.throws(checkSubsets));
  });

  it('mutant: with a number that is longer or shorter put in are caught', () => {
    const { replaceNumber } = TextBuffer.prototype;
    const careless = function (
      this: TextBuffer,
      ...[end, values, index]: Parameters<typeof replaceNumber>
    ): boolean {
      const { length } = this;
      if (replaceNumber.call(this, end, values, index)) return true;
      this.length = end - 1;
      this.numberOf(values, index);
      this.length = length;
      return true;
    };
    withMutant(TextBuffer.prototype, 'replaceNumber', careless, () => assert.throws(checkPairs));
  });

  it('mutant: in a buffer that has other bytes are caught', () => {
    const { begin } = LastLines.prototype;
    const trusting = function (this: LastLines, ...args: Parameters<typeof begin>): void {
      const kept = this as unknown as { out?: TextBuffer; generation: number };
      const [out] = args;
      if (kept.out !== undefined) kept.generation = kept.out.generation - (kept.out === out ? 1 : 0);
      begin.apply(this, args);
    };
    withMutant(LastLines.prototype, 'begin', trusting, () => assert.throws(checkReuse));
  });

  it('mutant: of a rendering that another one has overtaken are caught', () => {
    withMutant(
      LastLines.prototype,
      'isOf',
      () => true,
      () => assert.throws(checkPieces),
    );
  });

  it('mutant: of another series are caught in protobuf', () => {
    const { copySame } = LastMessages.prototype;
    const trusting = function (this: LastMessages, ...[part, row, out]: Parameters<typeof copySame>): number {
      const { sequences, count } = this as unknown as { sequences: Int32Array; count: number };
      const shown = part.rows.sequences.slice();
      for (let i = row; i >= 0 && count + row - i < sequences.length; i--)
        shown[i] = sequences[count + row - i]!;
      return copySame.call(
        this,
        { ...part, rows: { ...part.rows, length: part.rows.length, sequences: shown } },
        row,
        out,
      );
    };
    withMutant(LastMessages.prototype, 'copySame', trusting, () => assert.throws(checkProtobuf));
  });

  it('mutant: with the values that they had are caught in protobuf', () => {
    withMutant(
      ProtoBuffer.prototype,
      'putDoubles',
      () => undefined,
      () => assert.throws(checkProtobuf),
    );
  });

  it('mutant: in memory that has other bytes are caught in protobuf', () => {
    const { begin } = LastMessages.prototype;
    const trusting = function (this: LastMessages, ...args: Parameters<typeof begin>): void {
      const kept = this as unknown as { out?: ProtoBuffer; generation: number };
      if (kept.out !== undefined) kept.generation = kept.out.generation;
      begin.apply(this, args);
    };
    withMutant(LastMessages.prototype, 'begin', trusting, () =>
      assert.throws(() =>
        withUncheckedRenderings('what a mutant renders is wrong', () => reuse(RENDERERS['protobuf']!)),
      ),
    );
  });

  it('mutant: that stand where longer ones are written, and are not put aside, are caught', () => {
    const careless = function (this: TextMemory): boolean {
      Object.assign(this, { limit: (this as unknown as { room: number }).room });
      return true;
    };
    withMutant(TextMemory.prototype, 'putAside' as never, careless, () => assert.throws(checkText));
  });
});

function checkText(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => check(RENDERERS['text 0.0.4']!));
}

function checkPairs(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => changeValues(RENDERERS['text 0.0.4']!));
}

function checkSubsets(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => showSubsets());
}

function checkProtobuf(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => showSubsets(RENDERERS['protobuf']!));
}

/** One of three series changes from every value to every other one. */
function changeValues(newRenderer: () => Renderer): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
  const labels = LABELS.slice(-3).map(a => ({ a }));
  const renderer = newRenderer();
  const render = (): void => {
    const snapshot = registry.snapshot();
    const rendered = renderer.render(snapshot);
    assert.equal(textOf(rendered), textOf(newRenderer().render(snapshot)));
    rendered.release();
  };
  for (const before of VALUES) {
    for (const after of VALUES) {
      for (const label of labels) gauge.set(label, before);
      render();
      gauge.set(labels[1]!, after);
      counter.inc(labels[1]!, Number.isFinite(after) ? Math.abs(after) : 1);
      render();
    }
  }
  registry.close();
}

/** Of four series any are shown after any others, with other values or the same: what came back belongs between others. */
function showSubsets(newRenderer = RENDERERS['text 0.0.4']!): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
  const labels = LABELS.slice(0, 4).map(a => ({ a }));
  for (const label of labels) counter.inc(label);
  const renderer = newRenderer();
  const show = (shown: number, isHeld: boolean): void => {
    const rows = labels.flatMap((_, row) => ((shown >> row) % 2 === 1 ? [row] : []));
    const family = registry.snapshot().families.find(({ descriptor }) => descriptor.name === 'c_total')!;
    const snapshot = { families: [rowsOf(family, rows)] };
    const rendered = renderer.render(snapshot);
    assert.equal(textOf(rendered), textOf(newRenderer().render(snapshot)));
    if (!isHeld) rendered.release();
  };
  const all = 2 ** labels.length;
  for (let before = 0; before < all; before++) {
    for (let after = 0; after < all; after++) {
      show(before, after % 2 === 1);
      if (after % 3 > 0) counter.inc(labels[after % 4]!);
      show(after, false);
    }
  }
  registry.close();
}

function checkReuse(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => reuse());
}

/** Renderings without a family write to the buffer in which its last lines were. */
function reuse(newRenderer = RENDERERS['text 0.0.4']!): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  registry.counter({ name: 'c_total', help: 'C.' }).inc(7);
  registry.gauge({ name: 'g', help: 'A gauge.' }).set(8);
  const renderer = newRenderer();
  const all = registry.snapshot().families;
  // The counter is written first in each format.
  const families = renderer.isBackward ? all.toReversed() : all;
  const gauges = families.filter(({ descriptor }) => descriptor.name === 'g');
  const expected = textOf(newRenderer().render({ families }));
  for (const shown of [families, gauges, gauges]) renderer.render({ families: shown }).release();
  assert.equal(textOf(renderer.render({ families })), expected);
  registry.close();
}

/** Two renderings take turns in the pieces of one family. */
function checkPieces(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => takeTurns());
}

function takeTurns(): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
  for (const a of LABELS) counter.inc({ a });
  registry.gauge({ name: 'before', help: 'B.' });
  const renderer = new PrometheusTextRenderer();
  const family = registry.snapshot().families.find(({ descriptor }) => descriptor.name === 'c_total')!;
  const extents = [{ descriptor: family.descriptor, series: family.rows, keyBytes: 1 }];
  // Elsewhere in the one buffer than in the other.
  const before = registry.snapshot().families.find(({ descriptor }) => descriptor.name === 'before')!;
  const expected = textOf(new PrometheusTextRenderer().render({ families: [family] }));
  for (let round = 0; round < 3; round++) {
    const [one, other] = [renderer.begin(extents), renderer.begin(extents)];
    (round % 2 === 0 ? other : one).add(before);
    for (let row = 0; row < LABELS.length; row++) {
      for (const out of [one, other]) out.add(pieceOf(family, row));
    }
    const bodies = [one.finish(), other.finish()];
    for (const body of bodies) assert.ok(textOf(body).endsWith(expected));
    const after = renderer.render({ families: [family] });
    assert.equal(textOf(after), expected);
    for (const { release } of [...bodies, after]) release();
    counter.inc({ a: LABELS[round]! }, 0);
  }
  registry.close();
}

type Family = ReturnType<Registry['snapshot']>['families'][number];

function pieceOf(family: Family, row: number): Family {
  return rowsOf(family, [row]);
}

function rowsOf(family: Family, shown: readonly number[]): Family {
  const { slots, sequences, cells } = family.rows;
  const rows = {
    slots: Int32Array.from(shown, row => slots[row]!),
    sequences: Int32Array.from(shown, row => sequences[row]!),
    cells: Uint32Array.from(shown, row => cells[row]!),
    length: shown.length,
  };
  const { descriptor, stride, threads, store } = family;
  const values = Float64Array.from(
    shown.flatMap(row => [...family.values.subarray(row * stride, (row + 1) * stride)]),
  );
  const entryAt = (row: number): ReturnType<Family['entryAt']> => family.entryAt(shown[row]!);
  return { descriptor, stride, threads, store, values, rows, entryAt, series: [] };
}

describe('two renderings that take turns in a family', () => {
  it('both have every line', takeTurns);
});

describe('a series that changes', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`has its new value, however long that is: ${format}`, () => changeValues(newRenderer));
  }
});

describe('series that come and go', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`have their own lines: ${format}`, () => showSubsets(newRenderer));
  }
});

describe('a family that some renderings leave out', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`has its own lines when it is shown again: ${format}`, () => reuse(newRenderer));
  }
});
