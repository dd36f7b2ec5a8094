/**
 * Each difference from prom-client, shown with both. The names of these tests are the rows of the table in
 * docs/migrating-from-prom-client.md.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import promClient from 'prom-client';
import * as threadtally from '../../../src/index.js';

/** prom-client, by the types of this package: where it would refuse more than prom-client has, a test says `never`. */
const old = promClient as unknown as typeof threadtally;
const own = threadtally;

type Client = typeof threadtally;
type Registered = { readonly name: string; readonly help: string; readonly registers: never };

/** What a metric of a new registry is named by. */
function registered(client: Client, name = 'm'): Registered & { readonly registry: threadtally.Registry } {
  const registry = new client.Registry();
  return { name, help: 'H.', registers: [registry] as never, registry };
}

function optionsOf(client: Client, name?: string): [Registered, threadtally.Registry] {
  const { registry, ...options } = registered(client, name);
  return [options, registry];
}

async function samplesOf(registry: threadtally.Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

/** What a client shows after `record`, as samples. */
async function shown(
  client: Client,
  record: (options: never, registry: threadtally.Registry) => void,
): Promise<string[]> {
  const [options, registry] = optionsOf(client);
  record(options as never, registry);
  return samplesOf(registry);
}

function errorOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('samples', () => {
  it('an empty line stands between two families, and an empty registry is one', async () => {
    const text = (client: Client): Promise<string> => {
      const [options, registry] = optionsOf(client, 'a');
      new client.Gauge(options);
      new client.Gauge({ ...options, name: 'b' });
      return registry.metrics();
    };
    assert.match(await text(old), /^a 0\n\n# HELP b/m);
    assert.match(await text(own), /^a 0\n# HELP b/m);
    assert.equal(await new old.Registry().metrics(), '\n');
    assert.equal(await new own.Registry().metrics(), '');
  });

  it('labels stand in the order in which they were first recorded, default labels before those of a histogram', async () => {
    const record = (client: Client) => (options: Registered, registry: threadtally.Registry) => {
      registry.setDefaultLabels({ env: 'test' });
      new client.Counter({ ...options, labelNames: ['a', 'b'] }).inc({ b: 1, a: 2 });
      new client.Histogram({ ...options, name: 'h', labelNames: ['a'], buckets: [] }).observe({ a: 1 }, 1);
    };
    assert.deepEqual((await shown(old, record(old))).slice(0, 2), [
      'm{b="1",a="2",env="test"} 1',
      'h_bucket{le="+Inf",env="test",a="1"} 1',
    ]);
    assert.deepEqual((await shown(own, record(own))).slice(0, 2), [
      'm{a="2",b="1",env="test"} 1',
      'h_bucket{le="+Inf",a="1",env="test"} 1',
    ]);
  });

  it('series stand in the order of their first recordings', async () => {
    const record = (client: Client) => (options: Registered) => {
      const gauge = new client.Gauge({ ...options, labelNames: ['a'] });
      const first = gauge.labels('asked for first');
      gauge.set({ a: 'recorded first' }, 1);
      first.set(2);
    };
    assert.deepEqual(await shown(old, record(old)), ['m{a="recorded first"} 1', 'm{a="asked for first"} 2']);
    assert.deepEqual(await shown(own, record(own)), ['m{a="asked for first"} 2', 'm{a="recorded first"} 1']);
  });

  it('metrics that were registered stand among those that were made, in the order of both', async () => {
    const record = (client: Client) => (options: Registered, registry: threadtally.Registry) => {
      const values = [{ value: 1, labels: {} }];
      registry.registerMetric({
        name: 'first',
        get: () => ({ name: 'first', help: 'F.', type: 'gauge', values }),
      });
      new client.Gauge(options);
    };
    assert.deepEqual(await shown(old, record(old)), ['first 1', 'm 0']);
    assert.deepEqual(await shown(own, record(own)), ['m 0', 'first 1']);
  });

  it('a label without a value is shown, as nothing or as the word undefined or null', async () => {
    const record = (client: Client) => (options: Registered) => {
      const counter = new client.Counter({ ...options, labelNames: ['a', 'b', 'c'] });
      counter.inc({ a: '', b: undefined, c: null } as never);
    };
    assert.deepEqual(await shown(old, record(old)), ['m{a="",b="undefined",c="null"} 1']);
    assert.deepEqual(await shown(own, record(own)), ['m 1']);
  });

  it('a label value that is no text is not escaped', async () => {
    const record = (client: Client) => (options: Registered) =>
      new client.Counter({ ...options, labelNames: ['a'] }).inc({ a: ['"'] } as never);
    assert.deepEqual(await shown(old, record(old)), ['m{a="""} 1']);
    assert.deepEqual(await shown(own, record(own)), ['m{a="\\""} 1']);
  });

  it('two label sets whose values contain separators are one series', async () => {
    const record = (client: Client) => (options: Registered) => {
      const counter = new client.Counter({ ...options, labelNames: ['a', 'b'] });
      counter.inc({ a: '1,b:2' });
      counter.inc({ a: '1', b: '2' });
    };
    assert.deepEqual(await shown(old, record(old)), ['m{a="1,b:2"} 2']);
    assert.deepEqual(await shown(own, record(own)), ['m{a="1,b:2"} 1', 'm{a="1",b="2"} 1']);
  });

  it('an object of labels that is changed later changes the series', async () => {
    const record = (client: Client) => (options: Registered) => {
      const labels = { a: 'before' };
      new client.Counter({ ...options, labelNames: ['a'] }).inc(labels);
      labels.a = 'after';
    };
    assert.deepEqual(await shown(old, record(old)), ['m{a="after"} 1']);
    assert.deepEqual(await shown(own, record(own)), ['m{a="before"} 1']);
  });

  it('NaN is spelt Nan', async () => {
    const record = (client: Client) => (options: Registered) => new client.Gauge(options).set(NaN);
    assert.deepEqual(await shown(old, record(old)), ['m Nan']);
    assert.deepEqual(await shown(own, record(own)), ['m NaN']);
  });

  it('OpenMetrics has no created samples, HELP before TYPE, bounds such as 1, and an empty line when it is empty', async () => {
    const text = (client: Client): Promise<string> => {
      const [options, registry] = optionsOf(client);
      registry.setContentType(client.openMetricsContentType);
      new client.Histogram({ ...options, buckets: [1] });
      return registry.metrics();
    };
    assert.match(await text(old), /^# HELP m H\.\n# TYPE m histogram\nm_bucket\{le="1"\} 0\n/);
    assert.match(await text(own), /^# TYPE m histogram\n# HELP m H\.\nm_bucket\{le="1\.0"\} 0\n/);
    assert.match(await text(own), /^m_created \d/m);
    const empty = (client: Client): Promise<string> =>
      new client.Registry(client.openMetricsContentType).metrics();
    assert.equal(await empty(old), '\n# EOF\n');
    assert.equal(await empty(own), '# EOF\n');
  });

  it('metrics() as OpenMetrics takes _total from the name of the metric object', async () => {
    const nameOf = async (client: Client): Promise<string> => {
      const [options, registry] = optionsOf(client, 'm_total');
      registry.setContentType(client.openMetricsContentType);
      const counter = new client.Counter(options);
      await registry.metrics();
      return counter.name;
    };
    assert.equal(await nameOf(old), 'm');
    assert.equal(await nameOf(own), 'm_total');
  });
});

describe('JSON', () => {
  it('label values are what was recorded: a number is a number', async () => {
    const labelsOf = async (client: Client): Promise<unknown> => {
      const [options] = optionsOf(client);
      const counter = new client.Counter({ ...options, labelNames: ['a'] });
      counter.inc({ a: 200 });
      return (await counter.get()).values[0]!.labels;
    };
    assert.deepEqual(await labelsOf(old), { a: 200 });
    assert.deepEqual(await labelsOf(own), { a: '200' });
  });

  it('getMetricsAsJSON() leaves the default labels in the series', async () => {
    const samples = async (client: Client): Promise<string[]> => {
      const [options, registry] = optionsOf(client);
      new client.Counter(options).inc();
      registry.setDefaultLabels({ env: 'test' });
      await registry.getMetricsAsJSON();
      registry.setDefaultLabels({});
      return samplesOf(registry);
    };
    assert.deepEqual(await samples(old), ['m{env="test"} 1']);
    assert.deepEqual(await samples(own), ['m 1']);
  });
});

describe('recordings', () => {
  it('NaN is taken by a counter, which is NaN from then on', async () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Counter(optionsOf(client)[0]).inc(NaN));
    assert.equal(error(old), 'nothing');
    assert.equal(error(own), 'Value is not a valid number: NaN; m is unchanged');
  });

  it('null is no change for a gauge, though it is 1 for a counter', async () => {
    const error = (client: Client): string => errorOf(() => new client.Gauge(optionsOf(client)[0]).inc(null));
    assert.equal(error(old), 'Delta is not a valid number: null');
    assert.equal(error(own), 'nothing');
  });

  it('dec() takes what is no number, which makes the gauge NaN', async () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Gauge(optionsOf(client)[0]).dec('3ms' as never));
    assert.equal(error(old), 'nothing');
    assert.equal(error(own), 'Delta is not a valid number: 3ms (a string); m is unchanged');
  });

  it('observe() of a summary takes the letters of a text for labels', () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Summary(optionsOf(client)[0]).observe('3ms' as never));
    assert.match(error(old), /^Added label "0" is not included/);
    assert.equal(error(own), 'Value is not a valid number: 3ms (a string); m is unchanged');
  });

  it('observe() takes null or undefined for no labels', () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Histogram(optionsOf(client)[0]).observe(undefined as never, 1));
    assert.equal(error(old), 'nothing');
    assert.equal(error(own), 'Value is not a valid number: undefined; m is unchanged');
  });

  it('labels() of a counter takes labels that it does not have, until they are recorded', () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Counter(optionsOf(client)[0]).labels({ a: 1 } as never));
    assert.equal(error(old), 'nothing');
    assert.equal(error(own), 'Added label "a" is not included in initial labelset: [] of m');
  });

  it('zero() sets a series that is there back to 0', async () => {
    const record = (client: Client) => (options: Registered) => {
      const histogram = new client.Histogram({ ...options, labelNames: ['a'], buckets: [] });
      histogram.observe({ a: 1 }, 5);
      histogram.zero({ a: 1 });
    };
    assert.equal((await shown(old, record(old)))[2], 'm_count{a="1"} 0');
    assert.equal((await shown(own, record(own)))[2], 'm_count{a="1"} 1');
  });

  it('reset() takes the only series of a histogram without labels, and leaves those of a summary', async () => {
    const record = (client: Client) => (options: Registered) => {
      new client.Histogram({ ...options, buckets: [] }).reset();
      const summary = new client.Summary({ ...options, name: 's', labelNames: ['a'], percentiles: [] });
      summary.observe({ a: 1 }, 5);
      summary.reset();
    };
    assert.deepEqual(await shown(old, record(old)), ['s_sum{a="1"} 0', 's_count{a="1"} 0']);
    assert.deepEqual(await shown(own, record(own)), ['m_bucket{le="+Inf"} 0', 'm_sum 0', 'm_count 0']);
  });

  it('a metric that was removed from its registry goes on by itself', async () => {
    const value = async (client: Client): Promise<unknown> => {
      const [options, registry] = optionsOf(client);
      const counter = new client.Counter(options);
      registry.clear();
      counter.inc();
      return (await counter.get()).values[0]?.value;
    };
    assert.equal(await value(old), 1);
    assert.equal(await value(own), undefined);
  });

  it('a handle of a metric with exemplars records 1, without its labels', async () => {
    const samples = async (client: Client): Promise<string[]> => {
      const registry = new client.Registry(client.openMetricsContentType);
      const options = {
        name: 'm',
        help: 'H.',
        registers: [registry],
        labelNames: ['a'],
        enableExemplars: true,
      } as const;
      new client.Counter(options).labels('x').inc(5);
      return (await samplesOf(registry)).filter(line => !line.includes('_created'));
    };
    assert.deepEqual(await samples(old), ['m_total 1']);
    assert.deepEqual(await samples(own), ['m_total{a="x"} 5']);
  });
});

describe('summaries', () => {
  const quantiles = async (
    client: Client,
    observations: readonly number[],
    more?: object,
  ): Promise<number[]> => {
    const [options] = optionsOf(client);
    const summary = new client.Summary({ ...options, percentiles: [0.5], ...more });
    for (const value of observations) summary.observe(value);
    return (await summary.get()).values
      .filter(({ labels }) => 'quantile' in labels)
      .map(({ value }) => value);
  };

  it('the quantile of nothing is 0', async () => {
    assert.deepEqual(await quantiles(old, []), [0]);
    assert.deepEqual(await quantiles(own, []), [NaN]);
  });

  it('a quantile may be a value that was never observed', async () => {
    const observations = [100, 100, 100, 50, 50];
    assert.deepEqual(await quantiles(old, observations), [80]);
    const [median] = await quantiles(own, observations);
    assert.ok(Math.abs(median! - 100) <= 1, String(median));
  });

  it('maxAgeSeconds alone is no window', async () => {
    const hasWindow = (summary: unknown): boolean =>
      inspect(summary, { depth: 9 }).includes('maxAgeSeconds: 60');
    const [options] = optionsOf(old);
    const summary = new old.Summary({ ...options, maxAgeSeconds: 60 });
    const { hashMap } = summary as unknown as { hashMap: Record<string, { td: { shouldRotate: boolean } }> };
    assert.equal(Object.values(hashMap)[0]!.td.shouldRotate, undefined);
    assert.ok(hasWindow(summary));
    const [{ name, help }, registry] = optionsOf(own);
    registry.summary({ name, help, maxAgeSeconds: 60 });
    assert.throws(() => registry.summary({ name, help }), /maxAgeSeconds is 60, this definition gives none/);
  });
});

describe('definitions', () => {
  const refusal = (client: Client, className: 'Counter' | 'Gauge' | 'Histogram', options: object): string =>
    errorOf(
      () =>
        new (client[className] as new (options: never) => unknown)({
          ...optionsOf(client)[0],
          ...options,
        } as never),
    );

  it('bounds may be unsorted, given twice or infinite', () => {
    for (const buckets of [
      [2, 1],
      [1, 1],
      [1, Infinity],
    ]) {
      assert.equal(refusal(old, 'Histogram', { buckets }), 'nothing');
      assert.match(
        refusal(own, 'Histogram', { buckets }),
        /^m: bucket (\d does not follow|Infinity is not finite)/,
      );
    }
  });

  it('label names may be given twice, or reserved for Prometheus', () => {
    for (const labelNames of [['a', 'a'], ['__name__']]) {
      assert.equal(refusal(old, 'Counter', { labelNames }), 'nothing');
      assert.match(refusal(own, 'Counter', { labelNames }), /^Invalid label name: /);
    }
  });

  it('options and aggregators may be any', () => {
    assert.equal(refusal(old, 'Gauge', { labelnames: ['a'] }), 'nothing');
    assert.match(refusal(own, 'Gauge', { labelnames: ['a'] }), /did you mean labelNames\?/);
    assert.equal(refusal(old, 'Gauge', { aggregator: 'median' }), 'nothing');
    assert.match(refusal(own, 'Gauge', { aggregator: 'median' }), /aggregator 'median' is not one of/);
  });

  it('a family may have the name of a sample of another one', () => {
    const error = (client: Client): string => {
      const [options] = optionsOf(client);
      new client.Histogram(options);
      return errorOf(() => new client.Counter({ ...options, name: 'm_count' }));
    };
    assert.equal(error(old), 'nothing');
    assert.match(error(own), /^cannot define m_count: /);
  });

  it('a histogram or summary that is refused for a reserved label is registered', () => {
    const count = (client: Client): number => {
      const [options, registry] = optionsOf(client);
      const error = errorOf(() => new client.Histogram({ ...options, labelNames: ['le'] }));
      assert.equal(error, 'le is a reserved label keyword');
      return registry.getMetricsAsArray().length;
    };
    assert.equal(count(old), 1);
    assert.equal(count(own), 0);
  });

  it('exemplars need a registry of OpenMetrics', () => {
    const options = { enableExemplars: true };
    assert.equal(refusal(old, 'Counter', options), 'Exemplars are supported only on OpenMetrics registries');
    assert.equal(refusal(own, 'Counter', options), 'nothing');
  });

  it('default labels may have any name', () => {
    const error = (client: Client): string =>
      errorOf(() => new client.Registry().setDefaultLabels({ 'a-b': 1 }));
    assert.equal(error(old), 'nothing');
    assert.match(error(own), /^default labels: Invalid label name: 'a-b'/);
  });
});

describe('registries', () => {
  it('a collect callback that fails fails the scrape', async () => {
    process.once('warning', () => {});
    const samples = (client: Client): Promise<string[]> =>
      shown(client, options => {
        new client.Gauge({
          ...(options as Registered),
          collect() {
            throw new Error('the queue is down');
          },
        });
      });
    await assert.rejects(samples(old), /the queue is down/);
    assert.deepEqual(await samples(own), ['m 0', 'threadtally_collect_errors_total{family="m"} 1']);
  });

  it('resetMetrics() of one of several registries of a metric resets it in all of them', async () => {
    const samples = async (client: Client): Promise<string[]> => {
      const registers = [new client.Registry(), new client.Registry()] as const;
      new client.Counter({ name: 'm', help: 'H.', registers }).inc();
      registers[0].resetMetrics();
      return [...(await samplesOf(registers[0])), ...(await samplesOf(registers[1]))];
    };
    assert.deepEqual(await samples(old), ['m 0', 'm 0']);
    assert.deepEqual(await samples(own), ['m 0', 'm 1']);
  });

  it('the contentType of the package can be assigned', () => {
    const assign = (client: Client): void => {
      (client as { contentType: string }).contentType = client.prometheusContentType;
    };
    assert.doesNotThrow(() => assign(old));
    assert.throws(() => assign(own), TypeError);
  });
});
