/** Instrumentation libraries of OpenTelemetry as they come: what they record is in our metrics, from every thread. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { startMeterProvider } from '../../src/otel/index.js';
import { parseExposition } from '../../src/testing/index.js';
import type { ExpositionFamily, ExpositionSample } from '../../src/testing/index.js';
import { instrumented, serveRequests } from './instrumented-server.js';
import { readOpenMetrics, skip as noParser } from './openmetrics-parser.js';

const HTTP_SCOPE = '@opentelemetry/instrumentation-http';
const RUNTIME_SCOPE = '@opentelemetry/instrumentation-runtime-node';
/** Names, types and units of what the libraries record, in the terms of Prometheus. */
const RUNTIME: Readonly<Record<string, string>> = {
  nodejs_eventloop_delay_p99_seconds: 'gauge',
  nodejs_eventloop_time_seconds_total: 'counter',
  nodejs_eventloop_utilization_ratio: 'gauge',
  v8js_memory_heap_space_available_size_bytes: 'gauge',
  v8js_gc_duration_seconds: 'histogram',
};

const warnings: string[] = [];
process.on('warning', ({ name, message }) => {
  if (name === 'ThreadtallyWarning') warnings.push(message);
});
const registry = new Registry();

async function familiesNow(): Promise<Map<string, ExpositionFamily>> {
  return new Map(parseExposition(await registry.metrics()).map(family => [family.name, family]));
}

/** Counts of a histogram by the status of the response. */
function countsByStatus(family: ExpositionFamily | undefined): Record<string, number> {
  const counts = family!.samples.filter(({ name }) => name.endsWith('_count'));
  return Object.fromEntries(
    counts.map(({ labels, value }: ExpositionSample) => [labels['http_response_status_code']!, value]),
  );
}

describe('instrumentation libraries', () => {
  const metering = startMeterProvider({ registry, serviceName: 'shop' });
  const { http, stop } = instrumented();

  it('count the requests of the main thread and of a worker as one', async test => {
    test.after(() => {
      stop();
      metering.shutdown();
    });
    await serveRequests(http, { good: 7, bad: 2 });
    const alone = await familiesNow();
    assert.deepEqual(countsByStatus(alone.get('http_server_request_duration_seconds')), { 200: 7, 500: 2 });
    assert.deepEqual(countsByStatus(alone.get('http_client_request_duration_seconds')), { 200: 7, 500: 2 });

    const worker = new Worker(new URL('./instrumented-worker.js', import.meta.url));
    test.after(() => worker.terminate());
    await once(worker, 'message');
    const both = await familiesNow();
    assert.deepEqual(countsByStatus(both.get('http_server_request_duration_seconds')), { 200: 12, 500: 3 });
    for (const { name, labels } of both.get('http_server_request_duration_seconds')!.samples) {
      assert.equal(labels['otel_scope_name'], HTTP_SCOPE, name);
      assert.equal(labels['http_request_method'], 'GET', name);
      assert.equal(labels['url_scheme'], 'http', name);
    }
    const bounds = both
      .get('http_server_request_duration_seconds')!
      .samples.flatMap(({ labels }) => labels['le'] ?? []);
    // Those that the library advises.
    assert.deepEqual(bounds.slice(0, 3), ['0.005', '0.01', '0.025']);

    for (const [name, type] of Object.entries(RUNTIME)) {
      const family = both.get(name);
      assert.equal(family?.type, type, `${name} in ${[...both.keys()].join()}`);
      for (const { labels } of family!.samples) assert.equal(labels['otel_scope_name'], RUNTIME_SCOPE);
    }
    const spaces = both.get('v8js_memory_heap_space_available_size_bytes')!.samples;
    assert.ok(
      spaces.some(({ labels, value }) => labels['v8js_heap_space_name'] === 'new_space' && value > 0),
    );
    const time = (families: Map<string, ExpositionFamily>): number =>
      families.get('nodejs_eventloop_time_seconds_total')!.samples.reduce((sum, { value }) => sum + value, 0);
    assert.ok(time(alone) > 0 && time(both) > time(alone));

    const exited = once(worker, 'exit');
    worker.postMessage('end');
    await exited;
    const after = await familiesNow();
    assert.deepEqual(countsByStatus(after.get('http_server_request_duration_seconds')), { 200: 12, 500: 3 });
    assert.ok(time(after) >= time(both));
  });

  it('record what a strict parser of OpenMetrics reads', { skip: noParser }, async () => {
    const { body } = await registry.render({ accept: 'application/openmetrics-text; version=1.0.0' });
    const families = readOpenMetrics(body);
    const duration = families.find(({ name }) => name === 'http_server_request_duration_seconds')!;
    assert.deepEqual([duration.type, duration.unit], ['histogram', 'seconds']);
    assert.equal(duration.help, 'Duration of HTTP server requests.');
  });

  it('cause no warning of this package', () => assert.deepEqual(warnings, []));
});
