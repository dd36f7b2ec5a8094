/** State sets and infos that several threads set at once, on real workers: every scrape shows one state, one label set. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { sampleLines } from '../unit/sample-lines.js';
import { BUILD, PHASE } from './setting-worker.js';
import type { SettingTask } from './setting-worker.js';

silenceWarnings();

const SCRAPES = 3_000;
/** Seen so many times, the others were at work while this thread scraped. */
const CHANGES = 20;
/** For a machine whose cores are busy with something else. */
const SCRAPES_MAX = 1_000_000;

class Setters {
  /** Small, so that slots are used again; one that finds none while a thread is paused shows overflow, which is one too. */
  readonly registry = new Registry({ seriesMax: 500, familiesMax: 10 });
  private readonly control = new Int32Array(new SharedArrayBuffer(4));
  private readonly workers: Worker[] = [];

  async start(target: SettingTask['target'], count: number): Promise<void> {
    for (let id = 1; id <= count; id++) {
      const control = this.control.buffer as SharedArrayBuffer;
      const workerData: SettingTask = { token: this.registry.share(), target, control, id };
      this.workers.push(new Worker(new URL('./setting-worker.js', import.meta.url), { workerData }));
    }
    await Promise.all(this.workers.map(worker => once(worker, 'message')));
  }

  /** Scrapes until it has done so often enough and seen enough changes, or `isEnough` says so of what is active. */
  scrape(isEnough: (active: string[]) => boolean = () => false): { scrapes: number; changes: number } {
    let [last, changes, scrapes] = ['', 0, 0];
    for (; scrapes < SCRAPES_MAX; scrapes++) {
      const active = activeIn(this.registry);
      if (isEnough(active)) break;
      if (active[0] !== last) changes++;
      last = active[0]!;
      // Nothing is held here, and what the others replace can be reused.
      this.registry.safePoint();
      if (scrapes >= SCRAPES && changes >= CHANGES) break;
    }
    return { scrapes, changes };
  }

  async stop(): Promise<void> {
    const exits = this.workers.map(worker => once(worker, 'exit'));
    Atomics.store(this.control, 0, 1);
    await Promise.all(exits);
  }
}

/** The states and label sets that a scrape shows as 1; not the counter of overflows. */
function activeIn(registry: Registry): string[] {
  return sampleLines(registry).filter(line => line.endsWith(' 1') && !line.startsWith('threadtally_'));
}

function assertOne(active: string[]): boolean {
  assert.equal(active.length, 1, `active at once: ${JSON.stringify(active)}`);
  return false;
}

/** Scrapes while two threads set; they have ended when it resolves. */
async function setByTwo(target: SettingTask['target'], test: TestContext): Promise<Setters> {
  const setters = new Setters();
  await setters.start(target, 2);
  try {
    const { scrapes, changes } = setters.scrape(assertOne);
    test.diagnostic(`${scrapes} scrapes saw ${changes} changes`);
    assert.ok(changes >= CHANGES);
  } finally {
    await setters.stop();
  }
  return setters;
}

describe('a state set that two threads set', () => {
  it('has exactly one active state in every scrape of a third, and keeps the last when they end', async t => {
    const { registry } = await setByTwo('stateSet', t);
    const phase = registry.stateSet(PHASE);
    assertOne(activeIn(registry));
    phase.set('draining');
    assert.equal(phase.value(), 'draining');
    registry.close();
  });

  it('mutant: made of gauges, it is seen with two active states or none', async t => {
    const setters = new Setters();
    await setters.start('gauges', 1);
    try {
      const { scrapes } = setters.scrape(active => active.length !== 1);
      t.diagnostic(`seen in scrape ${scrapes}`);
      assert.ok(scrapes < SCRAPES_MAX, 'this test can see more states than one');
    } finally {
      await setters.stop();
      setters.registry.close();
    }
  });
});

describe('an info that two threads set', () => {
  it('shows exactly one label set in every scrape of a third, and the set of a third replaces them', async t => {
    const { registry } = await setByTwo('info', t);
    assertOne(activeIn(registry));
    assert.equal(registry.seriesByFamily()['build'], 1, 'what was replaced is gone');
    registry.info(BUILD).set({ version: 'last' });
    assert.deepEqual(activeIn(registry), ['build_info{version="last"} 1']);
    registry.close();
  });
});
