import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import promClient from 'prom-client';
import { Counter, Gauge, Histogram, Registry, openMetricsContentType } from '../../../src/index.js';
import type { GuestMetric } from '../../../src/index.js';

const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const AS_OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };

function gaugeGuest(name: string, value: number): GuestMetric {
  return { name, get: () => ({ name, help: 'H.', type: 'gauge', values: [{ value, labels: { a: 'x' } }] }) };
}

async function textOf(registry: Registry, options: object = {}): Promise<string> {
  const { body } = await registry.render(options);
  return Buffer.from(body).toString();
}

function samplesIn(text: string): string[] {
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

describe('a metric of another client library', () => {
  it('is shown in every text format as that library shows it, with its exemplars', async () => {
    const theirs = new promClient.Registry();
    theirs.setContentType(promClient.openMetricsContentType as never);
    const registers = [theirs];
    const common = { help: 'H.', registers, labelNames: ['a'] };
    const counter = new promClient.Counter({ ...common, name: 'c', enableExemplars: true });
    counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: { trace: 't1' } });
    const histogram = new promClient.Histogram({
      ...common,
      name: 'h',
      buckets: [1.5, 5.5],
      enableExemplars: true,
    });
    for (const value of [0.5, 3, 9])
      histogram.observe({ labels: { a: 'x' }, value, exemplarLabels: { trace: `t${value}` } });
    const summary = new promClient.Summary({ ...common, name: 's', percentiles: [0.5] });
    summary.observe({ a: 'x' }, 4);
    const registry = new Registry();
    for (const metric of [counter, histogram, summary]) registry.registerMetric(metric as never);
    assert.deepEqual(samplesIn(await registry.metrics()), [
      'c{a="x"} 2',
      'h_bucket{le="1.5",a="x"} 1',
      'h_bucket{le="5.5",a="x"} 2',
      'h_bucket{le="+Inf",a="x"} 3',
      'h_sum{a="x"} 12.5',
      'h_count{a="x"} 3',
      's{quantile="0.5",a="x"} 4',
      's_sum{a="x"} 4',
      's_count{a="x"} 1',
    ]);
    const text = await textOf(registry, AS_OPENMETRICS);
    assert.match(text, /^c_total\{a="x"\} 2(\.0)? # \{trace="t1"\} 2/m);
    assert.match(text, /^h_bucket\{le="\+Inf",a="x"\} 3(\.0)? # \{trace="t9"\} 9/m);
    assert.equal(text.match(/# EOF\n/g)?.length, 1);
    assert.ok(text.endsWith('# EOF\n'));
    registry.setDefaultLabels({ env: 'test' });
    assert.match(
      await textOf(registry, AS_OPENMETRICS),
      /^c_total\{a="x",env="test"\} 2(\.0)? # \{trace="t1"\} 2.*\nc_created\{a="x",env="test"\} \d/m,
    );
  });

  it('is one more message of protobuf', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'own', help: 'H.' }).set(1);
    const alone = (await registry.render({ accept: PROTOBUF })).body;
    const before = Buffer.from(alone);
    registry.registerMetric(gaugeGuest('guest', 5));
    const { body } = await registry.render({ accept: PROTOBUF });
    assert.deepEqual(Buffer.from(body.subarray(0, before.length)), before);
    assert.ok(Buffer.from(body.subarray(before.length)).includes('guest'));
  });

  it('is shown as JSON as it gave itself', async () => {
    const registry = new Registry();
    const reading = {
      name: 'm',
      help: 'H.',
      type: 'gauge',
      values: [{ value: 1, labels: { a: 5 } }],
      extra: true,
    };
    registry.registerMetric({ name: 'm', get: () => reading });
    assert.deepEqual(await registry.getMetricsAsJSON(), [reading]);
  });

  it('of a type that is none here is shown as a gauge', async () => {
    const registry = new Registry();
    const values = [{ value: 3, labels: {} }];
    registry.registerMetric({ name: 'm', get: () => ({ name: 'm', help: '', type: 'untyped', values }) });
    assert.equal(await registry.metrics(), '# HELP m A gauge.\n# TYPE m gauge\nm 3\n');
  });
});

describe('a metric of another registry', () => {
  it('is shown with its values of all threads, and its native buckets', async () => {
    const home = new Registry();
    const histogram = home.histogram({ name: 'h', help: 'H.', native: true, buckets: [1] });
    const registry = new Registry();
    registry.registerMetric(histogram);
    histogram.observe(0.5);
    const shown = async (one: Registry): Promise<Buffer> =>
      Buffer.from((await one.render({ accept: PROTOBUF })).body);
    assert.deepEqual(await shown(registry), await shown(home));
    assert.equal(await registry.metrics(), await home.metrics());
    assert.deepEqual(await registry.getMetricsAsJSON(), await home.getMetricsAsJSON());
  });

  it('is not shown once that registry is closed, which stays closed', async () => {
    const home = new Registry();
    const registry = new Registry();
    registry.registerMetric(home.gauge({ name: 'g', help: 'H.' }));
    home.close();
    assert.equal(await registry.metrics(), '');
    assert.deepEqual(await registry.getMetricsAsJSON(), []);
    const { started } = home as unknown as { started: unknown };
    assert.equal(started, undefined);
  });

  it('has its callback run by scrapes of both', async () => {
    const home = new Registry();
    let runs = 0;
    home.gauge({
      name: 'g',
      help: 'H.',
      collect() {
        this.set(++runs);
      },
    });
    const registry = new Registry();
    registry.registerMetric(home.getSingleMetric('g')!);
    assert.deepEqual(samplesIn(await registry.metrics()), ['g 1']);
    assert.deepEqual(samplesIn(await home.metrics()), ['g 2']);
  });
});

describe('a metric of no registry', () => {
  it('is shown by those that it is registered in', async () => {
    const gauge = new Gauge({ name: 'g', help: 'H.', registers: [] });
    const same = new Gauge({ name: 'g', help: 'H.', registers: [] });
    same.set(7);
    gauge.set(5);
    const registry = new Registry();
    registry.registerMetric(gauge);
    assert.deepEqual(samplesIn(await registry.metrics()), ['g 5']);
  });
});

describe('registering a metric', () => {
  it('again changes nothing; another of its name is refused', () => {
    const registry = new Registry();
    const guest = gaugeGuest('m', 1);
    registry.registerMetric(guest);
    registry.registerMetric(guest);
    assert.deepEqual(registry.getMetricsAsArray(), [guest]);
    assert.equal(registry.getSingleMetric('m'), guest);
    const message = /^A metric with the name m has already been registered\. .*getSingleMetric\('m'\)/;
    assert.throws(() => registry.registerMetric(gaugeGuest('m', 2)), { message });
    assert.throws(() => new Counter({ name: 'm', help: 'H.', registers: [registry] }), { message });
    const other = Registry.attach(registry.share());
    other.gauge({ name: 'theirs', help: 'H.' });
    assert.throws(
      () => registry.registerMetric(gaugeGuest('theirs', 2)),
      /theirs has already been registered/,
    );
    other.close();
  });

  it('that was removed from the registry brings it back', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'H.' });
    registry.clear();
    counter.inc();
    registry.registerMetric(counter);
    counter.inc(2);
    assert.deepEqual(samplesIn(await registry.metrics()), ['c 2']);
    assert.equal(registry.getSingleMetric('c'), counter);
  });

  it('that is none is refused', () => {
    for (const metric of [undefined, null, {}, { name: 'm' }, { get: () => ({}) }])
      assert.throws(() => new Registry().registerMetric(metric as never), TypeError);
  });
});

describe('a guest', () => {
  it('that fails is counted and shown with its last values', async () => {
    const registry = new Registry();
    process.once('warning', () => {});
    let isDown = false;
    registry.registerMetric({
      name: 'm',
      get: async () => {
        if (isDown) throw new Error('down');
        return { name: 'm', help: 'H.', type: 'gauge', values: [{ value: 5, labels: {} }] };
      },
    });
    assert.deepEqual(samplesIn(await registry.metrics()), ['m 5']);
    isDown = true;
    const { collectErrors, body } = await registry.render();
    assert.deepEqual(collectErrors, [{ family: 'm', message: 'down', threadId: 0 }]);
    assert.deepEqual(samplesIn(Buffer.from(body).toString()), [
      'threadtally_collect_errors_total{family="m"} 1',
      'm 5',
    ]);
  });

  it(
    'that is late is neither waited for nor asked again before it has answered',
    { timeout: 30_000 },
    async () => {
      const registry = new Registry();
      process.on('warning', () => {});
      let asked = 0;
      let answer = (): void => {};
      registry.registerMetric({
        name: 'm',
        get: () => {
          asked++;
          const reading = { name: 'm', help: 'H.', type: 'gauge', values: [{ value: asked, labels: {} }] };
          return new Promise(resolve => {
            answer = () => resolve(reading);
          });
        },
      });
      assert.deepEqual(samplesIn(await registry.metrics({ collectTimeoutMs: 5 })), []);
      // Waited for again, it would end the time of this test.
      assert.deepEqual(samplesIn(await registry.metrics({ collectTimeoutMs: 60_000 })), []);
      assert.equal(asked, 1);
      answer();
      for (let turns = 0; turns < 100; turns++) await setImmediate();
      const next = registry.metrics({ collectTimeoutMs: 60_000 });
      for (let turns = 0; turns < 100 && asked < 2; turns++) await setImmediate();
      answer();
      assert.deepEqual(samplesIn(await next), ['m 2']);
    },
  );

  it('is removed, and reset, by its name with the others', async () => {
    const registry = new Registry();
    let resets = 0;
    registry.registerMetric({ ...gaugeGuest('m', 1), reset: () => void resets++ });
    registry.registerMetric(gaugeGuest('n', 1));
    registry.resetMetrics();
    assert.equal(resets, 1);
    registry.removeSingleMetric('m');
    assert.deepEqual(samplesIn(await registry.metrics()), ['n{a="x"} 1']);
    registry.clear();
    assert.equal(await registry.metrics(), '');
  });

  it('is left out when another thread has defined a family of its name since', async () => {
    const registry = new Registry();
    registry.registerMetric(gaugeGuest('m', 1));
    const other = Registry.attach(registry.share());
    other.gauge({ name: 'm', help: 'Theirs.' }).set(2);
    assert.deepEqual(samplesIn(await registry.metrics()), ['m 2']);
    other.close();
  });

  it('is filtered by name as any family', async () => {
    const registry = new Registry();
    registry.registerMetric(gaugeGuest('m', 1));
    registry.registerMetric(gaugeGuest('n', 1));
    assert.deepEqual(samplesIn(await textOf(registry, { names: ['n'] })), ['n{a="x"} 1']);
  });
});

describe('a merged registry', () => {
  it('shows what each has, of all threads, at the moment of its scrape', async () => {
    const [a, b] = [new Registry(), new Registry()];
    const counter = a.counter({ name: 'a_total', help: 'A.' });
    b.registerMetric(gaugeGuest('guest', 4));
    const other = Registry.attach(b.share());
    other.gauge({ name: 'theirs', help: 'T.' }).set(3);
    const merged = Registry.merge([a, b]);
    counter.inc(2);
    assert.deepEqual(samplesIn(await merged.metrics()), ['a_total 2', 'theirs 3', 'guest{a="x"} 4']);
    counter.inc();
    assert.deepEqual(samplesIn(await merged.metrics())[0], 'a_total 3');
    assert.equal(merged.getSingleMetric('a_total'), counter);
    other.close();
  });

  it('is refused where two have a metric of one name, or other content types', () => {
    const [a, b] = [new Registry(), new Registry(openMetricsContentType)];
    assert.throws(() => Registry.merge([a, b]), {
      message: 'Registers can only be merged if they have the same content type',
    });
    b.setContentType('text/plain; version=0.0.4; charset=utf-8');
    for (const registry of [a, b]) registry.counter({ name: 'same', help: 'H.' });
    assert.throws(() => Registry.merge([a, b]), {
      message: /^A metric with the name same has already been registered\. .*getSingleMetric\('same'\)/,
    });
  });

  it('has the content type of those that it shows, and sums what they tell of themselves', async () => {
    process.on('warning', () => {});
    const registries = ['a', 'b'].map(name => {
      const registry = new Registry(openMetricsContentType);
      const counter = registry.counter({ name, help: 'H.', labelNames: ['l'], seriesMax: 1 });
      for (const l of [1, 2, 3]) counter.inc({ l });
      return registry;
    });
    const merged = Registry.merge(registries);
    assert.equal(merged.contentType, openMetricsContentType);
    const own = samplesIn(await merged.metrics()).filter(line => /^threadtally\w+_total/.test(line));
    assert.deepEqual(own, [
      'threadtally_overflow_observations_total{family="a",reason="family_limit"} 2',
      'threadtally_overflow_observations_total{family="b",reason="family_limit"} 2',
    ]);
  });
});

describe('the text of one metric', () => {
  it('is what the registry shows of it, without a line end', async () => {
    for (const contentType of [Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE]) {
      const registry = new Registry(contentType);
      const histogram = new Histogram({ name: 'h', help: 'H.', buckets: [1], registers: [registry] });
      registry.gauge({ name: 'another', help: 'H.' });
      const text = await registry.getSingleMetricAsString('h');
      assert.equal(await registry.getMetricsAsString(histogram), text);
      const all = await registry.metrics();
      assert.ok(all.startsWith(`${text}\n`), all);
      assert.ok(!text.includes('EOF') && text.includes('h_count 0'), text);
    }
  });

  it('is there for a family that only another thread has defined, and for a guest', async () => {
    const registry = new Registry();
    const other = Registry.attach(registry.share());
    other.gauge({ name: 'theirs', help: 'H.' }).set(3);
    assert.equal(
      await registry.getSingleMetricAsString('theirs'),
      '# HELP theirs H.\n# TYPE theirs gauge\ntheirs 3',
    );
    other.close();
    const guest = gaugeGuest('m', 1);
    assert.equal((await registry.getMetricsAsString(guest)).split('\n')[2], 'm{a="x"} 1');
  });

  it('of a name that nobody has is a TypeError, and a callback that fails fails it', async () => {
    const registry = new Registry();
    await assert.rejects(registry.getSingleMetricAsString('nothing'), TypeError);
    registry.gauge({
      name: 'g',
      help: 'H.',
      collect() {
        throw new Error('down');
      },
    });
    await assert.rejects(registry.getSingleMetricAsString('g'), /down/);
  });
});

describe('the metrics of a registry', () => {
  it('are listed with their definition, all or those of one aggregator', async () => {
    const registry = new Registry();
    const sum = registry.counter({ name: 'c', help: 'C.' });
    const max = registry.gauge({ name: 'g', help: 'G.', aggregator: 'max' });
    assert.deepEqual(registry.getMetricsAsArray(), [sum, max]);
    assert.deepEqual(registry.getMetricsAsArray('max'), [max]);
    const [{ name, help, type, aggregator }] = registry.getMetricsAsArray('sum') as [typeof sum];
    assert.deepEqual([name, help, type, aggregator], ['c', 'C.', 'counter', 'sum']);
    assert.deepEqual(
      (await registry.getMetricsAsJSON('max')).map(family => family.name),
      ['g'],
    );
  });
});
