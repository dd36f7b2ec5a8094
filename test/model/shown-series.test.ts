/** The label set of an info: whatever moment a scrape, another set or death comes, one is shown. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Catalogue } from '../../src/registry/catalogue.js';
import type { FamilyRecord } from '../../src/registry/family-record.js';
import { ShownSeries } from '../../src/registry/shown-series.js';
import { SnapshotReader } from '../../src/registry/snapshot.js';
import type { FamilyReading } from '../../src/registry/family-reading.js';
import type { RecordStore } from '../../src/memory/record-store.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { actAt, actBeforeEach, forEveryAccess, killAt, withMutant } from './stepping.js';
import { INFO, withThreads } from './threads.js';
import type { Thread } from './threads.js';

function show(thread: Thread, value: string): void {
  thread.family(INFO).showOnly([value]);
}

/** The label values that a scrape of this thread shows. */
function shown(thread: Thread): string[] {
  return Object.keys(thread.scrape(INFO.name));
}

/** Its live series, shown or not, and how many are counted. */
function liveSeries(thread: Thread): { live: number; counted: number } {
  const { records } = thread.attachment;
  const family = thread.family(INFO).current()!.slot;
  // The base series is live throughout.
  return { live: records.seriesOf(family).length - 1, counted: records.slots.seriesCount(family) };
}

interface Scene {
  readonly prepare: (a: Thread, b: Thread) => void;
  readonly first: string;
  readonly second: string;
}

/** Two threads set at once, and a third one scrapes before every access of the first. */
function setTogether({ prepare, first, second }: Scene): number {
  return forEveryAccess(n =>
    withThreads(3, ([a, b, scraper]) => {
      for (const thread of [a!, b!, scraper!]) assert.equal(thread.family(INFO).descriptor.type, 'info');
      prepare(a!, b!);
      const seen: string[] = [];
      const look = (): void => {
        const labels = shown(scraper!);
        assert.equal(labels.length, 1, `shown at once: ${JSON.stringify(labels)}`);
        if (seen.at(-1) !== labels[0]) seen.push(labels[0]!);
      };
      look();
      const accesses = actBeforeEach(
        () => show(a!, first),
        k => {
          if (k === n) show(b!, second);
          look();
          if (k >= n) assert.ok([first, second].includes(seen.at(-1)!), `${seen.at(-1)} is not replaced`);
        },
      );
      if (n > accesses) show(b!, second);
      look();
      assert.equal(new Set(seen).size, seen.length, `shown again after another one: ${seen.join(', ')}`);
      assert.ok([first, second].includes(seen.at(-1)!));
      assert.deepEqual(liveSeries(a!), { live: 1, counted: 1 }, 'what was replaced is gone');
      return n <= accesses;
    }),
  );
}

const different: Scene = { prepare: a => show(a, 'old'), first: 'x', second: 'y' };
const equal: Scene = { prepare: a => show(a, 'old'), first: 'x', second: 'x' };
/** The first thread has set what the second one replaced, but for its series: it died before it could retire that. */
const leftBehind: Scene = {
  prepare: (a, b) => {
    show(a, 'x');
    withMutant(
      ShownSeries.prototype,
      'retireOlder',
      () => undefined,
      () => show(b, 'old'),
    );
  },
  first: 'x',
  second: 'y',
};

describe('two threads that set an info at once', () => {
  for (const [what, scene] of Object.entries({ different, equal, leftBehind })) {
    test(`show one label set at every moment and one in the end: ${what}`, () => {
      assert.ok(setTogether(scene) > 50);
    });
  }

  test('mutant: retiring all others, the younger ones too, is caught', () => {
    const retireOthers = function (this: ShownSeries, ...given: never[]): void {
      const [{ slot: family }] = given as unknown as [{ slot: SlotIndex }];
      const { records } = this as unknown as { records: RecordStore };
      // The key of its own series is still in the scratch.
      const own = records.find();
      for (const slot of records.seriesOf(family)) {
        if (slot !== own && records.labelValuesOf(slot).length > 0) records.retire(slot);
      }
    };
    withMutant(ShownSeries.prototype, 'retireOlder', retireOthers, () =>
      assert.throws(() => setTogether(different), assert.AssertionError),
    );
  });

  test('mutant: looking at what is live before looking for the label set is caught', () => {
    interface Inside {
      readonly records: RecordStore;
      liveSeries(family: FamilyRecord): SlotIndex[];
    }
    const lookBefore = function (this: Inside, ...given: never[]): object {
      const [family, values] = given as unknown as [FamilyRecord, string[]];
      const live = this.liveSeries(family);
      this.records.key.startSeries(family.slot, family.sequence);
      for (const value of values) this.records.key.appendValue(value);
      return { found: this.records.find(), live };
    };
    withMutant(ShownSeries.prototype as never as Inside, 'look', lookBefore, () =>
      assert.throws(() => setTogether(equal), /shown at once: \[\]/),
    );
  });

  test('mutant: a scrape that shows every live label set is caught', () => {
    const readAll = function (...given: never[]): void {
      const [{ rows, values }] = given as unknown as [FamilyReading];
      // Without the overflow series, which stands last once it was needed: never, here.
      values.fill(1, 0, rows.length);
    };
    withMutant(SnapshotReader.prototype, 'readInfo' as never, readAll as never, () =>
      assert.throws(() => setTogether(different), /shown at once: \["\w+","\w+"\]/),
    );
  });
});

describe('a scrape during which an info is set', () => {
  /** The new label set gets a slot before that of the old one: a walk may pass the one and miss the other. */
  const setDuringScrape = (): number =>
    forEveryAccess(n =>
      withThreads(2, ([a, scraper]) => {
        for (const thread of [a!, scraper!]) assert.equal(thread.family(INFO).descriptor.type, 'info');
        a!.searchSlotsFrom(10);
        show(a!, 'old');
        a!.searchSlotsFrom(3);
        let seen: string[] = [];
        const reached = actAt(
          n,
          () => void (seen = shown(scraper!)),
          () => show(a!, 'new'),
        );
        assert.equal(seen.length, 1, `shown: ${JSON.stringify(seen)}`);
        if (!reached) show(a!, 'new');
        assert.deepEqual(shown(scraper!), ['new']);
        return reached;
      }),
    );

  test('shows the old label set or the new one, whatever moment the set comes', () => {
    assert.ok(setDuringScrape() > 10);
  });

  test('mutant: a walk that is not repeated misses both', () => {
    withMutant(
      Catalogue.prototype,
      'isMissed',
      () => false,
      () => assert.throws(setDuringScrape, /shown: \[\]/),
    );
  });
});

describe('a scrape during which an info is set again and again', () => {
  /** Each set takes the next slot. A set is some hundred accesses; here they come faster than that. */
  const ACCESSES_BETWEEN = 10;

  const setThroughoutScrape = (sets: number): void =>
    withThreads(2, ([a, scraper]) => {
      for (const thread of [a!, scraper!]) assert.equal(thread.family(INFO).descriptor.type, 'info');
      for (let i = 0; i < 10; i++) show(a!, `early ${i}`);
      let [seen, done]: [string[], number] = [[], 0];
      actBeforeEach(
        () => void (seen = shown(scraper!)),
        n => {
          if (n % ACCESSES_BETWEEN === 0 && done < sets) show(a!, `set ${done++}`);
        },
      );
      assert.ok(done > 0);
      assert.equal(seen.length, 1, `shown: ${JSON.stringify(seen)}`);
    });

  test('catches up with the sets', () => {
    // Fewer than there are slots: a thread that holds back their reuse does not scrape for ever.
    for (let sets = 1; sets <= 30; sets++) setThroughoutScrape(sets);
  });

  test('mutant: a walk that ends where slots were used when it began is always behind', () => {
    const { prototype } = Catalogue as unknown as { prototype: { walk(): Generator<void, void> } };
    const { walk } = prototype;
    const walkInBounds = function* (this: { attachment: Thread['attachment'] }): Generator<void, void> {
      const { slots } = this.attachment.records;
      const highWater = slots.highWater();
      slots.highWater = () => highWater;
      yield* walk.call(this as never);
      Reflect.deleteProperty(slots, 'highWater');
    };
    withMutant(prototype, 'walk', walkInBounds as never, () =>
      assert.throws(() => {
        for (let sets = 1; sets <= 30; sets++) setThroughoutScrape(sets);
      }, /shown: \[\]/),
    );
  });
});

describe('three threads that set an info at once', () => {
  test('leave one label set, in every order of their accesses', () => {
    let worlds = 0;
    for (let outer = 1, outerReached = true; outerReached; outer++) {
      for (let inner = 1, innerReached = true; innerReached; inner++) {
        withThreads(3, ([a, b, c]) => {
          for (const thread of [a!, b!, c!]) assert.equal(thread.family(INFO).descriptor.type, 'info');
          show(a!, 'old');
          innerReached = false;
          const second = (): void => {
            innerReached = actAt(
              inner,
              () => show(b!, 'y'),
              () => show(c!, 'x'),
            );
          };
          outerReached = actAt(outer, () => show(a!, 'x'), second);
          assert.equal(shown(b!).length, 1);
          assert.deepEqual(liveSeries(b!), { live: 1, counted: 1 });
          worlds++;
        });
      }
    }
    assert.ok(worlds > 1_000, `${worlds} orders`);
  });
});

describe('a thread that dies while it sets an info', () => {
  /** `first` is what was set before, by the other thread. */
  const dieWhileSetting = (value: string): number =>
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        for (const thread of [a!, b!]) assert.equal(thread.family(INFO).descriptor.type, 'info');
        show(a!, 'older');
        show(b!, 'old');
        const died = killAt(n, () => show(b!, value));
        const [before, ...others] = shown(a!);
        assert.ok([value, 'old'].includes(before!), `shown: ${before}`);
        assert.equal(others.length, 0);
        a!.attachment.recover(2);
        const [after, ...more] = shown(a!);
        assert.ok(after === before || after === value, 'recovery finishes the set, or leaves what was shown');
        assert.equal(more.length, 0);
        show(a!, 'next');
        assert.deepEqual(shown(a!), ['next']);
        assert.deepEqual(liveSeries(a!), { live: 1, counted: 1 }, 'the next set cleans up');
        return died;
      }),
    );

  test('leaves the old label set or the new one, and the next set cleans up', () => {
    assert.ok(dieWhileSetting('new') > 50);
    assert.ok(dieWhileSetting('old') > 5, 'the same again');
  });
});
