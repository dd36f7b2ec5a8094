import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import { HEADER_FAMILY_COUNT_OFFSET, HEADER_SERIES_COUNT_OFFSET } from '../../../src/memory/layout.js';
import type { SlotIndex } from '../../../src/memory/layout.js';
import { wantedValues } from '../../../src/memory/record-key.js';
import { retireAllSeries, retireFamilies, retireMatching } from '../../../src/memory/record-removal.js';
import { KIND_OVERFLOW, SLOT_LIVE, SLOT_RETIRED } from '../../../src/memory/slots.js';
import { attach, newArena, publishFamily, publishSeries, setKey } from './arenas.js';

interface Scene {
  readonly a: Attachment;
  readonly b: Attachment;
  readonly families: readonly [SlotIndex, SlotIndex];
  readonly overflow: SlotIndex;
}

/** Two threads, and two families with two labels, the first with an overflow series. */
function sceneOf(test: TestContext): Scene {
  const arena = newArena();
  const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
  const families = [publishFamily(a, 'f'), publishFamily(a, 'g')] as const;
  setKey(a, families[0]);
  const record = { kind: KIND_OVERFLOW, family: families[0], cellBytes: 16, isShown: true };
  return { a, b, families, overflow: a.records.publish(record)!.slot };
}

function isLive({ records }: Attachment, slot: SlotIndex): boolean {
  return records.slots.state(slot) === SLOT_LIVE;
}

describe('retiring the series that match', () => {
  it('takes those of the family that have the wanted values, whoever published them', test => {
    const { a, b, families } = sceneOf(test);
    const [f, g] = families;
    const matching = [publishSeries(a, f, 'x', '1'), publishSeries(b, f, 'x', '2')];
    const others = [
      publishSeries(a, f, 'y', '1'),
      publishSeries(b, f, '', 'x'),
      publishSeries(a, g, 'x', '1'),
    ];
    assert.equal(retireMatching(a.records, f, wantedValues(['x', undefined])), 2);
    assert.deepEqual(
      matching.map(slot => a.records.slots.state(slot)),
      [SLOT_RETIRED, SLOT_RETIRED],
    );
    assert.ok(others.every(slot => isLive(a, slot)));
    assert.equal(a.arena.header(HEADER_SERIES_COUNT_OFFSET), 3);
    assert.equal(retireMatching(b.records, f, wantedValues(['x', undefined])), 0, 'they are gone');
  });

  it('leaves the overflow series, whatever is wanted', test => {
    const { a, families, overflow } = sceneOf(test);
    publishSeries(a, families[0], '', '');
    assert.equal(retireMatching(a.records, families[0], wantedValues(['', ''])), 1);
    assert.equal(retireMatching(a.records, families[0], wantedValues([undefined, undefined])), 0);
    assert.ok(isLive(a, overflow));
  });

  it('takes none of the series of a removed family whose slot another has got', test => {
    const { a, b, families } = sceneOf(test);
    const [f, g] = families;
    a.records.retireFamily(g);
    for (const thread of [a, b]) thread.safePoint();
    a.records.reclaim();
    const series = publishSeries(a, f, 'x', '1');
    assert.equal(retireMatching(a.records, g, wantedValues(['x', undefined])), 0);
    assert.ok(isLive(a, series));
  });
});

describe('retiring many families', () => {
  it('takes all of their series along, and no others', test => {
    const { a, b, families } = sceneOf(test);
    const kept = publishFamily(b, 'kept');
    const gone = families.map(family => publishSeries(b, family, 'x', '1'));
    const left = publishSeries(b, kept, 'x', '1');
    retireFamilies(a.records, families);
    assert.ok([...families, ...gone].every(slot => !isLive(a, slot)));
    assert.ok([kept, left].every(slot => isLive(a, slot)));
    assert.equal(a.arena.header(HEADER_FAMILY_COUNT_OFFSET), 1);
    assert.equal(a.arena.header(HEADER_SERIES_COUNT_OFFSET), 1);
  });
});

describe('retiring all series', () => {
  it('leaves the families', test => {
    const { a, b, families, overflow } = sceneOf(test);
    const series = families.map(family => publishSeries(b, family, 'x', '1'));
    retireAllSeries(a.records);
    assert.ok([overflow, ...series].every(slot => !isLive(a, slot)));
    assert.ok(families.every(slot => isLive(a, slot)));
    assert.equal(a.arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
  });
});
