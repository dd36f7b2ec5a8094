import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry, exemplarsOf } from '../../src/index.js';
import type { ExemplarReading } from '../../src/index.js';
import { createArena } from '../../src/memory/arena.js';
import { Attachment } from '../../src/memory/attachment.js';
import { LIMITS, SIZES } from '../unit/memory/arenas.js';
import { exemplarOf, readExemplar, sharedCell, writeShared, writeStriped } from '../unit/memory/exemplars.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

const CODE_POINTS_MAX = 128;
const BYTES_MAX = 136;

/** By the definition of OpenMetrics, and the bytes that this implementation keeps. */
function isKept(labels: readonly (readonly [string, string])[]): boolean {
  const texts = labels.flat();
  const codePoints = texts.reduce((sum, text) => sum + Array.from(text).length, 0);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 2 * labels.length);
  return codePoints <= CODE_POINTS_MAX && bytes <= BYTES_MAX;
}

function withRegistry(body: (registry: Registry) => void): void {
  const registry = new Registry({ seriesMax: 10, familiesMax: 5, threadsMax: 1 });
  try {
    body(registry);
  } finally {
    registry.close();
  }
}

/** The exemplars of the only series of the only family. */
function shownBy(registry: Registry): readonly ExemplarReading[] {
  return exemplarsOf(registry.snapshot().families[0]!, 0);
}

const labelName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/);
const labelSet = (value: fc.Arbitrary<string>): fc.Arbitrary<[string, string][]> =>
  fc.uniqueArray(fc.tuple(labelName, value), { minLength: 1, maxLength: 6, selector: ([name]) => name });
/** Text whose length is near the limits: of one plane throughout, and of several. */
const longText = fc.oneof(
  ...['x', 'é', '€', '😀', '\ud800', 'a😀'].map(piece =>
    fc.integer({ min: 0, max: 150 }).map(count => piece.repeat(count)),
  ),
);

describe('the labels of an exemplar', () => {
  it('are read back as they were given', () => {
    withRegistry(registry => {
      const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
      fc.assert(
        fc.property(labelSet(hostileText(20)).filter(isKept), labels => {
          counter.inc({ exemplarLabels: Object.fromEntries(labels) });
          assert.deepEqual(
            Object.entries(shownBy(registry)[0]!.labels),
            labels.map(([name, value]) => [name, asEncoded(value)]),
          );
        }),
        { numRuns: 1_000 },
      );
    });
  });

  it('are kept up to 128 code points and 136 bytes; beyond, the last ones stay and the increment counts', () => {
    withRegistry(registry => {
      const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
      counter.inc({ exemplarLabels: { last: 'x' } });
      let total = 1;
      const seen = { kept: 0, refused: 0 };
      fc.assert(
        fc.property(labelSet(fc.oneof(longText, hostileText())), labels => {
          const exemplarLabels = Object.fromEntries(labels);
          const [before] = shownBy(registry);
          total++;
          if (isKept(labels)) {
            counter.inc({ exemplarLabels });
            assert.equal(Object.keys(shownBy(registry)[0]!.labels).length, labels.length);
            seen.kept++;
          } else {
            assert.throws(() => counter.inc({ exemplarLabels }), RangeError);
            assert.deepEqual(shownBy(registry), [before]);
            seen.refused++;
          }
          assert.equal(registry.snapshot().families[0]!.values[0], total);
        }),
        { numRuns: 1_000 },
      );
      assert.ok(seen.kept > 50 && seen.refused > 50, JSON.stringify(seen));
    });
  });

  it('of exactly 128 code points in one plane are kept, and of one more they are not', () => {
    const text = fc.tuple(labelName, fc.integer({ min: 32, max: 126 })).map(([name, code]) => ({
      name,
      value: String.fromCharCode(code).repeat(CODE_POINTS_MAX - name.length),
    }));
    withRegistry(registry => {
      const counter = registry.counter({ name: 'c', help: 'C.', enableExemplars: true });
      fc.assert(
        fc.property(text, ({ name, value }) => {
          counter.inc({ exemplarLabels: { [name]: value } });
          assert.equal(shownBy(registry)[0]!.labels[name], value);
          assert.throws(() => counter.inc({ exemplarLabels: { [name]: `${value}x` } }), RangeError);
        }),
        { numRuns: 200 },
      );
    });
  });
});

describe('the exemplars of a histogram', () => {
  const finite = fc.oneof(anyDouble(), fc.constantFrom(-1, 0, 0.5, 1, 10, 10.5)).filter(Number.isFinite);
  // One zero: a bound and its negative are the same one.
  const bounds = fc
    .uniqueArray(
      finite.map(value => value + 0),
      { maxLength: 8 },
    )
    .map(values => values.sort((a, b) => a - b));

  it('lie in their bucket, and each bucket has the last observation that was given one', () => {
    fc.assert(
      fc.property(bounds, fc.boolean(), fc.array(finite, { maxLength: 40 }), (buckets, native, values) => {
        withRegistry(registry => {
          const histogram = registry.histogram({
            name: 'h',
            help: 'H.',
            buckets,
            native,
            enableExemplars: true,
          });
          const expected = new Map<number, number>();
          values.forEach((value, i) => {
            const bucket = buckets.findIndex(bound => value <= bound);
            if (i % 3 === 0) histogram.observe(value);
            else {
              histogram.observe({ value, exemplarLabels: { i } });
              expected.set(bucket < 0 ? buckets.length : bucket, i);
            }
          });
          const classicCount = native && buckets.length === 0 ? 0 : buckets.length + 1;
          const shown = shownBy(registry);
          for (const { value, labels } of shown) assert.ok(Object.is(values[Number(labels['i'])], value));
          const classic = shown.filter(({ bucket }) => bucket !== 'native');
          const pairs = classic.map(({ bucket, labels }) => [bucket, Number(labels['i'])]);
          const wanted = classicCount === 0 ? [] : [...expected].sort(([a], [b]) => a - b);
          assert.deepEqual(pairs, wanted);
          const natives = shown.length - classic.length;
          assert.ok(native ? natives <= 10 && natives > 0 === expected.size > 0 : natives === 0);
        });
      }),
      { numRuns: 150 },
    );
  });
});

describe('the exemplar of several stripes', () => {
  it('is the newest of the last ones of each stripe', () => {
    const arena = createArena(SIZES, LIMITS);
    const threads = [1, 2, 3].map(id => new Attachment(arena, id));
    const cells = threads.map(sharedCell);
    const write = fc.record({
      thread: fc.integer({ min: 0, max: 2 }),
      isShared: fc.boolean(),
      seconds: fc.integer({ min: 1, max: 50 }),
    });
    try {
      const last = new Map<number, ReturnType<typeof exemplarOf>>();
      let id = 0;
      fc.assert(
        fc.property(fc.array(write, { minLength: 1, maxLength: 5 }), writes => {
          for (const { thread, isShared, seconds } of writes) {
            const exemplar = exemplarOf(id++, seconds);
            if (isShared) writeShared(threads[thread]!, cells[thread]!, exemplar);
            else writeStriped(arena, thread + 1, exemplar);
            last.set(isShared ? 0 : thread + 1, exemplar);
          }
          const inOrder = [...last].sort(([a], [b]) => a - b).map(([, exemplar]) => exemplar);
          const newest = Math.max(...inOrder.map(exemplar => exemplar.timestampSeconds));
          assert.deepEqual(
            readExemplar(arena),
            inOrder.find(exemplar => exemplar.timestampSeconds === newest),
          );
        }),
        { numRuns: 500 },
      );
    } finally {
      for (const thread of threads) thread.detach();
    }
  });
});
