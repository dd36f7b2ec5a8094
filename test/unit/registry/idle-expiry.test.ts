import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { advanceTicks, monotonicTicks } from '../../../src/memory/coarse-clock.js';
import { HEADER_SEQUENCE_OFFSET, TICKS_PER_SECOND, U32_BYTES } from '../../../src/memory/layout.js';
import { LOOKS_PER_PERIOD, STALE_BEATS } from '../../../src/registry/idle-expiry.js';
import type { IdleExpiry } from '../../../src/registry/idle-expiry.js';
import { sampleLines, samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const BEAT_MS = 1_000;
const PERIOD_SECONDS = 80;
const labelNames = ['a'] as const;
const COUNTER = { name: 'c', help: 'C.', labelNames, idleExpirySeconds: PERIOD_SECONDS };
const GAUGE = { ...COUNTER, name: 'g' };
const HISTOGRAM = { ...COUNTER, name: 'h', buckets: [1, 2] };

/** A registry, and the thread that sweeps it; its clock is the test's. */
class Scene {
  readonly registry: Registry;
  readonly thread: PlayedThread;
  readonly expiry: IdleExpiry;
  private nowMs = 5_000;

  constructor(test: TestContext, options = {}) {
    this.registry = new Registry({ heartbeatMs: BEAT_MS, ...options });
    this.thread = new PlayedThread(test, this.registry.share(), 901);
    this.expiry = this.thread.engine.expiry;
  }

  /** Lets time pass, with a beat of the sweeper in every second; returns how many series were removed. */
  pass(seconds: number): number {
    let removed = 0;
    for (let i = 0; i < seconds; i++) {
      this.nowMs += 1_000;
      removed += this.expiry.sweep(this.nowMs);
    }
    return removed;
  }

  /** One beat after a pause of the sweeper. */
  jump(seconds: number): number {
    this.nowMs += seconds * 1_000;
    return this.expiry.sweep(this.nowMs);
  }
}

describe('a series of a family whose idle series expire', () => {
  it('is removed when its value has not changed for the whole time, and created again by its next recording', test => {
    const scene = new Scene(test);
    const counter = scene.registry.counter(COUNTER);
    const handle = counter.labels('x');
    handle.inc(5);
    assert.equal(scene.pass(PERIOD_SECONDS), 0);
    assert.deepEqual(samples(scene.registry), { 'c{a="x"}': 5 });
    // A quarter of the time for the looks: one in which the change is seen, one in which the time has gone by.
    assert.equal(scene.pass(PERIOD_SECONDS / 4), 1);
    assert.deepEqual(sampleLines(scene.registry), []);
    assert.equal(scene.registry.cardinality().series, 0);
    handle.inc();
    assert.deepEqual(samples(scene.registry), { 'c{a="x"}': 1 });
  });

  it('stays as long as its value changes within the time, however little', test => {
    const scene = new Scene(test);
    const counter = scene.registry.counter(COUNTER);
    const gauge = scene.registry.gauge(GAUGE);
    const histogram = scene.registry.histogram(HISTOGRAM);
    const CHANGES: readonly (() => void)[] = [
      () => counter.inc({ a: 'x' }, 0.001),
      () => gauge.inc({ a: 'x' }, -0.001),
      () => histogram.observe({ a: 'x' }, 0),
    ];
    for (let round = 0; round < 5; round++) {
      for (const change of CHANGES) change();
      assert.equal(scene.pass(PERIOD_SECONDS - 20), 0);
    }
    assert.equal(scene.pass(PERIOD_SECONDS * 2), 3);
  });

  it('is idle by its observations, not by quantiles that change with time alone', test => {
    const scene = new Scene(test);
    const summary = scene.registry.summary({ ...COUNTER, name: 's', maxAgeSeconds: PERIOD_SECONDS });
    const native = scene.registry.histogram({ ...COUNTER, name: 'n', native: true });
    for (const a of ['busy', 'idle']) {
      summary.observe({ a }, 0);
      native.observe({ a }, 0);
    }
    const { arena } = scene.thread.attachment;
    for (let round = 0; round < 3; round++) {
      assert.equal(scene.pass(PERIOD_SECONDS / 2), round < 2 ? 0 : 2, `round ${round}`);
      // The quantiles of the idle one become NaN on the way, which no look finds equal to the last.
      advanceTicks(arena, monotonicTicks() + (round + 1) * PERIOD_SECONDS * TICKS_PER_SECOND);
      // Observing 0 leaves the sum as it is; the count does not stay.
      summary.observe({ a: 'busy' }, 0);
      native.observe({ a: 'busy' }, 0);
    }
    assert.deepEqual([summary.value({ a: 'idle' }), native.value({ a: 'idle' })], [undefined, undefined]);
    assert.deepEqual([summary.value({ a: 'busy' })?.count, native.value({ a: 'busy' })?.count], [4, 4]);
  });

  it('goes by its own values where sequence numbers wrap, beside series that were never recorded', test => {
    const scene = new Scene(test);
    const counter = scene.registry.counter(COUNTER);
    const { words } = scene.thread.attachment.arena;
    Atomics.store(words, HEADER_SEQUENCE_OFFSET / U32_BYTES, 2 ** 31 - 3);
    const busy = ['a', 'b', 'c', 'd'].map(a => counter.labels(a));
    const idle = counter.labels('e');
    idle.inc();
    // Asked for, and never recorded into: listed beside the others.
    counter.labels('hidden');
    for (let round = 0; round < 4; round++) {
      for (const handle of busy) handle.inc();
      scene.pass(PERIOD_SECONDS / 2);
    }
    assert.deepEqual(
      samples(scene.registry),
      Object.fromEntries(['a', 'b', 'c', 'd'].map(a => [`c{a="${a}"}`, 4])),
    );
    assert.equal(scene.registry.cardinality().series, 4);
  });

  it('is looked at in every value that it has', test => {
    const scene = new Scene(test);
    const histogram = scene.registry.histogram(HISTOGRAM);
    histogram.observe({ a: 'busy' }, 0.5);
    histogram.observe({ a: 'idle' }, 0.5);
    for (let round = 0; round < 3; round++) {
      scene.pass(PERIOD_SECONDS / 2);
      // The last bucket; the others stay as they are.
      histogram.observe({ a: 'busy' }, 5);
    }
    assert.deepEqual(
      sampleLines(scene.registry).filter(line => line.startsWith('h_count')),
      ['h_count{a="busy"} 4'],
    );
  });

  it('is idle when a gauge is set to the value that it has, NaN too', test => {
    const scene = new Scene(test);
    const gauge = scene.registry.gauge(GAUGE);
    for (let second = 0; second < PERIOD_SECONDS; second++) {
      gauge.set({ a: 'x' }, 5);
      gauge.set({ a: 'nan' }, NaN);
      gauge.set({ a: 'moves' }, second % 20 < 10 ? 1 : 2);
      scene.pass(1);
    }
    assert.equal(scene.pass(20), 2);
    assert.deepEqual(samples(scene.registry), { 'g{a="moves"}': 2 });
  });

  it('is idle when no live thread has set the gauge, and when nothing was recorded by its handle', test => {
    const scene = new Scene(test);
    const worker = new PlayedThread(test, scene.registry.share(), 902);
    worker.gauge(GAUGE, 'dead').set(5);
    scene.registry.gauge(GAUGE).labels('asked');
    const used = scene.registry.gauge(GAUGE).labels('used');
    scene.pass(PERIOD_SECONDS / 2);
    worker.attachment.detach();
    scene.pass(PERIOD_SECONDS / 4);
    used.set(1);
    assert.equal(scene.pass(PERIOD_SECONDS / 2), 1, 'the one that was asked for');
    assert.deepEqual(scene.registry.seriesByFamily(), { g: 2 });
    assert.equal(scene.pass(PERIOD_SECONDS / 4 + 10), 1, 'the end of the thread was a change');
    assert.deepEqual(samples(scene.registry), { 'g{a="used"}': 1 });
  });

  it('is not kept by its initialisation', test => {
    const scene = new Scene(test);
    scene.registry.gauge(GAUGE).init('x');
    scene.registry.counter(COUNTER).init('x');
    assert.equal(scene.pass(PERIOD_SECONDS * 1.25), 2);
  });

  it('is judged by its threads when it is shown by thread', test => {
    const scene = new Scene(test);
    const options = { ...GAUGE, aggregator: 'thread' } as const;
    const worker = new PlayedThread(test, scene.registry.share(), 902);
    const theirs = worker.gauge(options, 'x');
    scene.registry.gauge(options).set({ a: 'x' }, 1);
    scene.registry.gauge(options).set({ a: 'idle' }, 1);
    theirs.set(1);
    scene.pass(PERIOD_SECONDS / 2);
    theirs.set(2);
    assert.equal(scene.pass(PERIOD_SECONDS * 0.75), 1);
    assert.equal(sampleLines(scene.registry).length, 2);
    worker.attachment.detach();
    assert.equal(scene.pass(PERIOD_SECONDS / 2), 0);
  });

  it('is counted from its own beginning when it takes the place of another', test => {
    const scene = new Scene(test);
    const counter = scene.registry.counter(COUNTER);
    for (let round = 0; round < 10; round++) {
      counter.inc({ a: 'x' });
      assert.equal(scene.pass(PERIOD_SECONDS / 2), 0);
      counter.remove('x');
    }
    counter.inc({ a: 'x' });
    assert.equal(scene.pass(PERIOD_SECONDS), 0);
  });
});

describe('idle expiry', () => {
  it('leaves overflow series, families without labels, and families that do not ask for it', test => {
    const scene = new Scene(test, { familySeriesMax: 1 });
    const { registry } = scene;
    registry.counter({ name: 'bare', help: 'B.', idleExpirySeconds: PERIOD_SECONDS }).inc();
    registry.counter({ name: 'stays', help: 'S.', labelNames }).inc({ a: 'x' });
    for (const a of ['x', 'y']) registry.counter(COUNTER).inc({ a });
    assert.equal(scene.pass(PERIOD_SECONDS * 3), 1);
    const found = samples(registry);
    assert.deepEqual([found['bare'], found['stays{a="x"}'], found['c{a="x"}']], [1, 1, undefined]);
    assert.equal(found['c{otel_metric_overflow="true"}'], 1);
  });

  it('keeps the time of each family', test => {
    const scene = new Scene(test);
    for (const idleExpirySeconds of [10, 100]) {
      const name = `c${idleExpirySeconds}`;
      scene.registry.counter({ name, help: 'C.', labelNames, idleExpirySeconds }).inc({ a: 'x' });
    }
    scene.pass(30);
    assert.deepEqual(samples(scene.registry), { 'c100{a="x"}': 1 });
    scene.pass(100);
    assert.deepEqual(samples(scene.registry), {});
  });

  it('looks a few times in the period and not with every beat, but not more often than it beats', test => {
    const scene = new Scene(test);
    scene.registry.counter(COUNTER).inc({ a: 'x' });
    const looks = test.mock.method(scene.thread.engine.snapshots, 'takeOf').mock;
    scene.pass(1 + PERIOD_SECONDS);
    assert.equal(looks.callCount(), 1 + LOOKS_PER_PERIOD);
    const brief = new Scene(test);
    brief.registry.counter({ ...COUNTER, idleExpirySeconds: 0.001 }).inc({ a: 'x' });
    assert.deepEqual([brief.pass(1), brief.pass(1)], [0, 1]);
  });

  it('does not take one long pause of the sweeper for an idle time', test => {
    const scene = new Scene(test);
    scene.registry.counter(COUNTER).inc({ a: 'x' });
    scene.pass(PERIOD_SECONDS / 2);
    assert.equal(scene.jump(PERIOD_SECONDS * 100), 0, 'a gauge may have moved and come back meanwhile');
    assert.equal(scene.pass(PERIOD_SECONDS), 1);
  });

  it('costs a thread nothing but a look at one word where no family asks for it', test => {
    const scene = new Scene(test);
    scene.registry.counter({ name: 'c', help: 'C.', labelNames }).inc({ a: 'x' });
    const families = test.mock.method(scene.thread.engine.catalogue, 'families').mock;
    const held = test.mock.method(scene.thread.attachment.leases, 'held').mock;
    scene.expiry.beat(0);
    assert.deepEqual([families.callCount(), held.callCount()], [0, 0]);
    scene.registry.counter({ ...COUNTER, name: 'd' });
    scene.expiry.beat(0);
    assert.equal(held.callCount(), 1);
  });

  it('runs with the heartbeat, when no scrape ever comes, and ends with the registry', test => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 10_000 });
    let nowMs = 0;
    test.mock.method(performance, 'now', () => nowMs);
    const beat = (times: number): void => {
      for (let i = 0; i < times; i++) {
        nowMs += BEAT_MS;
        test.mock.timers.tick(BEAT_MS);
      }
    };
    const registry = new Registry({ heartbeatMs: BEAT_MS });
    const counter = registry.counter({ ...COUNTER, idleExpirySeconds: 8 });
    const handle = counter.labels('x');
    handle.inc();
    beat(8);
    assert.equal(registry.cardinality().series, 1);
    beat(2);
    assert.equal(registry.cardinality().series, 0);
    assert.notEqual(counter.labels('x'), handle, 'its handle is dropped with the same beat');
    counter.inc({ a: 'y' });
    const other = new PlayedThread(test, registry.share(), 901);
    registry.close();
    beat(8);
    assert.equal(other.attachment.records.reservations.seriesCount(), 2, 'the next thread begins to look');
    beat(8);
    assert.equal(other.attachment.records.reservations.seriesCount(), 0);
  });
});

describe('the thread that removes idle series', () => {
  const NOW_MS = 1_000_000;

  /** Threads that were attached one after the other, and beat at NOW_MS. */
  function threadsOf(test: TestContext, count: number): PlayedThread[] {
    const registry = new Registry({ heartbeatMs: BEAT_MS, threadsMax: 2 });
    const token = registry.share();
    registry.close();
    const threads = Array.from({ length: count }, (_, i) => new PlayedThread(test, token, 901 + i));
    for (const thread of threads) beatAt(thread, NOW_MS);
    return threads;
  }

  function beatAt({ attachment }: PlayedThread, wallMs: number): void {
    attachment.leases.beat(attachment.lease!, wallMs);
  }

  function sweepers(threads: readonly PlayedThread[], wallMs = NOW_MS): boolean[] {
    return threads.map(thread => thread.engine.expiry.isSweeper(wallMs));
  }

  it('is the one that was attached first, and after its end the next', test => {
    const threads = threadsOf(test, 3);
    assert.deepEqual(sweepers(threads), [true, false, false]);
    threads[0]!.attachment.detach();
    assert.deepEqual(sweepers(threads), [false, true, false]);
    const { arena } = threads[1]!.attachment;
    const next = new PlayedThread(test, { arena: arena.buffer, settings: threads[1]!.engine.settings }, 999);
    assert.equal(next.attachment.lease!.index, 0, 'it has the record of the first');
    beatAt(next, NOW_MS);
    assert.deepEqual(sweepers([...threads.slice(1), next]), [true, false, false]);
  });

  it('is another while its heart does not beat', test => {
    const threads = threadsOf(test, 3);
    const laterMs = NOW_MS + STALE_BEATS * BEAT_MS;
    for (const thread of threads.slice(1)) beatAt(thread, laterMs);
    assert.deepEqual(sweepers(threads, laterMs - 1), [true, false, false]);
    // The first does not know yet that it was late, and sweeps too: harmless, as each goes by what it has seen.
    assert.deepEqual(sweepers(threads, laterMs), [true, true, false]);
    beatAt(threads[0]!, laterMs);
    assert.deepEqual(sweepers(threads, laterMs), [true, false, false]);
  });

  it('is none that has nobody to do it, and none without a lease', test => {
    const [first, second] = threadsOf(test, 2);
    first!.engine.close();
    assert.deepEqual(sweepers([second!]), [true]);
    second!.attachment.detach();
    assert.deepEqual(sweepers([second!]), [false]);
  });

  it('starts the time again when it takes over', test => {
    const [first, second] = threadsOf(test, 2) as [PlayedThread, PlayedThread];
    first.counter(COUNTER, 'x').inc();
    const stepMs = (PERIOD_SECONDS * 1_000) / LOOKS_PER_PERIOD;
    let nowMs = 0;
    const beat = (thread: PlayedThread, times: number): void => {
      for (let i = 0; i < times; i++) thread.engine.expiry.beat((nowMs += stepMs), NOW_MS);
    };
    const count = (): number => second.attachment.records.reservations.seriesCount();
    beat(first, LOOKS_PER_PERIOD - 1);
    beat(second, LOOKS_PER_PERIOD * 2);
    assert.equal(count(), 1, 'the second does not look while the first does');
    first.attachment.detach();
    beat(second, LOOKS_PER_PERIOD);
    assert.equal(count(), 1);
    beat(second, 1);
    assert.equal(count(), 0);
  });

  it('forgets what it has seen when another takes over', test => {
    const [first, second] = threadsOf(test, 2) as [PlayedThread, PlayedThread];
    first.counter(COUNTER, 'x').inc();
    const stepMs = (PERIOD_SECONDS * 1_000) / LOOKS_PER_PERIOD;
    const lateMs = NOW_MS + STALE_BEATS * BEAT_MS;
    let nowMs = 0;
    for (let i = 0; i < LOOKS_PER_PERIOD; i++) second.engine.expiry.beat((nowMs += stepMs), lateMs);
    beatAt(first, lateMs);
    second.engine.expiry.beat((nowMs += stepMs), lateMs);
    assert.equal(second.attachment.records.reservations.seriesCount(), 1);
    second.engine.expiry.beat((nowMs += stepMs), lateMs + STALE_BEATS * BEAT_MS);
    assert.equal(second.attachment.records.reservations.seriesCount(), 1, 'it looks for the first time');
  });
});
