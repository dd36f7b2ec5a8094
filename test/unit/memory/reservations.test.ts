import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attach, newArena, publishFamily, publishSeries } from './arenas.js';

describe('reservations of series', () => {
  it('are handed out once each, and can be taken back', test => {
    const a = attach(test, newArena(), 1);
    const { reservations } = a.records;
    const family = publishFamily(a, 'jobs');
    assert.deepEqual(reservations.reserveSeries(family), { family: 0, registry: 0 });
    assert.deepEqual(reservations.reserveSeries(family), { family: 1, registry: 1 });
    reservations.unreserveSeries(family);
    assert.deepEqual(reservations.reserveSeries(family), { family: 1, registry: 1 });
    assert.equal(reservations.seriesCount(), 2);
  });

  it('are counted by family and over all families, whoever made them', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    const [jobs, mails] = [publishFamily(a, 'jobs'), publishFamily(b, 'mails')];
    publishSeries(a, jobs, 'x');
    publishSeries(b, mails, 'x');
    assert.deepEqual(b.records.reservations.reserveSeries(jobs), { family: 1, registry: 2 });
    assert.equal(a.records.reservations.familyCount(), 2);
  });
});

describe('a recount', () => {
  it('corrects what a thread had counted in that died before it could publish', test => {
    const arena = newArena();
    const [a, dead] = [attach(test, arena, 1), attach(test, arena, 2)];
    const family = publishFamily(a, 'jobs');
    publishSeries(a, family, 'x');
    a.records.reservations.settle();
    dead.records.reservations.reserveFamily();
    dead.records.reservations.reserveSeries(family);
    const { reservations, slots } = a.records;
    assert.equal(reservations.recount(), false, 'its owner is not known to be dead');
    dead.detach();
    assert.equal(reservations.recount(), true);
    assert.deepEqual([reservations.seriesCount(), reservations.familyCount()], [1, 1]);
    assert.equal(slots.seriesCount(family), 1);
  });

  it('gives up while a record is being built, or while a thread without a lease may be building one', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const a = attach(test, arena, 1);
    const { reservations, slots } = a.records;
    publishFamily(a, 'jobs');
    reservations.settle();
    const slot = slots.claim(1);
    assert.equal(reservations.recount(), false);
    slots.release(slot);
    const anonymous = attach(test, arena, 2);
    assert.equal(reservations.recount(), false);
    anonymous.detach();
    assert.equal(reservations.recount(), true);
  });

  it('changes nothing when the counts are right', test => {
    const a = attach(test, newArena(), 1);
    const { reservations, slots } = a.records;
    const families = ['jobs', 'mails'].map(name => publishFamily(a, name));
    families.forEach((family, i) => {
      for (let j = 0; j <= i; j++) publishSeries(a, family, `v${j}`);
    });
    reservations.settle();
    assert.equal(reservations.recount(), true);
    assert.deepEqual(
      families.map(family => slots.seriesCount(family)),
      [1, 2],
    );
    assert.deepEqual([reservations.seriesCount(), reservations.familyCount()], [3, 2]);
  });
});
