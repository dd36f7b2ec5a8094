/** Instruments of OpenTelemetry in several threads: one metric each, whoever records, ends or is terminated. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';
import { Registry } from '../../src/index.js';
import { startMeterProvider } from '../../src/otel/index.js';
import { serveMetrics } from '../../src/server/index.js';
import { samplesIn } from '../unit/otel/provided.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import type { InstrumentCommand } from './instruments-worker.js';
import { readOpenMetrics, skip as noParser } from './openmetrics-parser.js';
import { eventually, NO_PROMETHEUS, ScrapingPrometheus } from './scraping-prometheus.js';

silenceWarnings();

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';
const SCOPE = 'otel_scope_name="shop"';
const registry = new Registry();
const metering = startMeterProvider({
  registry,
  serviceName: 'shop',
  views: [{ instrumentName: 'stock', sharing: 'atomic' }],
});
const server = await serveMetrics(registry, { port: 0, host: '127.0.0.1' });
const meter = metrics.getMeter('shop');
after(async () => {
  metering.shutdown();
  await server.close();
  registry.close();
});

class InstrumentsWorker {
  private readonly worker = new Worker(new URL('./instruments-worker.js', import.meta.url));

  static async start(test: TestContext): Promise<InstrumentsWorker> {
    const started = new InstrumentsWorker();
    test.after(() => started.terminate());
    await once(started.worker, 'message');
    return started;
  }

  async ask(command: InstrumentCommand): Promise<unknown> {
    const answered = once(this.worker, 'message');
    this.worker.postMessage(command);
    const [answer] = (await answered) as unknown[];
    return answer;
  }

  /** When this resolves, the thread has ended and its lease with it. */
  async terminate(): Promise<void> {
    await this.worker.terminate();
  }
}

async function scraped(accept?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`, {
    headers: accept === undefined ? {} : { accept },
  });
  assert.equal(response.status, 200);
  return await response.text();
}

/** The samples of the given families, by their labels without those of the scope. */
async function shown(...names: readonly string[]): Promise<Record<string, number>> {
  const entries = Object.entries(samplesIn(await scraped())).map(([key, value]): [string, number] => [
    key.replace(`,${SCOPE}`, '').replace(`${SCOPE},`, ''),
    value,
  ]);
  return Object.fromEntries(entries.filter(([key]) => names.includes(key.replace(/\{.*/s, ''))));
}

describe('instruments of one name in several threads', () => {
  it('add up, and what counts stays when a thread is terminated', async test => {
    const attributes = { 'test.name': 'adds' };
    const label = '{test_name="adds"}';
    const counter = meter.createCounter('orders');
    counter.add(5, attributes);
    meter.createUpDownCounter('orders.open').add(-2, attributes);
    meter.createUpDownCounter('stock').add(100, attributes);
    const workers = await Promise.all([1, 2, 3].map(() => InstrumentsWorker.start(test)));
    await Promise.all(
      workers.map((worker, i) => worker.ask({ do: 'record', times: (i + 1) * 20, attributes })),
    );
    const counted = { [`orders_total${label}`]: 125 };
    const names = ['orders_total', 'orders_open', 'stock', 'order_size_bytes_count', 'order_size_bytes_sum'];
    const sizes = { [`order_size_bytes_count${label}`]: 120, [`order_size_bytes_sum${label}`]: 6 * 190 };
    assert.deepEqual(await shown(...names), {
      ...counted,
      ...sizes,
      [`orders_open${label}`]: 118,
      [`stock${label}`]: 220,
    });
    // The one that has recorded 60 times.
    await workers[2]!.terminate();
    assert.deepEqual(await shown(...names), {
      ...counted,
      ...sizes,
      [`orders_open${label}`]: 58,
      [`stock${label}`]: 220,
    });
    for (const worker of workers) await worker.terminate();
    assert.deepEqual(await shown(...names), {
      ...counted,
      ...sizes,
      [`orders_open${label}`]: -2,
      [`stock${label}`]: 220,
    });
  });

  it('are observed in each thread, and a thread that ends and is replaced counts on', async test => {
    const attributes = { 'test.name': 'observed' };
    const label = '{test_name="observed"}';
    const names = ['handled_seconds_total', 'level', 'depth'];
    meter
      .createObservableCounter('handled', { unit: 's' })
      .addCallback(result => result.observe(1_000, attributes));
    const handled = async (): Promise<number> => (await shown(...names))[`handled_seconds_total${label}`]!;
    const [first, second] = await Promise.all([1, 2].map(() => InstrumentsWorker.start(test)));
    await first!.ask({ do: 'observe', total: 5, attributes });
    await second!.ask({ do: 'observe', total: 70, attributes });
    for (let i = 0; i < 2; i++) assert.equal(await handled(), 1_075);
    await first!.ask({ do: 'observe', total: 7, attributes });
    assert.equal(await handled(), 1_077);
    assert.equal((await shown('depth'))[`depth${label}`], 77);
    await first!.terminate();
    assert.equal(await handled(), 1_077);
    assert.equal((await shown('depth'))[`depth${label}`], 70);
    const replaced = await InstrumentsWorker.start(test);
    await replaced.ask({ do: 'observe', total: 3, attributes });
    for (let i = 0; i < 2; i++) assert.equal(await handled(), 1_080);
    // In one thread after the other it stands for all of them: the latest one does.
    assert.ok([70, 3].includes((await shown('level'))[`level${label}`]!));
    await second!.ask({ do: 'shutdown' });
    assert.equal((await shown('depth'))[`depth${label}`], 3);
    assert.equal(await handled(), 1_080);
  });

  it('are configured as the main thread is', async test => {
    const worker = await InstrumentsWorker.start(test);
    const { registry: _, ...configuration } = (await worker.ask({ do: 'configuration' })) as {
      registry: unknown;
    };
    assert.deepEqual(configuration, {
      serviceName: 'shop',
      views: [{ instrumentName: 'stock', sharing: 'atomic' }],
    });
    const infos = Object.keys(samplesIn(await scraped())).filter(name => name.startsWith('target_info'));
    assert.equal(infos.length, 1);
    assert.match(infos[0]!, /service_name="shop"/);
  });
});

describe('what instruments of several threads record', () => {
  it('is read by a strict parser of OpenMetrics', { skip: noParser }, async test => {
    const attributes = {
      'test.name': 'parsed',
      test_name: 'too',
      le: 'x',
      hostile: 'a"b\\c\nd\ud800',
      list: ['x', 1] as never,
    };
    const worker = await InstrumentsWorker.start(test);
    await worker.ask({ do: 'record', times: 3, attributes });
    meter.createCounter('orders').add(4, attributes);
    meter.createCounter('orders').add(1, { 'test-name': 'clash', twice: 1 });
    meter.createCounter('orders').add(2, { test_name: 'clash', twice: '1' });
    const families = new Map(
      readOpenMetrics(await scraped(OPENMETRICS)).map(family => [family.name, family]),
    );
    const orders = families.get('orders')!;
    assert.equal(orders.type, 'counter');
    assert.equal(families.get('order_size_bytes')!.unit, 'bytes');
    const totals = orders.samples.filter(({ name }) => name === 'orders_total');
    const parsed = totals.filter(({ labels }) => labels['test_name'] === 'parsed;too');
    assert.deepEqual(
      parsed.map(({ labels, value }) => [labels, value]),
      [
        [
          {
            otel_scope_name: 'shop',
            test_name: 'parsed;too',
            key_le: 'x',
            hostile: 'a"b\\c\nd\ufffd',
            list: '["x",1]',
          },
          7,
        ],
      ],
    );
    const clashing = totals.filter(({ labels }) => labels['test_name'] === 'clash');
    assert.deepEqual(
      clashing.map(({ value }) => value),
      [1, 2],
    );
    assert.equal(clashing.filter(({ labels }) => labels['otel_attributes'] !== undefined).length, 1);
    assert.equal(families.get('target')!.type, 'info');
  });

  it('is stored by a Prometheus as it was recorded', { skip: NO_PROMETHEUS }, async test => {
    const attributes = { 'test.name': 'stored' };
    const worker = await InstrumentsWorker.start(test);
    await worker.ask({ do: 'record', times: 40, attributes });
    await worker.ask({ do: 'observe', total: 9, attributes });
    const prometheus = await ScrapingPrometheus.of({ host: '127.0.0.1', port: server.port });
    test.after(() => prometheus.stop());
    const values = await eventually(async () => {
      const found = await prometheus.query('{test_name="stored"}');
      if (found.length === 0) throw new Error('nothing was scraped yet');
      return Object.fromEntries(
        found.map(({ metric, value }) => [
          [metric['__name__'], metric['le']].filter(Boolean).join(' '),
          Number(value[1]),
        ]),
      );
    });
    for (const [name, value] of Object.entries({
      orders_total: 40,
      orders_open: 40,
      stock: 40,
      handled_seconds_total: 9,
      level: 9,
      depth: 9,
      order_size_bytes_count: 40,
      order_size_bytes_sum: 380,
      'order_size_bytes_bucket 1.0': 4,
      'order_size_bytes_bucket +Inf': 40,
    }))
      assert.equal(values[name], value, `${name} in ${JSON.stringify(values)}`);
    const joined = await prometheus.queryUntilFound(
      'orders_total{test_name="stored"} * on (instance, job) group_left (service_name) target_info',
    );
    assert.equal(joined[0]!.metric['service_name'], 'shop');
  });
});
