/** What was wrong once, each test named by its cause. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry, setExemplarSource } from '../../../src/index.js';
import { RECLAIM_PASS_BYTES } from '../../../src/memory/record-store.js';
import { samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const LABELLED = { help: 'x', labelNames: ['a'] } as const;

describe('own families of a registry with fewer label names than they have', () => {
  it('do not make recordings beyond a limit throw', async () => {
    const registry = new Registry({ labelsMax: 1, familySeriesMax: 1 });
    const counter = registry.counter({ ...LABELLED, name: 'c_total' });
    for (const a of ['1', '2', '3']) counter.inc({ a });
    const text = await registry.metrics();
    assert.match(text, /^c_total\{otel_metric_overflow="true"\} 2$/m);
    assert.match(
      text,
      /^threadtally_overflow_observations_total\{family="c_total",reason="family_limit"\} 2$/m,
    );
  });

  it('do not make recordings throw whose exemplar source fails', t => {
    t.after(() => setExemplarSource(undefined));
    setExemplarSource(() => {
      throw new Error('no span');
    });
    const registry = new Registry({ labelsMax: 1 });
    registry.counter({ name: 'c_total', help: 'x', enableExemplars: true }).inc(3);
    assert.equal(samples(registry)['c_total'], 3);
  });
});

describe('a pass over removed series', () => {
  it('ends at its limit of bytes, and the next one goes on', test => {
    const registry = new Registry({
      seriesMax: 400,
      familySeriesMax: 400,
      threadsMax: 2,
      stripeBytes: 64 << 20,
    });
    const { attachment } = new PlayedThread(test, registry.share(), 901);
    const { records } = attachment;
    const summary = registry.summary({ ...LABELLED, name: 's', maxAgeSeconds: 60 });
    for (let i = 0; i < 100; i++) summary.observe({ a: i }, 1);
    summary.removeMatching({ a: '0' });
    for (let i = 1; i < 100; i++) summary.remove({ a: i });
    const before = registry.memory();
    registry.safePoint();
    attachment.safePoint();
    const passes: number[] = [];
    for (;;) {
      const returned = records.reclaim();
      if (returned === 0) break;
      passes.push(returned);
    }
    const bytesEach = before.cellBytes / 100;
    assert.ok(passes.length > 100 / ((RECLAIM_PASS_BYTES / bytesEach) * 2), `${passes.length} passes`);
    assert.ok(Math.max(...passes) * bytesEach <= 2 * RECLAIM_PASS_BYTES, passes.join());
    assert.equal(
      passes.reduce((sum, returned) => sum + returned, 0),
      100,
    );
  });
});

describe('the native buckets of a series in a snapshot', () => {
  it('do not keep what another series has left behind them', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ ...LABELLED, name: 'h', native: true });
    for (let i = 0; i < 60; i++) histogram.observe({ a: 'wide' }, 1.01 ** i);
    histogram.observe({ a: 'narrow' }, 1);
    const rowOf = (index: number): number[] => {
      const { values, stride } = registry.snapshot().families[0]!;
      return [...values.subarray(index * stride, (index + 1) * stride)];
    };
    const before = rowOf(1);
    histogram.remove({ a: 'wide' });
    assert.deepEqual(rowOf(0), before);
  });
});

describe('closing a registry while it is scraped', () => {
  const closing = (t: TestContext): { registry: Registry; release: () => void } => {
    const registry = new Registry({ collectTimeoutMs: 60_000 });
    let release = (): void => {};
    const held = new Promise<void>(resolve => (release = resolve));
    registry.gauge({ name: 'g', help: 'x', collect: () => held });
    t.after(() => registry.close());
    return { registry, release };
  };

  it('fails the scrape, and does not attach the thread again', async t => {
    for (const read of ['metrics', 'render', 'getMetricsAsJSON'] as const) {
      const { registry, release } = closing(t);
      const token = registry.share();
      const other = Registry.attach(token);
      const pending = registry[read]();
      registry.close();
      release();
      await assert.rejects(pending, /^Error: the registry was closed while it was scraped$/);
      other.close();
      const watcher = new PlayedThread(t, token, 901);
      assert.deepEqual(
        watcher.attachment.leases.held().map(({ threadId }) => threadId),
        [901],
        read,
      );
    }
  });

  it('from one of its callbacks does not make it wait for the others', async t => {
    const { registry } = closing(t);
    registry.gauge({ name: 'closing', help: 'x', collect: () => registry.close() });
    await assert.rejects(registry.metrics(), /closed while it was scraped/);
  });
});

describe('a callback that awaits something and scrapes', () => {
  it('runs once for each scrape from outside', async () => {
    const registry = new Registry({ collectTimeoutMs: 60_000 });
    let runs = 0;
    registry.gauge({
      name: 'g',
      help: 'x',
      collect: async () => {
        runs++;
        await Promise.resolve();
        await registry.metrics();
      },
    });
    for (let scrapes = 1; scrapes <= 3; scrapes++) {
      await registry.metrics();
      assert.equal(runs, scrapes);
    }
    registry.close();
  });
});
