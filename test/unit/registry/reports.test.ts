import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

describe('the cardinality report', () => {
  it('counts series against the limits, the largest family first', () => {
    const registry = new Registry({ seriesMax: 10, familySeriesMax: 5, familiesMax: 7 });
    const small = registry.counter({ name: 'small', help: 'S.', labelNames: ['a'] });
    const large = registry.gauge({ name: 'large', help: 'L.', labelNames: ['user_id', 'b'], seriesMax: 6 });
    registry.histogram({ name: 'bare', help: 'B.' });
    small.inc({ a: '1' });
    for (let i = 0; i < 5; i++) large.set({ user_id: `u${i}` }, i);
    assert.deepEqual(registry.cardinality(), {
      series: 7,
      seriesMax: 10,
      status: 'ok',
      families: 3,
      familiesMax: 7,
      byFamily: [
        { name: 'large', series: 5, seriesMax: 6, status: 'warning', suspiciousLabels: ['user_id'] },
        { name: 'small', series: 1, seriesMax: 5, status: 'ok', suspiciousLabels: [] },
        { name: 'bare', series: 1, seriesMax: 5, status: 'ok', suspiciousLabels: [] },
      ],
    });
    assert.deepEqual(Object.entries(registry.seriesByFamily()), [
      ['large', 5],
      ['small', 1],
      ['bare', 1],
    ]);
  });

  it('goes down with removals, and never above the limits', () => {
    const registry = new Registry({ familySeriesMax: 3 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const countOf = (): number => registry.seriesByFamily()['c']!;
    for (let i = 0; i < 10; i++) counter.inc({ a: `v${i}` });
    assert.equal(countOf(), 3);
    assert.equal(registry.cardinality().byFamily.find(family => family.name === 'c')!.status, 'critical');
    counter.remove('v0');
    counter.remove('v0');
    assert.equal(countOf(), 2);
    counter.reset();
    assert.equal(countOf(), 0);
    registry.clear();
    assert.deepEqual(registry.cardinality().byFamily, []);
  });

  it('knows families by any name', () => {
    const registry = new Registry();
    registry.counter({ name: '__proto__', help: 'P.' });
    registry.counter({ name: 'constructor', help: 'P.' });
    assert.deepEqual(Object.entries(registry.seriesByFamily()), [
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });

  it('counts what other threads have created', test => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', labelNames: ['a'] };
    const thread = new PlayedThread(test, registry.share(), 901);
    thread.counter(options, 'x').inc();
    assert.deepEqual(registry.seriesByFamily(), { c: 1 });
  });
});

describe('the memory report', () => {
  it('has what was needed so far against what there is, and what went wrong', () => {
    const registry = new Registry({ seriesMax: 100, familiesMax: 10, stripeBytes: 4_096 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const before = registry.memory();
    for (let i = 0; i < 50; i++) counter.inc({ a: `v${i}` });
    const after = registry.memory();
    assert.equal(after.reservedBytes, registry.share().arena.byteLength);
    assert.equal(after.cellBytes - before.cellBytes, 50 * 16);
    assert.deepEqual([after.slots - before.slots, after.slotsMax], [50, 220]);
    assert.ok(after.keyBytes > before.keyBytes && after.keyBytes < after.keyBytesMax);
    assert.ok(after.cellBytesMax <= 4_096);
    assert.deepEqual([after.retryLimitHits, after.lostBlocks], [0, 0]);
    counter.remove('v0');
    assert.equal(registry.memory().cellBytes, after.cellBytes, 'the largest amount so far');
  });
});

describe('the threads report', () => {
  it('names the threads that are attached, and the age of their heartbeats', test => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 10_000 });
    const registry = new Registry({ heartbeatMs: 100, threadsMax: 2 });
    registry.counter({ name: 'c', help: 'C.' });
    const collects = { hasCollectCallbacks: false, isCollectLate: false };
    const own = { threadId: 0, stripe: 1, heartbeatAgeMs: 0, attachedAgeMs: 0, ...collects };
    assert.deepEqual(registry.threads(), [own]);
    const [second, third] = [901, 902].map(threadId => new PlayedThread(test, registry.share(), threadId));
    assert.deepEqual(
      registry.threads().map(thread => [thread.threadId, thread.stripe]),
      [
        [0, 1],
        [901, 2],
        [902, 0],
      ],
    );
    test.mock.timers.tick(100);
    test.mock.timers.tick(50);
    assert.deepEqual(
      registry.threads().map(thread => thread.heartbeatAgeMs),
      [50, 50, 50],
    );
    third!.attachment.detach();
    second!.attachment.detach();
    assert.deepEqual(registry.threads(), [{ ...own, heartbeatAgeMs: 50, attachedAgeMs: 150 }]);
    registry.close();
  });

  it('says which threads have collect callbacks, and which of them are late', test => {
    const registry = new Registry();
    const gauge = { name: 'g', help: 'G.', collect: () => undefined };
    registry.gauge(gauge);
    const thread = new PlayedThread(test, registry.share(), 903);
    const reported = (): unknown[] =>
      registry
        .threads()
        .map(({ hasCollectCallbacks, isCollectLate }) => [hasCollectCallbacks, isCollectLate]);
    assert.deepEqual(reported(), [
      [true, false],
      [false, false],
    ]);
    const { requests } = thread.attachment.collectors;
    const { number, waited } = requests.ask(thread.attachment.lease)!;
    requests.giveUp(waited[0]!, number);
    assert.deepEqual(reported(), [
      [true, true],
      [false, false],
    ]);
    registry.close();
  });
});
