import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { UNRESOLVED_EPOCH } from '../../../src/memory/cell-place.js';
import type { ArenaFamilyBinding } from '../../../src/registry/family-binding.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const OPTIONS = { name: 'c', help: 'C.', labelNames: ['a'] };

function sceneOf(
  test: TestContext,
  options = {},
): { registry: Registry; thread: PlayedThread; binding: ArenaFamilyBinding } {
  const registry = new Registry({ familySeriesMax: 2, labelValueMax: 20, ...options });
  const thread = new PlayedThread(test, registry.share(), 901);
  return { registry, thread, binding: thread.define('counter', OPTIONS) };
}

describe('a series place', () => {
  it('is that of every handle of its label set', test => {
    const { registry, binding } = sceneOf(test);
    const [one, two, other] = [binding.place(['x']), binding.place(['x']), binding.place(['y'])];
    const theirs = registry.counter(OPTIONS).labels('x').place;
    assert.notEqual(one.cellOffset, 0);
    assert.deepEqual([two.cellOffset, theirs.cellOffset], [one.cellOffset, one.cellOffset]);
    assert.notEqual(other.cellOffset, one.cellOffset);
    assert.ok(one.isLive());
  });

  it('stays where it is when its first recording locates it', test => {
    const place = sceneOf(test).binding.place(['x']);
    const { cellOffset } = place;
    assert.equal(place.locate(), true);
    assert.equal(place.cellOffset, cellOffset);
  });

  it('is dated by the removal epoch of its lookup', test => {
    const { binding, thread } = sceneOf(test);
    const place = binding.place(['x']);
    place.locate();
    assert.equal(place.epoch, thread.attachment.records.epoch());
    binding.remove(['x']);
    assert.notEqual(place.epoch, thread.attachment.records.epoch());
    assert.equal(place.isLive(), false);
    assert.equal(place.locate(), true);
    assert.equal(place.epoch, thread.attachment.records.epoch());
    assert.equal(place.isLive(), true);
  });

  it('beyond a limit is the overflow series, asked for at every recording', test => {
    const { binding, thread } = sceneOf(test);
    for (const value of ['x', 'y']) binding.place([value]);
    const beyond = ['z', 'v'.repeat(21)].map(value => binding.place([value]));
    for (const place of beyond) {
      assert.equal(place.isLive(), false);
      assert.equal(place.locate(), true);
      assert.equal(place.epoch, UNRESOLVED_EPOCH);
      assert.equal(place.isLive(), false);
      assert.equal(place.cellOffset, binding.current()!.baseCells);
    }
    assert.equal(thread.attachment.records.slots.seriesCount(binding.current()!.slot), 2);
    binding.remove(['x']);
    const [first] = beyond;
    assert.equal(first!.locate(), true);
    assert.equal(first!.isLive(), true, 'there is room again');
  });

  it('is initialised without being recorded into, and not beyond a limit', test => {
    const { registry, binding, thread } = sceneOf(test);
    const { slots } = thread.attachment.records;
    const [first, second, beyond] = ['x', 'y', 'z'].map(value => binding.place([value]));
    assert.deepEqual([first!.initialise(), first!.initialise(), second!.initialise()], [true, true, true]);
    assert.equal(beyond!.initialise(), false);
    assert.deepEqual(registry.seriesByFamily(), { c: 2 }, 'no overflow is counted');
    binding.remove(['x']);
    assert.equal(first!.initialise(), true, 'it is created again');
    assert.equal(slots.seriesCount(binding.current()!.slot), 2);
    registry.removeSingleMetric('c');
    assert.equal(first!.initialise(), false);
  });

  it('is nowhere when its family was removed, and found again when that is defined again', test => {
    const { registry, binding, thread } = sceneOf(test);
    const place = binding.place(['x']);
    registry.removeSingleMetric('c');
    assert.deepEqual([place.isLive(), place.locate()], [false, false]);
    assert.equal(binding.place(['y']).isLive(), false);
    thread.define('counter', OPTIONS);
    assert.deepEqual([place.locate(), place.isLive()], [true, true]);
  });

  it('is nowhere in a thread that has detached', test => {
    const { binding, thread } = sceneOf(test);
    const place = binding.place(['x']);
    thread.attachment.detach();
    assert.equal(place.locate(), false);
  });
});
