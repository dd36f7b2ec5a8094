import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CollectRequests, isAfter } from '../../../src/memory/collect-requests.js';
import {
  HEADER_COLLECT_REQUEST_OFFSET,
  HEADER_COLLECT_USED_OFFSET,
  U32_BYTES,
} from '../../../src/memory/layout.js';
import { Leases } from '../../../src/memory/leases.js';
import { newArena } from './arenas.js';

function newRequests(request = 0) {
  const arena = newArena();
  Atomics.store(arena.words, HEADER_COLLECT_REQUEST_OFFSET / U32_BYTES, request);
  const leases = new Leases(arena);
  return { arena, leases, requests: new CollectRequests(arena, leases) };
}

const idsOf = (threads: readonly { threadId: number }[] = []): number[] => threads.map(one => one.threadId);

describe('collect requests', () => {
  it('are not made while no thread has callbacks, and the leases are not looked at', () => {
    const { arena, leases, requests } = newRequests();
    leases.held = () => assert.fail('the leases are looked at');
    assert.equal(requests.ask(leases.acquire(1)), undefined);
    assert.deepEqual([requests.current(), arena.header(HEADER_COLLECT_USED_OFFSET)], [0, 0]);
  });

  it('ask the threads that have callbacks, and not the one that asks', () => {
    const { leases, requests } = newRequests();
    const [own, second, third] = [1, 2, 3].map(id => leases.acquire(id)!);
    requests.join(own!);
    assert.equal(requests.ask(own), undefined);
    requests.join(third!);
    assert.deepEqual(idsOf(requests.ask(own)!.waited), [3]);
    assert.deepEqual(idsOf(requests.ask(second)!.waited), [1, 3]);
    assert.deepEqual(idsOf(requests.ask(undefined)!.waited), [1, 3]);
    assert.equal(requests.current(), 3);
  });

  for (const start of [0, 0x7fff_fffe, -2]) {
    it(`after number ${start} are pending until they are answered, or given up`, () => {
      const { leases, requests } = newRequests(start);
      const lease = leases.acquire(2)!;
      requests.join(lease);
      const [thread, request] = [leases.read(0)!, requests.ask(undefined)!];
      assert.equal(request.number, (start + 1) | 0);
      assert.equal(requests.isPending(thread, request.number), true);
      assert.equal(requests.isOverdue(thread), false);
      requests.giveUp(thread, request.number);
      assert.equal(requests.isOverdue(thread), true);
      const second = requests.ask(undefined)!;
      assert.deepEqual([idsOf(second.waited), idsOf(second.overdue)], [[], [2]]);
      assert.equal(requests.answer(lease, request.number), true);
      assert.equal(requests.answer(lease, request.number), false, 'nobody has to be told twice');
      assert.equal(requests.answer(lease, start), false, 'an answer is not taken back');
      assert.equal(requests.isOverdue(thread), false);
      assert.deepEqual(
        [request, second].map(({ number }) => requests.isPending(thread, number)),
        [false, true],
      );
      assert.deepEqual(idsOf(requests.ask(undefined)!.waited), [2]);
    });
  }

  it('end with the callbacks, or the lease, of the thread that was asked', () => {
    const { leases, requests } = newRequests();
    const [second, third] = [2, 3].map(id => leases.acquire(id)!);
    for (const lease of [second!, third!]) requests.join(lease);
    const { number, waited } = requests.ask(undefined)!;
    requests.leave(second!);
    leases.release(third!);
    assert.deepEqual(
      waited.map(lease => requests.isPending(lease, number)),
      [false, false],
    );
    assert.equal(requests.ask(undefined), undefined);
  });

  it('are owed by nobody who got callbacks after them', () => {
    const { leases, requests } = newRequests();
    const [second, third] = [2, 3].map(id => leases.acquire(id)!);
    requests.join(second!);
    const { number } = requests.ask(undefined)!;
    requests.join(third!);
    assert.equal(requests.isPending(leases.read(1)!, number), false);
  });

  it('are compared by their distance', () => {
    assert.deepEqual(
      [isAfter(2, 1), isAfter(1, 1), isAfter(1, 2), isAfter(-0x8000_0000, 0x7fff_ffff)],
      [true, false, false, true],
    );
  });
});
