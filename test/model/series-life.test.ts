/** Removal by labels, initialisation and expiry: every moment at which another thread runs, every moment of death. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import { StripedCounterCell } from '../../src/memory/counter-cell.js';
import { StripedGaugeCell } from '../../src/memory/gauge-cell.js';
import { HEADER_SERIES_COUNT_OFFSET, SLOT_SHOWN_OFFSET } from '../../src/memory/layout.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { RecordStore } from '../../src/memory/record-store.js';
import { KIND_SERIES, NO_SLOT, SLOT_FREE, SLOT_LIVE, SLOT_RETIRED, Slots } from '../../src/memory/slots.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { setSeriesKey } from '../../src/registry/family-record.js';
import { IdleExpiry } from '../../src/registry/idle-expiry.js';
import type { SeriesEntry } from '../../src/registry/catalogue.js';
import { interleaveThreads } from './interleaving.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';
import { LABELLED, OTHER, withThreads } from './threads.js';
import type { Thread } from './threads.js';

const PAIRED = describeFamily(
  'counter',
  { name: 'p_total', help: 'P.', labelNames: ['a', 'b'], seriesMax: 10 },
  10,
);
const GAUGE = describeFamily('gauge', { name: 'g', help: 'G.', labelNames: ['a'] }, 10);
const IDLE = describeFamily(
  'counter',
  { name: 'i_total', help: 'I.', labelNames: ['a'], idleExpirySeconds: 1 },
  10,
);
/** The interval of looks: the heartbeat of these threads. */
const LOOK_MS = 60_000;

function record(thread: Thread, a: string, b: string, amount: number): void {
  const place = thread.family(PAIRED).place([a, b]);
  new StripedCounterCell(ownStripeWriter(thread.attachment)!, place).inc(amount);
}

/** Value by all label values. */
function seen(thread: Thread): Record<string, number> {
  const family = thread.engine.snapshots.take().families.find(one => one.descriptor.name === PAIRED.name);
  if (family === undefined) return {};
  return Object.fromEntries(family.series.map((one, i) => [one.labelValues().join(), family.values[i]!]));
}

/** What must hold whenever no thread is inside an operation: nothing half done, every live series counted once. */
function assertSettled({ attachment }: Thread): void {
  const { slots, reservations } = attachment.records;
  const all = Array.from({ length: slots.highWater() }, (_, index) => index as SlotIndex);
  const stuck = all.filter(slot => ![SLOT_FREE, SLOT_LIVE, SLOT_RETIRED].includes(slots.state(slot)));
  assert.deepEqual(stuck, [], 'no slot is half done');
  const live = all.filter(slot => slots.state(slot) === SLOT_LIVE && slots.kind(slot) === KIND_SERIES);
  assert.equal(reservations.seriesCount(), live.length, 'series are counted once');
}

/** As interleaveThreads, and nothing is half done in the end. */
const interleave: typeof interleaveThreads = (prepare, first, second, check) =>
  interleaveThreads(prepare, first, second, (a, b) => {
    check(a, b);
    assertSettled(a);
  });

/** Thread b dies at each access of `operation`, and thread a, which has seen it exit, recovers what it held. */
function dieEverywhere(
  prepare: (a: Thread, b: Thread) => void,
  operation: (b: Thread) => void,
  check: (a: Thread) => void,
): number {
  return forEveryAccess(n =>
    withThreads(2, ([a, b]) => {
      prepare(a!, b!);
      const died = killAt(n, () => operation(b!));
      a!.attachment.recover(2);
      assertSettled(a!);
      check(a!);
      assertSettled(a!);
      return died;
    }),
  );
}

describe('removing the series that match', () => {
  const fill = (a: Thread, b: Thread): void => {
    record(a, 'x', '1', 1);
    record(b, 'x', '2', 2);
    record(a, 'y', '1', 3);
  };
  const removeX = (thread: Thread): number => thread.family(PAIRED).removeMatching(['x', undefined]);

  const dieRemoving = (): number =>
    dieEverywhere(
      fill,
      b => void removeX(b),
      a => {
        const { 'y,1': other, ...left } = seen(a);
        assert.equal(other, 3, 'what does not match stays');
        for (const [key, value] of Object.entries(left)) assert.equal(value, key === 'x,1' ? 1 : 2, 'whole');
        assert.equal(
          removeX(a),
          Object.keys(left).length,
          'what is left can be removed, and nothing else is',
        );
        record(a, 'x', '1', 7);
        assert.deepEqual(seen(a), { 'y,1': 3, 'x,1': 7 });
      },
    );

  test('leaves each series removed or whole when its thread dies, and the counts right', () => {
    assert.ok(dieRemoving() > 20);
  });

  test('mutant: a recovery that does not finish what was being removed is caught', () => {
    const forgetful = function (this: RecordStore): void {
      this.retireOrphans();
    };
    withMutant(RecordStore.prototype, 'recover', forgetful, () =>
      assert.throws(dieRemoving, assert.AssertionError),
    );
  });

  const bothRemove = (): number => {
    let removed: number[] = [];
    return interleave(
      (a, b) => {
        removed = [];
        fill(a, b);
      },
      a => void removed.push(removeX(a)),
      b => void removed.push(removeX(b)),
      a => {
        assert.equal(removed[0]! + removed[1]!, 2, `each is counted by one thread: ${removed.join()}`);
        assert.deepEqual(seen(a), { 'y,1': 3 });
      },
    );
  };

  test('by two threads at once counts each series once', () => {
    assert.ok(bothRemove() > 20);
  });

  test('mutant: counting a series whose removal another thread won is caught', () => {
    const { retire } = RecordStore.prototype;
    const alwaysMine = function (this: RecordStore, slot: SlotIndex): boolean {
      retire.call(this, slot);
      return true;
    };
    withMutant(RecordStore.prototype, 'retire', alwaysMine, () =>
      assert.throws(bothRemove, assert.AssertionError),
    );
  });

  test('takes or leaves a series that another thread creates meanwhile, and loses nothing of one that stays', () => {
    interleave(
      fill,
      a => void removeX(a),
      b => record(b, 'x', '3', 9),
      a => {
        const { 'x,3': created = 9, ...others } = seen(a);
        assert.equal(created, 9);
        assert.deepEqual(others, { 'y,1': 3 });
      },
    );
  });

  test('never takes a series again that was removed and created in between', () => {
    interleave(
      fill,
      a => void removeX(a),
      b => {
        b.family(PAIRED).remove(['x', '1']);
        record(b, 'z', '1', 5);
      },
      a => assert.deepEqual(seen(a), { 'y,1': 3, 'z,1': 5 }),
    );
  });

  test('while its family goes is of the family before or of the one after it, and never of both', () => {
    const outcomes = new Set<string>();
    interleave(
      fill,
      a => void removeX(a),
      b => {
        b.engine.removeFamily(PAIRED.name);
        assert.equal(b.engine.define(PAIRED).place(['x', '1']).locate(), true);
      },
      a => outcomes.add(JSON.stringify(seen(a))),
    );
    // The one defined again while this thread has not looked for it yet, or later.
    assert.deepEqual([...outcomes].sort(), ['{"x,1":0}', '{}']);
  });
});

describe('clearing a registry', () => {
  const fill = (a: Thread, b: Thread): void => {
    record(a, 'x', '1', 1);
    b.cell('x', LABELLED).inc(2);
    a.cell('x', OTHER).inc(3);
  };
  const values = (thread: Thread): unknown[] => [
    seen(thread)['x,1'],
    ...[LABELLED, OTHER].map(({ name }) => thread.scrape(name)['x']),
  ];

  const dieClearing = (): number =>
    dieEverywhere(
      fill,
      b => b.engine.removeAllFamilies(),
      a => {
        values(a).forEach((value, i) =>
          assert.ok(value === undefined || value === i + 1, `family ${i}: ${String(value)}`),
        );
        const left = values(a).filter(value => value !== undefined).length;
        assert.equal(a.attachment.records.reservations.familyCount(), left, 'no series without its family');
        assert.equal(a.attachment.records.reservations.seriesCount(), left);
        a.engine.removeAllFamilies();
        assert.deepEqual(values(a), [undefined, undefined, undefined]);
      },
    );

  test('takes each family with its series or leaves both when its thread dies', () => {
    assert.ok(dieClearing() > 30);
  });

  test('mutant: leaving the series to nobody is caught', () => {
    const nothing = (): void => undefined;
    withMutant(RecordStore.prototype, 'retireOrphans', nothing, () =>
      assert.throws(dieClearing, assert.AssertionError),
    );
  });
});

describe('initialising a series', () => {
  const defineBoth = (a: Thread, b: Thread): void => {
    for (const thread of [a, b]) thread.family(PAIRED);
  };

  test('leaves it away or at 0 when the thread dies, and another can initialise it', () => {
    const points = dieEverywhere(
      defineBoth,
      b => void b.family(PAIRED).init(['x', '1']),
      a => {
        const before = seen(a);
        assert.ok([{}, { 'x,1': 0 }].some(one => JSON.stringify(one) === JSON.stringify(before)));
        assert.equal(a.family(PAIRED).init(['x', '1']), true);
        assert.deepEqual(seen(a), { 'x,1': 0 });
      },
    );
    assert.ok(points > 10);
  });

  test('and recording at once lose nothing', () => {
    interleave(
      defineBoth,
      a => void a.family(PAIRED).init(['x', '1']),
      b => record(b, 'x', '1', 5),
      a => assert.deepEqual(seen(a), { 'x,1': 5 }),
    );
  });

  test('and removing at once leave it away or at 0', () => {
    interleave(
      (a, b) => {
        defineBoth(a, b);
        record(b, 'x', '1', 5);
      },
      a => void a.family(PAIRED).init(['x', '1']),
      b => void b.family(PAIRED).remove(['x', '1']),
      a => assert.ok(['{}', '{"x,1":0}'].includes(JSON.stringify(seen(a)))),
    );
  });

  /** b sets a gauge while a initialises it; then b ends, and the gauge is at 0. */
  const initialiseAndSet = (isFirstInit: boolean): void => {
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        a!.family(GAUGE);
        const gauge = new StripedGaugeCell(ownStripeWriter(b!.attachment)!, b!.family(GAUGE).place(['x']));
        const init = (): void => void a!.family(GAUGE).init(['x']);
        const set = (): void => gauge.set(4);
        const [first, second] = isFirstInit ? [init, set] : [set, init];
        const reached = actAt(n, first, second);
        if (!reached) second();
        assert.deepEqual(a!.scrape('g'), { x: 4 });
        b!.attachment.detach();
        assert.deepEqual(a!.scrape('g'), { x: 0 });
        return reached;
      }),
    );
  };

  test('of a gauge is not undone by a recording at any moment of it', () => {
    initialiseAndSet(true);
    initialiseAndSet(false);
  });

  test('mutant: storing the bits of the shown word instead of adding them is caught', () => {
    const storeShown = function (this: Slots, slot: SlotIndex, bits: number): void {
      const { words, field } = this as unknown as {
        words: Int32Array;
        field(slot: SlotIndex, offset: number): number;
      };
      Atomics.store(words, field.call(this, slot, SLOT_SHOWN_OFFSET), bits);
    };
    withMutant(Slots.prototype, 'addShown' as never, storeShown, () =>
      assert.throws(() => initialiseAndSet(false), assert.AssertionError),
    );
  });
});

describe('the expiry of idle series', () => {
  /** Both threads have looked at x, and find it idle at their next look. */
  const lookedAt = (a: Thread, b: Thread): void => {
    a.cell('x', IDLE).inc(1);
    for (const thread of [a, b]) thread.engine.expiry.sweep(0);
  };
  const sweep = (thread: Thread): number => thread.engine.expiry.sweep(LOOK_MS);

  const bothSweep = (): number => {
    let removed: number[] = [];
    return interleave(
      (a, b) => {
        removed = [];
        lookedAt(a, b);
      },
      a => void removed.push(sweep(a)),
      b => {
        removed.push(sweep(b));
        b.cell('x', IDLE).inc(7);
      },
      a => {
        assert.deepEqual(a.scrape(IDLE.name), { x: 7 }, 'what is recorded after the removal stays');
        assert.equal(removed[0]! + removed[1]!, 1, `one removal: ${removed.join()}`);
      },
    );
  };

  test('by two threads at once removes what was idle, and not what was created after it', () => {
    assert.ok(bothSweep() > 20);
  });

  test('mutant: removing by labels instead of the series that was looked at is caught', () => {
    const removeByLabels = function (this: IdleExpiry, { slot }: Pick<SeriesEntry, 'slot'>): boolean {
      const { attachment } = this as unknown as Thread;
      const { records } = attachment;
      const values = records.labelValuesOf(slot);
      const family = records.slots.family(slot);
      const sequence = records.slots.sequence(family);
      setSeriesKey(attachment, { slot: family, sequence, descriptor: IDLE }, values);
      const found = attachment.records.find();
      return found !== NO_SLOT && attachment.records.retire(found);
    };
    withMutant(IdleExpiry.prototype, 'remove' as never, removeByLabels, () =>
      assert.throws(bothSweep, assert.AssertionError),
    );
  });

  test('takes a recording at the same moment along, or leaves the series whole; the next one starts from 0', () => {
    const outcomes = new Set<number>();
    let handle: StripedCounterCell;
    interleave(
      (a, b) => {
        lookedAt(a, b);
        handle = b.cell('x', IDLE);
        handle.inc(1);
        a.engine.expiry.sweep(LOOK_MS);
      },
      a => void a.engine.expiry.sweep(2 * LOOK_MS),
      () => handle.inc(10),
      (a, b) => {
        b.cell('x', IDLE).inc(100);
        outcomes.add(a.scrape(IDLE.name)['x']!);
      },
    );
    // 100: the 10 went with the removed series. 110: they came after it. 112: they were seen, and x stays.
    const expected = [100, 110, 112];
    assert.ok(
      [...outcomes].every(value => expected.includes(value)),
      `outcomes ${[...outcomes].join()}`,
    );
    assert.ok(outcomes.has(110) && outcomes.has(112), `outcomes ${[...outcomes].join()}`);
  });

  test('leaves the series whole or removed when the sweeper dies, and the next one goes on', () => {
    const points = dieEverywhere(
      (a, b) => {
        lookedAt(a, b);
        a.cell('busy', IDLE).inc(2);
      },
      b => void sweep(b),
      a => {
        const { x = 1, busy } = a.scrape(IDLE.name);
        assert.deepEqual([x, busy], [1, 2]);
        sweep(a);
        assert.deepEqual(a.scrape(IDLE.name), { busy: 2 });
        assert.equal(a.attachment.arena.header(HEADER_SERIES_COUNT_OFFSET), 1);
      },
    );
    assert.ok(points > 20);
  });
});
