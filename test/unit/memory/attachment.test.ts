import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threadId } from 'node:worker_threads';
import {
  Attachment,
  attachThread,
  detachThread,
  expectWorkersOn,
  recoverEverywhere,
} from '../../../src/memory/attachment.js';
import { attachArena } from '../../../src/memory/arena.js';
import {
  EPOCH_INDEX,
  HEADER_ANONYMOUS_THREADS_OFFSET,
  HEADER_SERIES_COUNT_OFFSET,
} from '../../../src/memory/layout.js';
import { ANONYMOUS_OWNER, SLOT_BUILDING, SLOT_FREE } from '../../../src/memory/slots.js';
import { attach, newArena, publishFamily } from './arenas.js';

describe('an attachment', () => {
  it('holds a stripe until it is detached; detaching twice does no harm', test => {
    const arena = newArena();
    const attachment = attach(test, arena, 5);
    assert.equal(attachment.stripe, 1);
    assert.deepEqual(
      attachment.leases.held().map(lease => lease.threadId),
      [5],
    );
    attachment.detach();
    assert.deepEqual(attachment.leases.held(), []);
    const next = attach(test, arena, 6);
    attachment.detach();
    assert.deepEqual(
      next.leases.held().map(lease => lease.threadId),
      [6],
    );
  });

  it('without a stripe records through the shared one', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 2 });
    const [first, second] = [attach(test, arena, 1), attach(test, arena, 2)];
    assert.deepEqual([first.stripe, second.stripe], [1, 0]);
    assert.notEqual(second.lease, undefined);
    assert.equal(arena.header(HEADER_ANONYMOUS_THREADS_OFFSET), 0);
  });

  it('without a lease is counted as anonymous until it detaches', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    attach(test, arena, 1);
    const anonymous = attach(test, arena, 2);
    assert.deepEqual([anonymous.stripe, anonymous.lease], [0, undefined]);
    assert.equal(arena.header(HEADER_ANONYMOUS_THREADS_OFFSET), 1);
    anonymous.safePoint();
    anonymous.detach();
    anonymous.detach();
    assert.equal(arena.header(HEADER_ANONYMOUS_THREADS_OFFSET), 0);
  });

  it('announces the epoch at a safe point, unless it is pinned', test => {
    const arena = newArena();
    const attachment = attach(test, arena, 1);
    Atomics.store(arena.words, EPOCH_INDEX, 5);
    attachment.pin();
    attachment.pin();
    attachment.safePoint();
    assert.equal(attachment.leases.announcedFloor(), 0);
    attachment.unpin();
    attachment.safePoint();
    assert.equal(attachment.leases.announcedFloor(), 0);
    attachment.unpin();
    attachment.safePoint();
    assert.equal(attachment.leases.announcedFloor(), 5);
  });

  it('beats, passes a safe point and calls its listeners at each interval', test => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000 });
    const arena = newArena({}, { heartbeatMs: 50 });
    const attachment = attach(test, arena, 1);
    let beats = 0;
    const stop = attachment.onBeat(() => beats++);
    Atomics.store(arena.words, EPOCH_INDEX, 3);
    assert.equal(attachment.leases.held()[0]!.heartbeatMs, 1_000);
    test.mock.timers.tick(100);
    assert.equal(beats, 2);
    assert.equal(attachment.leases.held()[0]!.heartbeatMs, 1_100);
    assert.equal(attachment.leases.announcedFloor(), 3);
    stop();
    test.mock.timers.tick(50);
    assert.equal(beats, 2);
    attachment.detach();
    test.mock.timers.tick(50);
    assert.equal(attachment.leases.held().length, 0);
  });
});

describe('the removal of idle series', () => {
  it('is offered by a thread as long as one of its users does', test => {
    const attachment = attach(test, newArena(), 1);
    const isOffered = (): boolean => attachment.leases.held()[0]!.isSweeper;
    assert.equal(isOffered(), false);
    const [first, second] = [attachment.offerSweeps(), attachment.offerSweeps()];
    first();
    assert.equal(isOffered(), true);
    second();
    assert.equal(isOffered(), false);
  });

  it('is not offered by a thread that found no lease', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const first = attach(test, arena, 1);
    const stop = attach(test, arena, 2).offerSweeps();
    assert.equal(first.leases.held()[0]!.isSweeper, false);
    stop();
  });

  it('is of use from the first family on that asks for it, in every thread', test => {
    const arena = newArena();
    const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
    assert.deepEqual([a.isIdleExpiryUsed, b.isIdleExpiryUsed], [false, false]);
    a.useIdleExpiry();
    a.useIdleExpiry();
    assert.deepEqual([a.isIdleExpiryUsed, b.isIdleExpiryUsed], [true, true]);
  });
});

describe('recovering a thread that has exited', () => {
  it('ends its lease, frees what it was building and recounts', test => {
    const arena = newArena();
    const parent = attach(test, arena, 0);
    const dead = new Attachment(arena, 9);
    test.after(() => dead.detach());
    const family = publishFamily(dead, 'jobs');
    dead.records.reservations.reserveSeries(family);
    const slot = dead.records.slots.claim(dead.lease!.index + 1);
    assert.equal(parent.records.slots.state(slot), SLOT_BUILDING);
    parent.recover(9);
    assert.deepEqual(
      parent.leases.held().map(lease => lease.threadId),
      [0],
    );
    assert.equal(parent.records.slots.state(slot), SLOT_FREE);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
  });

  it('does nothing for a thread that holds nothing', test => {
    const arena = newArena();
    const parent = attach(test, arena, 0);
    parent.records.reservations.reserveFamily();
    parent.recover(9);
    assert.equal(parent.leases.held().length, 1);
  });

  it('recounts with a later heartbeat when another thread is building', test => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const arena = newArena({}, { heartbeatMs: 50 });
    const parent = attach(test, arena, 0);
    const other = attach(test, arena, 8);
    const dead = new Attachment(arena, 9);
    test.after(() => dead.detach());
    dead.records.reservations.reserveSeries(publishFamily(dead, 'jobs'));
    const building = other.records.slots.claim(other.lease!.index + 1);
    parent.recover(9);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 1);
    other.records.slots.release(building);
    test.mock.timers.tick(50);
    assert.equal(arena.header(HEADER_SERIES_COUNT_OFFSET), 0);
  });
});

describe('the attachment of the calling thread', () => {
  it('is one for each arena, whatever object the arena is seen through', test => {
    const arena = newArena();
    test.after(() => detachThread(arena));
    const attachment = attachThread(arena);
    assert.equal(attachment.lease!.threadId, threadId);
    assert.equal(attachThread(attachArena(arena.buffer)), attachment);
    const other = newArena();
    test.after(() => detachThread(other));
    assert.notEqual(attachThread(other), attachment);
    detachThread(arena);
  });

  it('stays until everyone who attached has detached: the others still write its stripe', test => {
    const arena = newArena();
    test.after(() => detachThread(arena));
    const attachment = attachThread(arena);
    attachThread(arena);
    detachThread(arena);
    assert.deepEqual(
      attachment.leases.held().map(lease => lease.stripe),
      [1],
    );
    assert.equal(attachThread(arena), attachment);
    detachThread(arena);
    detachThread(arena);
    assert.deepEqual(attachment.leases.held(), []);
    assert.equal(attachment.isDetached, true);
    detachThread(arena);
    assert.notEqual(attachThread(arena), attachment);
  });

  it('has an owner number that no lease can have when it is anonymous', test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    attach(test, arena, 1);
    const anonymous = attach(test, arena, 2);
    const slot = anonymous.records.slots.claim(ANONYMOUS_OWNER);
    assert.equal(anonymous.records.slots.owner(slot), ANONYMOUS_OWNER);
    anonymous.records.slots.release(slot);
  });
});

describe('recovering a thread everywhere', () => {
  it('ends its leases in the arenas that this thread is attached to, and in those that its workers may know', test => {
    const [attached, expected, unknown] = [newArena(), newArena(), newArena()];
    test.after(() => detachThread(attached));
    attachThread(attached);
    expectWorkersOn(expected);
    const arenas = [attached, expected, unknown];
    const dead = arenas.map(arena => attach(test, arena, 950));
    recoverEverywhere(950);
    const held = dead.map(({ leases }) => leases.held().map(lease => lease.threadId));
    assert.deepEqual(held, [[0], [], [950]]);
  });

  it('ends the leases of the workers that it had created, and theirs', test => {
    const arena = newArena();
    expectWorkersOn(arena);
    const PARENTS: readonly [threadId: number, parentId: number][] = [
      [953, 952],
      [951, 0],
      [952, 951],
      [954, 0],
      [955, 954],
    ];
    const threads = PARENTS.map(([threadId, parentId]) => new Attachment(arena, threadId, parentId));
    test.after(() => threads.forEach(thread => thread.detach()));
    recoverEverywhere(951);
    assert.deepEqual(
      threads[0]!.leases.held().map(lease => lease.threadId),
      [954, 955],
    );
  });
});
