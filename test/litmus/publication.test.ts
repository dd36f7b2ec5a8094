/** Litmus: a series that another thread creates is seen whole or not at all. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { Slots } from '../../src/memory/slots.js';
import type { SlotFields } from '../../src/memory/slots.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { textOf } from './published-text.js';
import type { PublisherTask } from './publisher.js';

const COUNT = 20_000;

interface Seen {
  readonly counts: Record<'nothing yet' | 'its value' | 'wrong', number>;
  readonly scrapes: number;
}

/** Scrapes until every series is there, and judges each series of each scrape. */
async function scrapeWhileCreated(): Promise<Seen> {
  const registry = new Registry({
    seriesMax: COUNT + 10,
    familySeriesMax: COUNT + 10,
    keyBytes: COUNT * 256,
  });
  const task: PublisherTask = { token: registry.share(), count: COUNT };
  const worker = new Worker(new URL('./publisher.js', import.meta.url), { workerData: task });
  const exit = once(worker, 'exit');
  await once(worker, 'message');
  const counts = { 'nothing yet': 0, 'its value': 0, wrong: 0 };
  let scrapes = 0;
  for (let seen = 0; seen < COUNT; scrapes++) {
    const family = registry.snapshot().families.find(one => one.descriptor.name === 'created_total');
    seen = family?.series.length ?? 0;
    // Series seen in an earlier scrape are judged again at the end; in between, the newest are the ones at risk.
    for (let i = seen < COUNT ? Math.max(0, seen - 50) : 0; i < seen; i++) {
      const [id, text] = family!.series[i]!.labelValues();
      const value = family!.values[i]!;
      if (text !== textOf(Number(id))) counts.wrong++;
      else if (value === 0) counts['nothing yet']++;
      else if (value === Number(id)) counts['its value']++;
      else counts.wrong++;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  await exit;
  registry.close();
  return { counts, scrapes };
}

describe('a series that another thread creates', () => {
  test('has all its labels, and its value or none yet, in every scrape', async t => {
    const { counts, scrapes } = await scrapeWhileCreated();
    t.diagnostic(`${scrapes} scrapes, ${JSON.stringify(counts)}`);
    assert.equal(counts.wrong, 0);
    assert.ok(counts['its value'] >= COUNT, 'every series was seen with its value in the end');
  });

  test('mutant: shown before its key is written, it is seen without', () => {
    const registry = new Registry({ seriesMax: 10 });
    const { prototype } = Slots as unknown as {
      prototype: { fill(slot: SlotIndex, fields: SlotFields): void };
    };
    const { fill } = prototype;
    const labels: string[][] = [];
    prototype.fill = function (this: Slots, slot, fields): void {
      fill.call(this, slot, fields);
      this.publish(slot);
      this.show(slot);
      // The other thread's scrape, at the worst moment.
      for (const family of registry.snapshot().families) {
        for (const series of family.series) labels.push(series.labelValues());
      }
    };
    try {
      registry.counter({ name: 'created_total', help: 'Created.', labelNames: ['id'] }).inc({ id: 'x' });
    } catch {
      labels.push(['a scrape that fails']);
    } finally {
      prototype.fill = fill;
      registry.close();
    }
    assert.ok(
      labels.some(values => values[0] !== 'x'),
      'a half-written record can be seen',
    );
  });
});
