import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { attachArena } from '../../../src/memory/arena.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET } from '../../../src/memory/layout.js';
import { ProcessCollector, VersionCollector } from '../../../src/runtime/process-collector.js';
import { ProcessReader } from '../../../src/runtime/process-reading.js';
import { newCollecting, newRegistry } from './collecting.js';
import { FakeProcess } from './proc-fixtures.js';

function newProcess(test: TestContext, source = new FakeProcess(), options = {}, registry?: Registry) {
  const collecting = newCollecting(test, options, registry);
  const collector = new ProcessCollector(collecting.families, new ProcessReader(source));
  return { ...collecting, source, collector };
}

describe('the metrics of the process', () => {
  it('are what the operating system says', test => {
    const { collector, samples } = newProcess(test);
    collector.collect();
    const { process_start_time_seconds: started, ...values } = samples();
    assert.ok(Math.abs(started! + 100 - Date.now() / 1_000) < 2);
    assert.deepEqual(values, {
      process_cpu_user_seconds_total: 1.5,
      process_cpu_system_seconds_total: 0.25,
      process_cpu_seconds_total: 1.75,
      process_resident_memory_bytes: 57_671_680,
      process_virtual_memory_bytes: 1_073_741_824,
      process_heap_bytes: 134_217_728,
      process_virtual_memory_max_bytes: Infinity,
      process_open_fds: 20,
      process_max_fds: 1_024,
      process_threads: 11,
      process_network_receive_bytes_total: 123_456_789,
      process_network_transmit_bytes_total: 987_654,
    });
  });

  it('are only those that the platform has', test => {
    const source = new FakeProcess();
    source.platform = 'win32';
    const { collector, samples } = newProcess(test, source);
    collector.collect();
    assert.deepEqual(Object.keys(samples()), [
      'process_cpu_user_seconds_total',
      'process_cpu_system_seconds_total',
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_resident_memory_bytes',
    ]);
  });

  it('have the prefix and the labels that were asked for', test => {
    const { collector, samples } = newProcess(test, undefined, { prefix: 'app_', labels: { zone: 'a' } });
    collector.collect();
    assert.ok(Object.keys(samples()).every(name => /^app_process_\w+\{zone="a"\}$/.test(name)));
  });

  it('never go down where they count, and follow the process where they do not', test => {
    const { collector, source, samples } = newProcess(test);
    collector.collect();
    source.cpu.user = 1_000_000;
    source.entries = 11;
    collector.collect();
    const values = samples();
    assert.equal(values['process_cpu_user_seconds_total'], 1.5);
    assert.equal(values['process_open_fds'], 10);
  });

  it('are not added up by a second collector of the same process', test => {
    const registry = newRegistry(test);
    const [a, b] = [newProcess(test, undefined, {}, registry), newProcess(test, undefined, {}, registry)];
    a.collector.collect();
    b.collector.collect();
    const values = b.samples();
    assert.equal(values['process_cpu_seconds_total'], 1.75);
    assert.equal(values['process_resident_memory_bytes'], 57_671_680);
  });

  it('are read by one of the collectors that are asked at the same time', test => {
    const registry = newRegistry(test);
    const source = new FakeProcess();
    const processes = [1, 2, 3].map(() => newProcess(test, source, {}, registry));
    source.reads = 0;
    for (const { collector } of processes) collector.collect();
    assert.equal(source.reads, 1);
  });

  it('keep a start time that does not move with the rounding of clocks', test => {
    const { collector, source, samples } = newProcess(test);
    collector.collect();
    const before = samples()['process_start_time_seconds'];
    source.uptimeSeconds += 0.9;
    collector.collect();
    assert.equal(samples()['process_start_time_seconds'], before);
  });

  it('do not make other families read the shared stripe, and add up over processes', async test => {
    const { collector, registry } = newProcess(test);
    collector.collect();
    const arena = attachArena(registry.share().arena);
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 0);
    const families = await registry.getMetricsAsJSON();
    const aggregatorOf = (name: string) => families.find(family => family.name === name)!.aggregator;
    assert.equal(aggregatorOf('process_resident_memory_bytes'), 'sum');
    assert.equal(aggregatorOf('process_start_time_seconds'), 'omit');
  });

  it('are refused a name that this thread has given to something else', test => {
    const registry = newRegistry(test);
    registry.counter({ name: 'process_cpu_seconds_total', help: 'Mine.' });
    assert.throws(
      () => newProcess(test, undefined, {}, registry),
      /A metric with the name process_cpu_seconds_total has already been registered\./,
    );
  });
});

describe('the version', () => {
  it('is that of Node.js, and is there again after a reset', test => {
    const { families, registry, samples } = newCollecting(test, { labels: { zone: 'a' } });
    const collector = new VersionCollector(families);
    collector.collect();
    const [major, minor, patch] = process.versions.node.split('.');
    const sample = `nodejs_version_info{version="${process.version}",major="${major}",minor="${minor}",patch="${patch}",zone="a"}`;
    assert.deepEqual(samples(), { [sample]: 1 });
    registry.resetMetrics();
    assert.deepEqual(samples(), {});
    collector.collect();
    assert.deepEqual(samples(), { [sample]: 1 });
  });
});
