/** Lines that are copied from the last rendering are those that a renderer without a past would write. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { LastLines } from '../../src/exposition/last-lines.js';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import type { RenderedBody, Renderer } from '../../src/registry/renderers.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import { withMutant } from '../model/stepping.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';

silenceWarnings();

const VALUES = [0, 1, 9, 10, 0.5, 12_345, 1e21, NaN, Infinity, -0, -7.25];
const LABELS = ['a', 'b', 'c', 'd', 'e'];
const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  'text 0.0.4': () => new PrometheusTextRenderer(),
  OpenMetrics: () => new OpenMetricsRenderer(),
};

interface Step {
  readonly what:
    'inc' | 'set' | 'observe' | 'state' | 'remove' | 'reset' | 'render' | 'part' | 'open' | 'finish';
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
        'part',
        'part',
        'open',
        'finish',
      ] as const),
    ),
    label: fc.constantFrom(...LABELS),
    value: fc.constantFrom(...VALUES),
  }),
  { minLength: 2, maxLength: 40 },
);

function textOf({ body }: RenderedBody): string {
  return Buffer.from(body).toString();
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
  let open: { finish(): RenderedBody; expected: string } | undefined;
  const finish = (): void => {
    if (open !== undefined) assert.equal(textOf(open.finish()), open.expected);
    open = undefined;
  };
  const render = (isShown: (name: string) => boolean = () => true): void => {
    const families = registry.snapshot().families.filter(({ descriptor }) => isShown(descriptor.name));
    const snapshot = { families };
    const rendered = renderer.render(snapshot);
    assert.equal(textOf(rendered), textOf(newRenderer().render(snapshot)));
    rendered.release();
  };
  for (const { what, label: a, value } of taken) {
    const amount = Number.isFinite(value) ? Math.abs(value) : 1;
    if (what === 'inc') counter.inc({ a }, amount);
    else if (what === 'set') gauge.set({ a }, value);
    else if (what === 'observe') histogram.observe({ a }, amount);
    else if (what === 'state') states.set({ a }, value > 1 ? 'on' : 'off');
    else if (what === 'remove') counter.remove({ a });
    else if (what === 'reset') histogram.reset();
    else if (what === 'render') render();
    else if (what === 'part') render(name => name !== 'c_total');
    else if (what === 'finish') finish();
    else if (open === undefined) {
      // Another rendering of this renderer is open while others begin and end.
      const { families } = registry.snapshot();
      const out = renderer.begin(
        families.map(({ descriptor, rows }) => ({ descriptor, series: rows, keyBytes: 1 })),
      );
      for (const family of families) out.add(family);
      open = { finish: () => out.finish(), expected: textOf(newRenderer().render({ families })) };
    }
  }
  finish();
  render();
  render();
  registry.close();
}

function check(newRenderer: () => Renderer): void {
  fc.assert(fc.property(steps, taken => play(newRenderer, taken)));
}

describe('lines of the last rendering', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    it(`are copied where they are what they were: ${format}`, () => check(newRenderer));
  }

  it('mutant: of other values are caught', () => {
    withMutant(
      LastLines.prototype,
      'hasValues' as never,
      () => true,
      () => assert.throws(checkText),
    );
  });

  it('mutant: in a buffer that has other bytes are caught', () => {
    const { begin } = LastLines.prototype;
    const trusting = function (this: LastLines, ...args: Parameters<typeof begin>): void {
      const kept = this as unknown as { out?: { generation: number }; generation: number };
      if (kept.out !== undefined) kept.generation = kept.out.generation;
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
});

function checkText(): void {
  withUncheckedRenderings('what a mutant renders is wrong', () => check(RENDERERS['text 0.0.4']!));
}

function checkReuse(): void {
  withUncheckedRenderings('what a mutant renders is wrong', reuse);
}

/** Renderings without a family write to the buffer in which its last lines were. */
function reuse(): void {
  const registry = new Registry({ seriesMax: 100, stripeBytes: 2 ** 20 });
  registry.counter({ name: 'c_total', help: 'C.' }).inc(7);
  registry.gauge({ name: 'g', help: 'A gauge.' }).set(8);
  const renderer = new PrometheusTextRenderer();
  const { families } = registry.snapshot();
  const gauges = families.filter(({ descriptor }) => descriptor.name === 'g');
  const expected = textOf(new PrometheusTextRenderer().render({ families }));
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
    one.add(before);
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

function pieceOf(family: ReturnType<Registry['snapshot']>['families'][number], row: number): typeof family {
  const { slots, sequences, cells } = family.rows;
  const [from, to] = [row, row + 1];
  const rows = {
    slots: slots.subarray(from, to),
    sequences: sequences.subarray(from, to),
    cells: cells.subarray(from, to),
    length: 1,
  };
  const { descriptor, stride, threads, store } = family;
  const values = family.values.subarray(row * stride, to * stride);
  return { descriptor, stride, threads, store, values, rows, entryAt: () => family.entryAt(row), series: [] };
}

describe('two renderings that take turns in a family', () => {
  it('both have every line', takeTurns);
});

describe('a family that some renderings leave out', () => {
  it('has its own lines when it is shown again', reuse);
});
