/** Metrics of instruments of the OpenTelemetry API, as they go out over OTLP: as they were given. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { Registry } from '../../../src/index.js';
import { registryMetricProducer, startMeterProvider } from '../../../src/otel/index.js';
import { silenceWarnings } from '../registry/played-thread.js';
import { attributesIn, pointsOf } from './decoded-metrics.js';
import type { DecodedMetric, DecodedRequest } from './decoded-metrics.js';
import { ENCODINGS, PushReader } from './pushed-registry.js';

silenceWarnings();

/** Scope, version, schema and name, to metric. */
function metricsByScope(requests: readonly DecodedRequest[]): Record<string, DecodedMetric> {
  const scopes = requests.flatMap(({ resourceMetrics }) => resourceMetrics.flatMap(one => one.scopeMetrics));
  return Object.fromEntries(
    scopes.flatMap(({ scope, metrics, schemaUrl }) =>
      metrics.map(metric => [
        [scope?.name ?? '', scope?.version ?? '', schemaUrl ?? '', metric.name].join(' '),
        metric,
      ]),
    ),
  );
}

for (const encoding of ENCODINGS) {
  describe(`instruments in ${encoding}`, () => {
    it('have what is beyond a limit in their own metric, marked as the specification has it', async test => {
      const registry = new Registry();
      const metering = startMeterProvider({ registry, views: [{ seriesMax: 2 }] });
      test.after(() => metering.shutdown());
      const meter = metering.provider.getMeter('shop');
      const [counter, depth] = [
        meter.createCounter('http.requests'),
        meter.createUpDownCounter('queue.depth'),
      ];
      for (let i = 1; i <= 5; i++) for (const one of [counter, depth]) one.add(i, { i });
      const reader = new PushReader({ encoding });
      for (let pushes = 0; pushes < 2; pushes++) {
        const metrics = metricsByScope(await reader.push(registry));
        for (const name of ['http.requests', 'queue.depth']) {
          const points = pointsOf(metrics[`shop   ${name}`]);
          const shown = points.map(({ attributes, asDouble }) => [attributesIn(attributes), asDouble]);
          assert.deepEqual(
            shown.sort(([, a], [, b]) => Number(a) - Number(b)),
            [
              [{ i: '1' }, 1],
              [{ i: '2' }, 2],
              [{ 'otel.metric.overflow': true }, 12],
            ],
          );
        }
        assert.equal(metrics['threadtally   http_requests_total'], undefined);
      }
    });

    it('have their names, units, scopes and typed attributes', async test => {
      const registry = new Registry();
      const metering = startMeterProvider({ registry });
      test.after(() => metering.shutdown());
      const shop = metering.provider.getMeter('shop', '1.2', { schemaUrl: 'https://schema.test/1' });
      const other = metering.provider.getMeter('other');
      const options = { unit: '{request}', description: 'Requests.' };
      shop
        .createCounter('http.requests', options)
        .add(3, { 'http.route': '/cart', retry: true, size: 2, f: 0.5 });
      other.createCounter('http.requests', options).add(4, { list: ['a', 'b'] });
      shop.createUpDownCounter('queue.depth').add(-2);
      shop.createGauge('heat', { unit: 'Cel' }).record(21);
      shop.createHistogram('wait', { unit: 'ms', advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5);
      const metrics = metricsByScope(await new PushReader({ encoding }).push(registry));
      const requests = metrics['shop 1.2 https://schema.test/1 http.requests']!;
      assert.deepEqual([requests.unit, requests.description], ['{request}', 'Requests.']);
      const [point] = pointsOf(requests);
      assert.equal(point!.asDouble, 3);
      assert.deepEqual(attributesIn(point!.attributes), {
        'http.route': '/cart',
        retry: true,
        size: '2',
        f: 0.5,
      });
      assert.deepEqual(
        pointsOf(metrics['other   http.requests']).map(({ asDouble }) => asDouble),
        [4],
      );
      const depth = metrics['shop 1.2 https://schema.test/1 queue.depth']!;
      assert.deepEqual([depth.sum!.isMonotonic ?? false, depth.sum!.aggregationTemporality], [false, 2]);
      assert.equal(depth.description ?? '', '');
      assert.equal(metrics['shop 1.2 https://schema.test/1 heat']!.gauge!.dataPoints![0]!.asDouble, 21);
      assert.equal(metrics['shop 1.2 https://schema.test/1 wait']!.unit, 'ms');
    });

    it('that are observed are cumulative where others are not, if little memory is wanted', async test => {
      const registry = new Registry();
      const metering = startMeterProvider({ registry });
      test.after(() => metering.shutdown());
      const meter = metering.provider.getMeter('shop');
      meter.createCounter('counted').add(1);
      meter.createObservableCounter('seen').addCallback(result => result.observe(5));
      const temporalityIn = async (temporality: 'delta' | 'lowmemory'): Promise<unknown[]> => {
        const metrics = metricsByScope(await new PushReader({ encoding, temporality }).push(registry));
        return ['counted', 'seen'].map(name => metrics[`shop   ${name}`]!.sum!.aggregationTemporality);
      };
      assert.deepEqual(await temporalityIn('lowmemory'), [1, 2]);
      assert.deepEqual(await temporalityIn('delta'), [1, 1]);
    });

    it('are told of without target_info, which the resource says', async test => {
      const registry = new Registry();
      const metering = startMeterProvider({ registry });
      test.after(() => metering.shutdown());
      metering.provider.getMeter('shop').createCounter('counted').add(1);
      assert.match(await registry.metrics(), /^target_info\{/m);
      const pushed = metricsByScope(await new PushReader({ encoding }).push(registry));
      const { resourceMetrics } = await registryMetricProducer<CollectionResult>(registry).collect();
      const produced = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
      assert.deepEqual(Object.keys(pushed), ['shop   counted']);
      assert.deepEqual(
        produced.map(({ descriptor }) => descriptor.name),
        ['counted'],
      );
    });

    it('have default labels beside their attributes', async test => {
      const registry = new Registry();
      const metering = startMeterProvider({ registry });
      test.after(() => metering.shutdown());
      registry.setDefaultLabels({ zone: 'z1' });
      metering.provider.getMeter('shop').createCounter('counted').add(1, { a: 1 });
      const metrics = metricsByScope(await new PushReader({ encoding }).push(registry));
      const [point] = pointsOf(metrics['shop   counted']);
      assert.deepEqual(attributesIn(point!.attributes), { a: '1', zone: 'z1' });
    });
  });
}
