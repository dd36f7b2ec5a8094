import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Registry, collectDefaultMetrics } from '../../../src/index.js';
import type { DefaultMetricsHandle, Gauge } from '../../../src/index.js';
import { newRegistry, samplesOf, textOf } from './collecting.js';

const successor = createRequire(import.meta.url)('@prometheus-io/client') as {
  collectDefaultMetrics: { metricsList: string[] };
};

function start(test: TestContext, registry: Registry, options = {}): DefaultMetricsHandle {
  const handle = collectDefaultMetrics({ register: registry, ...options });
  test.after(() => handle.stop());
  return handle;
}

async function scrape(registry: Registry): Promise<Record<string, number>> {
  return samplesOf(await registry.metrics());
}

const hasCallbacks = (registry: Registry): boolean => registry.threads()[0]!.hasCollectCallbacks;

describe('collectDefaultMetrics', () => {
  it('refuses what is no object, as prom-client does', () => {
    for (const config of [5, 'x', true, Symbol('x')])
      assert.throws(() => collectDefaultMetrics(config as never), {
        name: 'TypeError',
        message: `config must be null, undefined, or an object, not ${inspect(config)}`,
      });
  });

  it('names the groups that the successor of prom-client has', () => {
    assert.deepEqual(collectDefaultMetrics.metricsList, successor.collectDefaultMetrics.metricsList);
  });

  it('defines everything at once, with values before the first scrape', test => {
    const registry = newRegistry(test);
    start(test, registry, { prefix: 'app_' });
    const samples = samplesOf(textOf(registry));
    assert.ok(samples['app_process_cpu_seconds_total']! > 0);
    assert.ok(samples['app_nodejs_heap_size_used_bytes']! > 0);
    assert.ok(registry.getSingleMetric('app_nodejs_gc_duration_seconds') !== undefined);
    assert.ok(Object.keys(samples).every(name => name.startsWith('app_')));
  });

  it('reads the values when a scrape asks for them', async test => {
    // The time of a loop that has not turned yet is 0.
    await setImmediate();
    const registry = newRegistry(test);
    start(test, registry);
    const before = (await scrape(registry))['nodejs_eventloop_time_seconds_total{state="active"}']!;
    const after = (await scrape(registry))['nodejs_eventloop_time_seconds_total{state="active"}']!;
    assert.ok(after > before);
  });

  it('called again takes the place of the earlier call, and counts nothing twice', async test => {
    const registry = newRegistry(test);
    const first = start(test, registry);
    const families = registry.snapshot().families.length;
    const second = start(test, registry);
    assert.equal(registry.snapshot().families.length, families);
    first.stop();
    assert.equal(hasCallbacks(registry), true, 'the earlier handle ends nothing any more');
    const samples = await scrape(registry);
    const { active, idle } = performance.eventLoopUtilization();
    const counted =
      samples['nodejs_eventloop_time_seconds_total{state="active"}']! +
      samples['nodejs_eventloop_time_seconds_total{state="idle"}']!;
    assert.ok(counted <= (active + idle) / 1_000, `${counted} s of ${(active + idle) / 1_000} s`);
    assert.ok(samples['nodejs_heap_size_used_bytes']! > 0);
    second.stop();
    assert.equal(hasCallbacks(registry), false);
  });

  it('called for another registry object over the same memory takes the place of the earlier call, too', async test => {
    await setImmediate();
    const registry = newRegistry(test);
    const earlier = start(test, registry);
    const other = Registry.attach(structuredClone(registry.share()));
    test.after(() => other.close());
    start(test, other);
    earlier.stop();
    const active = 'nodejs_eventloop_time_seconds_total{state="active"}';
    const samples = await scrape(other);
    assert.ok(samples['nodejs_heap_size_used_bytes']! > 0);
    assert.ok(samples[active]! * 1_000 <= performance.eventLoopUtilization().active, 'it is counted once');
  });

  it('called again with other options of what is there already says what is different', test => {
    const registry = newRegistry(test);
    start(test, registry);
    assert.throws(
      () => collectDefaultMetrics({ register: registry, gcDurationBuckets: [1] }),
      /nodejs_gc_duration_seconds.*buckets/,
    );
    assert.equal(hasCallbacks(registry), false, 'nothing is left half collected');
    start(test, registry);
    assert.equal(hasCallbacks(registry), true);
  });

  it('with two prefixes is two collections', async test => {
    const registry = newRegistry(test);
    start(test, registry, { prefix: 'a_' });
    start(test, registry, { prefix: 'b_' }).stop();
    const samples = await scrape(registry);
    assert.ok(samples['a_nodejs_heap_size_used_bytes']! > 0);
    assert.equal(samples['b_nodejs_heap_size_used_bytes'], 0);
    assert.ok(samples['b_process_resident_memory_bytes']! > 0);
  });

  it('begins again after the registry was cleared, or closed', async test => {
    const registry = newRegistry(test);
    start(test, registry);
    registry.clear();
    assert.deepEqual(await scrape(registry), {});
    start(test, registry);
    assert.ok((await scrape(registry))['process_cpu_seconds_total']! > 0);
    registry.close();
    start(test, registry);
    assert.ok((await scrape(registry))['process_cpu_seconds_total']! > 0);
    assert.ok((await scrape(registry))['nodejs_heap_size_used_bytes']! > 0);
  });

  it('goes on after a reset, with the totals of the process', async test => {
    const registry = newRegistry(test);
    start(test, registry);
    const before = (await scrape(registry))['process_cpu_seconds_total']!;
    registry.resetMetrics();
    const after = await scrape(registry);
    assert.ok(after['process_cpu_seconds_total']! >= before);
    assert.ok(Object.keys(after).some(name => name.startsWith('nodejs_version_info{')));
  });

  it('goes on with the other families of a group when one is removed', async test => {
    const registry = newRegistry(test);
    start(test, registry);
    const firsts = [
      ['process_cpu_user_seconds_total', 'process_resident_memory_bytes'],
      ['nodejs_heap_size_total_bytes', 'nodejs_heap_size_used_bytes'],
    ] as const;
    for (const [removed, other] of firsts) {
      registry.removeSingleMetric(removed);
      (registry.getSingleMetric(other) as Gauge).set(1);
      const samples = await scrape(registry);
      assert.equal(samples[removed], undefined);
      assert.ok(samples[other]! > 1, other);
    }
  });

  it('adds one listener for the exit, until it is stopped', test => {
    const registry = newRegistry(test);
    registry.snapshot(); // attaches the thread, which has a listener of its own
    const before = process.listenerCount('exit');
    const handles = [1, 2, 3].map(() => start(test, registry));
    const during = process.listenerCount('exit');
    for (const handle of handles) handle.stop();
    assert.deepEqual([during - before, process.listenerCount('exit') - before], [1, 0]);
  });
});

describe('the handle of default metrics', () => {
  it('ends the gauges of the thread; counts stay, and so does the process', async test => {
    const registry = newRegistry(test);
    const handle = start(test, registry);
    const before = await scrape(registry);
    handle.stop();
    handle.stop();
    const after = await scrape(registry);
    assert.equal(after['nodejs_heap_size_used_bytes'], 0);
    assert.equal(after['nodejs_heap_space_size_used_bytes{space="old"}'], undefined);
    const active = 'nodejs_eventloop_time_seconds_total{state="active"}';
    assert.ok(after[active]! >= before[active]!);
    assert.ok(after['process_resident_memory_bytes']! > 0);
    assert.deepEqual(await scrape(registry), after);
  });

  it('is ended by a using declaration', test => {
    const registry = newRegistry(test);
    collectDefaultMetrics({ register: registry })[Symbol.dispose]();
    assert.equal(hasCallbacks(registry), false);
  });

  it('of a registry that is closed by then writes nothing into the stripe that it had', test => {
    const registry = new Registry();
    const handle = collectDefaultMetrics({ register: registry });
    const token = registry.share();
    registry.close();
    const next = Registry.attach(token);
    test.after(() => next.close());
    start(test, next);
    const used = 'nodejs_heap_size_used_bytes';
    assert.ok(samplesOf(textOf(next))[used]! > 0);
    handle.stop();
    assert.ok(samplesOf(textOf(next))[used]! > 0);
  });

  it('is begun again with what had been counted', async test => {
    // The time of a loop that has not turned yet is 0.
    await setImmediate();
    const registry = newRegistry(test);
    start(test, registry).stop();
    const active = 'nodejs_eventloop_time_seconds_total{state="active"}';
    const before = (await scrape(registry))[active]!;
    start(test, registry);
    assert.ok((await scrape(registry))[active]! > before);
  });
});
