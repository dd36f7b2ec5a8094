import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { Snapshot } from '../../../src/index.js';
import { PrometheusProtobufRenderer } from '../../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import { SeriesFragments } from '../../../src/exposition/series-fragments.js';
import { Fragments } from '../../../src/exposition/text-buffer.js';
import type { FamilyDescriptor } from '../../../src/primitives/family-descriptor.js';
import type { SeriesEntry } from '../../../src/registry/catalogue.js';
import type { FamilyExtent } from '../../../src/registry/renderers.js';
import { silenceWarnings } from '../registry/played-thread.js';
import { decodeFamilies, labelsIn } from './decoded-families.js';

silenceWarnings();

function registryWith(values: readonly string[]): Registry {
  const registry = new Registry();
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
  for (const a of values) counter.inc({ a });
  return registry;
}

type SeriesKey = Pick<SeriesEntry, 'slot' | 'sequence'>;

function seriesIn({ families }: Snapshot): readonly SeriesEntry[] {
  return families[0]!.series;
}

/** As a renderer begins with a snapshot. */
function begin(fragments: SeriesFragments, { families }: Snapshot): void {
  fragments.begin([], () => 0);
  fragments.useStore(families[0]!.store);
}

/** Locates a series as renderers do, with `text` for its bytes when they are not there; returns what was located. */
function located(fragments: SeriesFragments, { slot, sequence }: SeriesKey, text: string): string {
  if (!fragments.locate(slot, sequence)) {
    const encoded = new Fragments();
    encoded.add(text);
    fragments.keep(slot, sequence, encoded, encoded.length);
  }
  const { view, seriesAt, seriesBytes, seriesSplit } = fragments;
  assert.equal(seriesSplit, seriesBytes, 'what was to be remembered');
  return Buffer.from(view.buffer, view.byteOffset + seriesAt, seriesBytes).toString();
}

describe('the fragment of a series', () => {
  it('is found again in later renderings, and is that of no other series', () => {
    const registry = registryWith(['x', 'y']);
    const fragments = new SeriesFragments();
    const first = registry.snapshot();
    begin(fragments, first);
    const [x, y] = seriesIn(first);
    assert.equal(located(fragments, x!, 'text of x'), 'text of x');
    assert.equal(fragments.locate(y!.slot, y!.sequence), false);
    assert.equal(located(fragments, y!, ''), '', 'an empty one is there, too');
    begin(fragments, registry.snapshot());
    assert.equal(located(fragments, x!, 'other'), 'text of x');
    assert.equal(located(fragments, y!, 'other'), '');
    registry.close();
  });

  it('is not that of a series which had the slot before', () => {
    const registry = registryWith(['x']);
    const fragments = new SeriesFragments();
    const before = registry.snapshot();
    begin(fragments, before);
    const [x] = seriesIn(before);
    located(fragments, x!, 'text of x');
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
    counter.remove({ a: 'x' });
    registry.safePoint();
    let [again] = [x!];
    for (let i = 0; i < 100_000 && (again === x || again.slot !== x!.slot); i++) {
      counter.inc({ a: `y${i}` });
      again = seriesIn(registry.snapshot()).at(-1)!;
      if (again.slot !== x!.slot) counter.remove({ a: `y${i}` });
      registry.safePoint();
    }
    assert.equal(again.slot, x!.slot, 'the slot is used again');
    begin(fragments, registry.snapshot());
    assert.equal(located(fragments, again, 'text of y'), 'text of y');
    registry.close();
  });

  it('is not that of a series of another registry, which has the same slots and sequences', () => {
    const [one, other] = [registryWith(['x']), registryWith(['y'])];
    const fragments = new SeriesFragments();
    const [x, y] = [seriesIn(one.snapshot())[0]!, seriesIn(other.snapshot())[0]!];
    assert.deepEqual([x.slot, x.sequence], [y.slot, y.sequence]);
    begin(fragments, one.snapshot());
    assert.equal(located(fragments, x, 'text of x'), 'text of x');
    begin(fragments, other.snapshot());
    assert.equal(located(fragments, y, 'text of y'), 'text of y');
    begin(fragments, one.snapshot());
    assert.equal(located(fragments, x, 'x again'), 'x again');
    one.close();
    other.close();
  });

  it('of the sequence 0, which a slot that nobody used has too, is not there before it is kept', () => {
    const [high, first] = [
      { slot: 9, sequence: 7 },
      { slot: 3, sequence: 0 },
    ] as unknown as SeriesEntry[];
    const fragments = new SeriesFragments();
    located(fragments, high!, 'text of another');
    assert.equal(fragments.locate(first!.slot, first!.sequence), false);
    assert.equal(located(fragments, first!, 'text'), 'text');
    assert.equal(located(fragments, first!, 'other'), 'text');
  });

  it('without a byte is there also behind one that takes more than a segment', () => {
    const [long, empty, last] = [
      { slot: 1, sequence: 1 },
      { slot: 2, sequence: 2 },
      { slot: 3, sequence: 3 },
    ] as unknown as SeriesEntry[];
    const fragments = new SeriesFragments();
    const text = 'x'.repeat(2 ** 23);
    assert.equal(located(fragments, long!, text), text);
    assert.equal(located(fragments, empty!, ''), '');
    assert.equal(located(fragments, last!, 'text'), 'text');
    assert.equal(located(fragments, long!, ''), text);
  });

  describe('of many new series', () => {
    const SERIES = 20_000;
    const SEGMENT = 2 ** 23;
    /** Renderings after which series are taken for gone. */
    const ENOUGH = 20;
    const SERIES_MANY = Array.from(
      { length: SERIES },
      (_, slot) => ({ slot, sequence: slot }) as unknown as SeriesEntry,
    );
    const extent = (length: number): FamilyExtent => ({
      descriptor: { name: 'c_total' } as FamilyDescriptor,
      series: { length },
      keyBytes: 0,
    });

    /** Keeps a text of so many bytes for each of them; returns the pieces of memory that the texts stand in. */
    function keepAll(fragments: SeriesFragments, bytes: number, most = SERIES): Set<ArrayBufferLike> {
      const pieces = new Set<ArrayBufferLike>();
      const textOf = ({ slot }: SeriesKey): string => String(slot).padEnd(bytes, 'x');
      for (const series of SERIES_MANY.slice(0, most)) {
        assert.equal(located(fragments, series, textOf(series)), textOf(series));
        pieces.add(fragments.view.buffer);
      }
      for (const series of SERIES_MANY.slice(0, most))
        assert.equal(located(fragments, series, 'other'), textOf(series));
      return pieces;
    }

    it('stands in one piece of memory behind the first small one', () => {
      const fragments = new SeriesFragments();
      fragments.begin([extent(SERIES / 2), extent(SERIES / 2)], () => 1_000);
      assert.equal(keepAll(fragments, 990).size, 2);
    });

    it('gets more memory where more comes than was expected', () => {
      const fragments = new SeriesFragments();
      fragments.begin([extent(SERIES)], () => 100);
      assert.ok(keepAll(fragments, 1_000).size > 2);
    });

    /** Bytes of the array buffers that are made meanwhile. */
    function madeBy(run: () => void): number {
      const { ArrayBuffer: original } = globalThis;
      let made = 0;
      const counting: unknown = class extends original {
        constructor(bytes: number) {
          super(bytes);
          made += bytes;
        }
      };
      try {
        globalThis.ArrayBuffer = counting as ArrayBufferConstructor;
        run();
      } finally {
        globalThis.ArrayBuffer = original;
      }
      return made;
    }

    it('gets no memory twice, when a rendering was ended before it came to them', () => {
      const fragments = new SeriesFragments();
      const begun = (): number => madeBy(() => fragments.begin([extent(SERIES)], () => 1_000));
      const made = begun();
      assert.ok(made >= SERIES * 1_000, `${made} bytes for all of them`);
      assert.equal(begun(), 0);
      keepAll(fragments, 990, 5_000);
      assert.equal(begun(), 0);
      assert.equal(keepAll(fragments, 990).size, 2);
    });

    it('gets no memory again where most of them are not asked for, as series that have not changed', () => {
      const fragments = new SeriesFragments();
      const begin = (): void => fragments.begin([extent(SERIES)], () => 1_000);
      begin();
      keepAll(fragments, 990);
      const made = madeBy(() => {
        for (let i = 0; i < 2 * ENOUGH; i++) {
          begin();
          for (const series of SERIES_MANY.slice(0, 100)) located(fragments, series, 'text');
        }
      });
      assert.ok(made < SEGMENT, `${made} bytes`);
    });

    it('gets what is missing when as many come again', () => {
      const fragments = new SeriesFragments();
      fragments.begin([extent(SERIES / 2)], () => 1_000);
      keepAll(fragments, 990, SERIES / 2);
      const made = madeBy(() => fragments.begin([extent(SERIES)], () => 1_000));
      assert.ok(made < SERIES * 1_000, `${made} bytes for a half of them`);
      assert.equal(keepAll(fragments, 990).size, 3);
    });

    it('gets no memory of its own when there are few', () => {
      const fragments = new SeriesFragments();
      assert.equal(
        madeBy(() => fragments.begin([extent(10)], () => 1_000_000_000)),
        0,
      );
      assert.equal(keepAll(fragments, 10, 10).size, 1);
    });

    it('goes on behind one that is larger than expected pieces are', () => {
      const fragments = new SeriesFragments();
      fragments.begin([extent(SERIES)], () => 1_000);
      const text = 'x'.repeat(SEGMENT + 1);
      assert.equal(located(fragments, SERIES_MANY.at(-1)!, text), text);
      keepAll(fragments, 990, SERIES / 4);
      assert.equal(located(fragments, SERIES_MANY.at(-1)!, ''), text);
    });
  });

  describe('in a registry of many series', () => {
    const TEXT = 'x'.repeat(1_000);
    const NAMES = Array.from({ length: 100 }, (_, i) => `v${i}`);
    const ENOUGH = 20;

    function render(fragments: SeriesFragments, registry: Registry, most = Infinity): void {
      const { families } = registry.snapshot();
      begin(fragments, { families });
      for (const series of seriesIn({ families }).slice(0, most))
        assert.equal(located(fragments, series, TEXT), TEXT);
    }

    it('is given up when more than half of the bytes are those of series that are gone', () => {
      const registry = registryWith(NAMES);
      const fragments = new SeriesFragments();
      render(fragments, registry);
      const full = fragments.length;
      for (const a of NAMES.slice(40))
        registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] }).remove({ a });
      for (let i = 0; i < ENOUGH; i++) render(fragments, registry);
      assert.ok(fragments.length < full / 2, `${fragments.length} of ${full} bytes are left`);
      registry.close();
    });

    it('stays over renderings of a few families, between those of all', () => {
      const registry = registryWith(NAMES);
      const fragments = new SeriesFragments();
      render(fragments, registry);
      const full = fragments.length;
      for (let i = 0; i < ENOUGH; i++) {
        render(fragments, registry, 1);
        render(fragments, registry, 2);
        assert.equal(fragments.length, full);
        render(fragments, registry);
        assert.equal(fragments.length, full);
      }
      registry.close();
    });
  });
});

describe('renderers of several formats', () => {
  it('stand side by side over the same series, also while these come and go', () => {
    const registry = registryWith(['x']);
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
    const [text, proto, secondText] = [
      new PrometheusTextRenderer(),
      new PrometheusProtobufRenderer(),
      new PrometheusTextRenderer(),
    ];
    const shown = new Set(['x']);
    for (let i = 0; i < 300; i++) {
      counter.inc({ a: `v${i}` });
      shown.add(`v${i}`);
      if (i % 3 === 0) {
        counter.remove({ a: `v${i >> 1}` });
        shown.delete(`v${i >> 1}`);
        registry.safePoint();
      }
      const snapshot = registry.snapshot();
      const families = decodeFamilies(proto.render(snapshot).body);
      const names = families[0]!.metric.map(metric => labelsIn(metric)['a']);
      assert.deepEqual(new Set(names), shown);
      const body = Buffer.from(text.render(snapshot).body).toString();
      assert.deepEqual(new Set([...body.matchAll(/a="(\w+)"/g)].map(([, a]) => a)), shown);
      if (i % 7 === 0) assert.equal(Buffer.from(secondText.render(snapshot).body).toString(), body);
    }
    registry.close();
  });
});
