import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Attachment } from '../../../src/memory/attachment.js';
import type { CollectChannel } from '../../../src/memory/collect-channel.js';
import type { Collected, Collectors } from '../../../src/memory/collectors.js';
import { attach, newArena } from './arenas.js';
import { aliveUntil, newGate } from './gate.js';
import type { Gate } from './gate.js';

/** Longer than the tests may take: a scrape that ends has not ended because of it. */
const LONG_MS = 60_000;
const LIMITS = { timeout: 50_000 };

function add(collectors: Collectors, run: () => unknown, family = 'f'): () => void {
  return collectors.add({ family, run, failed: () => undefined });
}

function isChannelOpen(collectors: Collectors): boolean {
  return (collectors as unknown as { channel: CollectChannel }).channel.isOpen;
}

function lateIds({ late }: Collected): number[] {
  return late.map(thread => thread.threadId);
}

/** A scrape whose time is over as soon as `isBegun` is open. */
async function collectUntil(test: TestContext, collectors: Collectors, isBegun: Gate): Promise<Collected> {
  test.mock.timers.enable({ apis: ['setTimeout'] });
  const collected = collectors.collect(100);
  await aliveUntil(isBegun.promise);
  test.mock.timers.tick(100);
  test.mock.timers.reset();
  return collected;
}

describe('a scrape', LIMITS, () => {
  it('without callbacks in any thread opens no channel and asks nobody', async test => {
    const arena = newArena();
    const [one, two] = [attach(test, arena, 1), attach(test, arena, 2)];
    assert.deepEqual(await one.collectors.collect(LONG_MS), { late: [], failures: [], lateFamilies: [] });
    assert.deepEqual([isChannelOpen(one.collectors), isChannelOpen(two.collectors)], [false, false]);
    assert.equal(one.collectors.requests.current(), 0);
  });

  it('of the only thread with callbacks runs them, and asks nobody', async test => {
    const { collectors } = attach(test, newArena(), 1);
    let runs = 0;
    add(collectors, () => void runs++);
    assert.deepEqual(lateIds(await collectors.collect(LONG_MS)), []);
    assert.deepEqual([runs, collectors.requests.current()], [1, 0]);
  });

  it('waits for callbacks of all threads, those that take time too', async test => {
    const arena = newArena();
    const threads = [1, 2, 3, 4].map(id => attach(test, arena, id));
    const runs = [0, 0, 0, 0];
    threads.slice(0, 3).forEach(({ collectors }, i) => {
      add(collectors, async () => {
        await setImmediate();
        runs[i]!++;
      });
    });
    for (const scraper of [threads[0]!, threads[3]!]) {
      assert.deepEqual(lateIds(await scraper.collectors.collect(LONG_MS)), []);
    }
    assert.deepEqual(runs, [2, 2, 2, 0]);
  });

  it('meets others: each is served by runs that began after it', async test => {
    const arena = newArena();
    const [one, two, three] = [1, 2, 3].map(id => attach(test, arena, id).collectors);
    let asked = 0;
    let running = 0;
    const begunAt: number[] = [];
    add(three!, async () => {
      assert.equal(++running, 1);
      begunAt.push(asked);
      await setImmediate();
      running--;
    });
    const scrapes = [one!, two!, one!, two!].map(async collectors => {
      const number = ++asked;
      const { late } = await collectors.collect(LONG_MS);
      assert.deepEqual(late, []);
      assert.ok(begunAt.at(-1)! >= number, `scrape ${number} got a run of ${begunAt.at(-1)}`);
    });
    await Promise.all(scrapes);
    assert.ok(begunAt.length <= 4);
  });

  it('goes on without a thread that is late, and does not wait for it again until it has answered', async test => {
    const arena = newArena();
    const [scraper, slow] = [attach(test, arena, 1), attach(test, arena, 2)];
    const [begun, gate] = [newGate(), newGate()];
    let runs = 0;
    add(slow.collectors, () => {
      begun.open();
      return ++runs === 1 ? gate.promise : undefined;
    });
    const [late, ...others] = (await collectUntil(test, scraper.collectors, begun)).late;
    assert.deepEqual([late!.threadId, others.length], [2, 0]);
    assert.ok(late!.waitedMs > 0 && late!.heartbeatAgeMs >= 0);
    // No deadline could end this one within the test.
    const again = await scraper.collectors.collect(LONG_MS);
    assert.deepEqual(
      again.late.map(({ threadId, waitedMs }) => [threadId, waitedMs]),
      [[2, 0]],
    );
    gate.open();
    while (scraper.collectors.requests.isOverdue(scraper.leases.read(1)!)) await setImmediate();
    assert.deepEqual(lateIds(await scraper.collectors.collect(LONG_MS)), []);
    assert.ok(runs >= 2);
  });

  it('runs the other callbacks of a thread in which one never settles', async test => {
    const arena = newArena();
    const [scraper, stuck] = [attach(test, arena, 1), attach(test, arena, 2)];
    const begun = [newGate(), newGate()];
    let runs = 0;
    add(stuck.collectors, () => new Promise(() => undefined));
    add(stuck.collectors, () => begun[runs++]!.open());
    await collectUntil(test, scraper.collectors, begun[0]!);
    assert.deepEqual(lateIds(await scraper.collectors.collect(LONG_MS)), [2]);
    await aliveUntil(begun[1]!.promise);
    assert.equal(runs, 2);
  });

  const ENDS: Readonly<Record<string, (waited: Attachment, parent: Attachment) => void>> = {
    'gives its lease back': waited => waited.detach(),
    'was terminated, as its parent sees': (_, parent) => parent.recover(2),
    'has no callbacks any more': waited => waited.collectors.close(),
  };
  for (const [how, end] of Object.entries(ENDS)) {
    it(`stops waiting for a thread that ${how}`, async test => {
      const arena = newArena();
      const [scraper, waited, parent] = [1, 2, 3].map(id => attach(test, arena, id));
      const begun = newGate();
      const remove = add(waited!.collectors, () => {
        begun.open();
        return new Promise(() => undefined);
      });
      const collected = scraper!.collectors.collect(LONG_MS);
      await begun.promise;
      if (how === 'has no callbacks any more') remove();
      else end(waited!, parent!);
      assert.deepEqual(lateIds(await collected), []);
    });
  }

  it('stops waiting for a thread of its own workers that was terminated', async test => {
    const arena = newArena();
    const scraper = attach(test, arena, 1);
    const dead = attach(test, arena, 2);
    add(dead.collectors, () => new Promise(() => undefined));
    const collected = scraper.collectors.collect(LONG_MS);
    scraper.recover(2);
    assert.deepEqual(lateIds(await collected), []);
  });

  it('ends with its attachment, and blames nobody', async test => {
    const arena = newArena();
    const [scraper, waited] = [attach(test, arena, 1), attach(test, arena, 2)];
    add(waited.collectors, () => new Promise(() => undefined));
    add(scraper.collectors, () => new Promise(() => undefined));
    const collected = scraper.collectors.collect(LONG_MS);
    scraper.detach();
    assert.deepEqual(await collected, { late: [], failures: [], lateFamilies: [] });
    assert.equal(waited.collectors.requests.isOverdue(waited.leases.read(1)!), false);
  });
});

describe('the callbacks of the thread that scrapes', LIMITS, () => {
  it('are named when they are late, and not waited for again until they have settled', async test => {
    const { collectors } = attach(test, newArena(), 7);
    const [gate, begun] = [newGate(), newGate()];
    let runs = 0;
    add(collectors, () => (++runs === 1 ? gate.promise : undefined), 'slow');
    add(collectors, () => begun.open(), 'quick');
    const first = await collectUntil(test, collectors, begun);
    assert.deepEqual([lateIds(first), first.lateFamilies], [[7], ['slow']]);
    assert.ok(first.late[0]!.waitedMs > 0);
    const second = await collectors.collect(LONG_MS);
    assert.deepEqual([lateIds(second), second.late[0]!.waitedMs], [[7], 0]);
    gate.open();
    await setImmediate();
    assert.deepEqual(lateIds(await collectors.collect(LONG_MS)), []);
  });

  it('are named when they fail', async test => {
    const { collectors } = attach(test, newArena(), 7);
    const error = new Error('no');
    let isBroken = true;
    add(collectors, () => (isBroken ? Promise.reject(error) : undefined), 'broken');
    assert.deepEqual((await collectors.collect(LONG_MS)).failures, [{ family: 'broken', error }]);
    isBroken = false;
    assert.deepEqual((await collectors.collect(LONG_MS)).failures, []);
  });

  it('run although it has no lease record; nobody else can ask for them', async test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const [other, anonymous] = [attach(test, arena, 1), attach(test, arena, 2)];
    let runs = 0;
    const remove = add(anonymous.collectors, () => void runs++);
    add(other.collectors, () => void runs++);
    await other.collectors.collect(LONG_MS);
    assert.equal(runs, 1);
    assert.deepEqual(lateIds(await anonymous.collectors.collect(LONG_MS)), []);
    assert.equal(runs, 3);
    remove();
    await anonymous.collectors.collect(LONG_MS);
    assert.equal(runs, 4);
  });

  it('that never settle have no lease to tell the heartbeat of, where there is none', async test => {
    const arena = newArena({ stripeCount: 1, leaseCount: 1 });
    const [, anonymous] = [attach(test, arena, 1), attach(test, arena, 2)];
    const begun = newGate();
    add(anonymous.collectors, () => {
      begun.open();
      return new Promise(() => undefined);
    });
    const { late } = await collectUntil(test, anonymous.collectors, begun);
    assert.deepEqual([late[0]!.threadId, late[0]!.heartbeatAgeMs], [2, 0]);
  });
});

describe('the channel', LIMITS, () => {
  it('is open while a thread is attached that has, or had, callbacks', test => {
    const attachment = attach(test, newArena(), 1);
    const { collectors } = attachment;
    const remove = add(collectors, () => undefined);
    assert.equal(isChannelOpen(collectors), true);
    remove();
    remove();
    attachment.detach();
    assert.equal(isChannelOpen(collectors), false);
  });
});
