/** Collect requests: every moment at which threads ask, answer, take over a lease, or die. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Attachment } from '../../src/memory/attachment.js';
import { CollectCallbacks } from '../../src/memory/collect-callbacks.js';
import type { CollectRequest } from '../../src/memory/collect-requests.js';
import { CollectRequests } from '../../src/memory/collect-requests.js';
import { Collectors } from '../../src/memory/collectors.js';
import type { Arena } from '../../src/memory/arena.js';
import {
  HEADER_COLLECT_USED_OFFSET,
  LEASE_COLLECT_ANSWERED_OFFSET,
  LEASE_COLLECT_OVERDUE_OFFSET,
  LEASE_BYTES,
  LEASE_COLLECT_MARK_OFFSET,
  U32_BYTES,
} from '../../src/memory/layout.js';
import type { Lease, LeaseReading } from '../../src/memory/leases.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';
import { World } from './world.js';

/** A thread with one callback, and what that callback did. */
class Collecting {
  runs = 0;
  /** The count of requests that were made when the last run began. */
  begunAt = -1;

  constructor(
    readonly thread: Attachment,
    private readonly requests: () => number = () => 0,
  ) {}

  join(): void {
    this.thread.collectors.add({
      family: 'f',
      run: () => {
        this.begunAt = this.requests();
        // An access of its own, so that others meet the callback while it runs.
        Atomics.load(this.thread.arena.words, 0);
        this.runs++;
      },
      failed: error => {
        throw error as Error;
      },
    });
  }

  /** What its wake-up does. */
  wake(): void {
    this.thread.collectors.answer();
  }
}

function ask(thread: Attachment): CollectRequest | undefined {
  return thread.collectors.requests.ask(thread.lease);
}

function isPending(thread: Attachment, request: CollectRequest): boolean {
  return [...request.waited, ...request.overdue].some(lease =>
    thread.collectors.requests.isPending(lease, request.number),
  );
}

/** What a scrape does when its time is over. */
function endWaiting(thread: Attachment, request: CollectRequest): void {
  const collectors = thread.collectors as unknown as {
    lateOthers(request: CollectRequest, waitedMs: number): unknown;
  };
  collectors.lateOthers(request, 1);
}

function inWorld(threads: number, body: (world: World) => boolean): boolean {
  const world = new World(threads);
  try {
    return body(world);
  } finally {
    world.close();
  }
}

/** Stores a word of a lease, or of the header without one. */
function storeWord(arena: Arena, offset: number, value: number, lease?: Lease): void {
  const base = lease === undefined ? 0 : arena.regions.leasesOffset + lease.index * LEASE_BYTES;
  Atomics.store(arena.words, (base + offset) / U32_BYTES, value);
}

function arenaOf(requests: CollectRequests): Arena {
  return (requests as unknown as { arena: Arena }).arena;
}

describe('an answer', () => {
  const readWhileAnswering = (): number =>
    forEveryAccess(n =>
      inWorld(2, world => {
        const [scraper, collecting] = [world.thread(0), new Collecting(world.thread(1))];
        collecting.join();
        const request = ask(scraper)!;
        const check = (): void => {
          if (!isPending(scraper, request)) assert.equal(collecting.runs, 1, 'answered before the run');
        };
        const met = actAt(n, () => collecting.wake(), check);
        assert.equal(isPending(scraper, request), false, 'a woken thread answers');
        assert.equal(collecting.runs, 1);
        return met;
      }),
    );

  test('is seen only when the callbacks have run', () => {
    assert.ok(readWhileAnswering() > 3);
  });

  test('mutant: storing the answer before the callbacks run is caught', () => {
    const answerFirst = function (this: Collectors): void {
      const { requests, lease, callbacks } = this as unknown as {
        requests: CollectRequests;
        lease: Lease;
        callbacks: CollectCallbacks;
      };
      requests.answer(lease, requests.current());
      callbacks.wantFor(requests.current());
    };
    withMutant(Collectors.prototype, 'answer', answerFirst, () =>
      assert.throws(readWhileAnswering, assert.AssertionError),
    );
  });

  /** While a thread answers a first request, another scrape makes a second one. */
  const askWhileAnswering = (): number =>
    forEveryAccess(n =>
      inWorld(3, world => {
        let made = 0;
        const collecting = new Collecting(world.thread(1), () => made);
        collecting.join();
        const first = ask(world.thread(0))!;
        made++;
        let second: CollectRequest | undefined;
        const makeSecond = (): void => {
          second = ask(world.thread(2))!;
          made++;
        };
        const met = actAt(n, () => collecting.wake(), makeSecond);
        if (!met) makeSecond();
        const check = (): void => {
          assert.equal(isPending(world.thread(0), first), false);
          if (isPending(world.thread(2), second!)) return;
          assert.equal(collecting.begunAt, 2, 'a run that began before a request does not answer it');
        };
        check();
        collecting.wake();
        check();
        assert.equal(
          isPending(world.thread(2), second!),
          false,
          'the wake-up of a request leads to its answer',
        );
        assert.ok(collecting.runs <= 2, 'no more than one run for each request');
        return met;
      }),
    );

  test('to a request made meanwhile comes from a run that began after it', () => {
    assert.ok(askWhileAnswering() > 3);
  });

  test('mutant: answering whatever is asked when the run ends is caught', () => {
    const newest = function (this: CollectCallbacks): number {
      return (this as unknown as { owner: { currentRequest(): number } }).owner.currentRequest();
    };
    withMutant(CollectCallbacks.prototype, 'answerable', newest, () =>
      assert.throws(askWhileAnswering, assert.AssertionError),
    );
  });
});

describe('requests of several threads', () => {
  const askTogether = (): number =>
    forEveryAccess(n =>
      inWorld(3, world => {
        const collecting = new Collecting(world.thread(1));
        collecting.join();
        const others = (): void => {
          for (let i = 0; i < 2; i++) assert.ok(ask(world.thread(2)));
          collecting.wake();
        };
        let request: CollectRequest | undefined;
        const met = actAt(n, () => (request = ask(world.thread(0))), others);
        collecting.wake();
        assert.equal(isPending(world.thread(0), request!), false);
        const { runs } = collecting;
        const next = ask(world.thread(0))!;
        assert.equal(
          isPending(world.thread(0), next),
          true,
          'an earlier answer does not serve a later scrape',
        );
        collecting.wake();
        assert.equal(collecting.runs, runs + 1);
        return met;
      }),
    );

  test('never share an answer that was given before one of them', () => {
    assert.ok(askTogether() > 3);
  });

  test('mutant: counting requests without an exchange is caught', () => {
    const original = CollectRequests.prototype.ask;
    const askBlindly = function (this: CollectRequests, own: Lease | undefined): CollectRequest | undefined {
      const arena = arenaOf(this);
      const addToHeader = (offset: number, delta: number): number => {
        const before = Atomics.load(arena.words, offset / U32_BYTES);
        Atomics.store(arena.words, offset / U32_BYTES, before + delta);
        return before;
      };
      const blind = Object.create(arena, { addToHeader: { value: addToHeader } }) as Arena;
      return original.call(Object.assign(Object.create(this) as CollectRequests, { arena: blind }), own);
    };
    withMutant(CollectRequests.prototype, 'ask', askBlindly, () =>
      assert.throws(askTogether, assert.AssertionError),
    );
  });
});

describe('a thread that gets its first callback', () => {
  /** Thread 2 has callbacks already, so that a scrape looks at the leases. */
  const askWhileJoining = (): number =>
    forEveryAccess(n =>
      inWorld(3, world => {
        new Collecting(world.thread(2)).join();
        const [scraper, collecting] = [world.thread(0), new Collecting(world.thread(1))];
        let request: CollectRequest | undefined;
        const met = actAt(
          n,
          () => collecting.join(),
          () => (request = ask(scraper)),
        );
        request ??= ask(scraper);
        const own = request!.waited.find(lease => lease.threadId === 2);
        const isAnswered = own !== undefined && !scraper.collectors.requests.isPending(own, request!.number);
        if (isAnswered) assert.equal(collecting.runs, 1, 'answered without a run');
        collecting.wake();
        const next = ask(scraper)!;
        assert.ok(
          next.waited.some(lease => lease.threadId === 2),
          'it is waited for from then on',
        );
        return met;
      }),
    );

  test('is asked when it can answer, and not before', () => {
    assert.ok(askWhileJoining() >= 5);
  });

  test('mutant: showing the mark before the other words is caught', () => {
    const original = CollectRequests.prototype.join;
    const markFirst = function (this: CollectRequests, lease: Lease): void {
      storeWord(arenaOf(this), LEASE_COLLECT_MARK_OFFSET, lease.mark, lease);
      original.call(this, lease);
    };
    withMutant(CollectRequests.prototype, 'join', markFirst, () =>
      assert.throws(askWhileJoining, assert.AssertionError),
    );
  });

  test('is in the list of a scrape that looks meanwhile, or not, and is waited for only if it is', () => {
    const points = forEveryAccess(n =>
      inWorld(3, world => {
        new Collecting(world.thread(2)).join();
        const [scraper, collecting] = [world.thread(0), new Collecting(world.thread(1))];
        let request: CollectRequest | undefined;
        const met = actAt(
          n,
          () => (request = ask(scraper)),
          () => collecting.join(),
        );
        const own = request!.waited.find(lease => lease.threadId === 2);
        if (own !== undefined)
          assert.ok(scraper.collectors.requests.isPending(own, request!.number), 'it has not run yet');
        return met;
      }),
    );
    assert.ok(points > 5);
  });
});

describe('a thread that dies', () => {
  /** The scrape of thread 0 after thread 1 died in `operation`: it ends, before and after the death is seen. */
  const scrapeAfterDeath = (operation: (collecting: Collecting) => void, isJoined: boolean): number =>
    forEveryAccess(n =>
      inWorld(2, world => {
        const [scraper, collecting] = [world.thread(0), new Collecting(world.thread(1))];
        if (isJoined) collecting.join();
        const during = ask(scraper);
        const died = killAt(n, () => operation(collecting));
        const request = ask(scraper);
        if (request !== undefined) endWaiting(scraper, request);
        const next = ask(scraper);
        assert.deepEqual(next?.waited ?? [], [], 'it is waited for once');
        world.bury(1);
        for (const one of [during, request, next]) {
          if (one !== undefined) assert.equal(isPending(scraper, one), false, 'the dead are not waited for');
        }
        const successor = new Attachment(world.arena, 9);
        try {
          assert.equal(successor.lease!.index, 1, 'the lease of the dead is taken');
          assert.equal(ask(scraper), undefined, 'the successor has no callbacks');
          new Collecting(successor).join();
          const names = ask(scraper)!.waited.map((lease: LeaseReading) => lease.threadId);
          assert.deepEqual(names, [9], 'what the dead owed is not owed by its successor');
        } finally {
          successor.detach();
        }
        return died;
      }),
    );
  const joining = (): number => scrapeAfterDeath(collecting => collecting.join(), false);
  const answering = (): number => scrapeAfterDeath(collecting => collecting.wake(), true);

  test('while it gets its first callback holds up no scrape', () => {
    assert.ok(joining() >= 5);
  });

  test('while it answers holds up no scrape', () => {
    assert.ok(answering() > 3);
  });

  test('mutant: a mark of an earlier lease that counts is caught', () => {
    const anyMark = function (this: CollectRequests, lease: LeaseReading): boolean {
      const arena = arenaOf(this);
      const offset = arena.regions.leasesOffset + lease.index * LEASE_BYTES + LEASE_COLLECT_MARK_OFFSET;
      return Atomics.load(arena.words, offset / U32_BYTES) !== 0;
    };
    withMutant(CollectRequests.prototype, 'hasCallbacks', anyMark, () => {
      assert.throws(joining, assert.AssertionError);
      assert.throws(answering, assert.AssertionError);
    });
  });

  test('mutant: words of an earlier lease that are kept are caught', () => {
    const markOnly = function (this: CollectRequests, lease: Lease): void {
      storeWord(arenaOf(this), HEADER_COLLECT_USED_OFFSET, 1);
      storeWord(arenaOf(this), LEASE_COLLECT_MARK_OFFSET, lease.mark, lease);
    };
    withMutant(CollectRequests.prototype, 'join', markOnly, () =>
      assert.throws(answering, assert.AssertionError),
    );
  });

  test('mutant: waiting again for a thread that was given up is caught', () => {
    withMutant(
      CollectRequests.prototype,
      'isOverdue',
      () => false,
      () => assert.throws(answering, assert.AssertionError),
    );
  });
});

describe('giving up', () => {
  /** Thread 0 gives thread 1 up; at each access of that, thread 1 dies and thread 9 takes over its lease. */
  const takeOverMeanwhile = (): number =>
    forEveryAccess(n =>
      inWorld(2, world => {
        const scraper = world.thread(0);
        new Collecting(world.thread(1)).join();
        const request = ask(scraper)!;
        let successor: Attachment | undefined;
        const takeOver = (): void => {
          world.bury(1);
          successor = new Attachment(world.arena, 9);
          new Collecting(successor).join();
        };
        const met = actAt(n, () => endWaiting(scraper, request), takeOver);
        if (!met) takeOver();
        try {
          const names = ask(scraper)!.waited.map((lease: LeaseReading) => lease.threadId);
          assert.deepEqual(names, [9], 'the new owner of the lease is waited for');
        } finally {
          successor!.detach();
        }
        return met;
      }),
    );

  test('never gives up the next owner of the lease', () => {
    assert.ok(takeOverMeanwhile() > 3);
  });

  test('mutant: a successor that owes every request since the first is caught', () => {
    const owesAll = function (this: CollectRequests, lease: Lease): void {
      const arena = arenaOf(this);
      storeWord(arena, HEADER_COLLECT_USED_OFFSET, 1);
      storeWord(arena, LEASE_COLLECT_ANSWERED_OFFSET, 0, lease);
      storeWord(arena, LEASE_COLLECT_OVERDUE_OFFSET, 0, lease);
      storeWord(arena, LEASE_COLLECT_MARK_OFFSET, lease.mark, lease);
    };
    withMutant(CollectRequests.prototype, 'join', owesAll, () =>
      assert.throws(takeOverMeanwhile, assert.AssertionError),
    );
  });

  test('ends with the next answer', () => {
    inWorld(2, world => {
      const [scraper, collecting] = [world.thread(0), new Collecting(world.thread(1))];
      collecting.join();
      endWaiting(scraper, ask(scraper)!);
      const overdue = ask(scraper)!;
      assert.deepEqual([overdue.waited.length, overdue.overdue.length], [0, 1]);
      collecting.wake();
      assert.equal(isPending(scraper, overdue), false);
      assert.equal(ask(scraper)!.waited.length, 1);
      return true;
    });
  });
});
