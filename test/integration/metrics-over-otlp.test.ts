/** The metrics of a registry as a receiver gets them, pushed by the reader and the exporter of the SDK. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { Registry } from '../../src/index.js';
import { registryMetricProducer } from '../../src/otel/index.js';

interface MockServer {
  start(): Promise<void>;
  close(): Promise<void>;
  readonly httpUrl: URL;
}
const { MockOtlpServer } = createRequire(import.meta.url)('@elastic/mockotlpserver') as {
  MockOtlpServer: new (options: object) => MockServer;
};

interface Metric {
  readonly name: string;
  readonly sum?: {
    readonly isMonotonic: boolean;
    readonly dataPoints: readonly { readonly asDouble: number }[];
  };
  readonly exponentialHistogram?: {
    readonly dataPoints: readonly {
      readonly count: number;
      readonly scale: number;
      readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
    }[];
  };
}

describe('metrics over OTLP', () => {
  it('arrive at a receiver that others have written', async test => {
    const bodies: { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }[] = [];
    const options = { services: ['http'], httpHostname: '127.0.0.1', httpPort: 0, logLevel: 'warn' };
    const server = new MockOtlpServer({ ...options, onMetrics: (body: never) => bodies.push(body) });
    await server.start();
    test.after(() => server.close());
    const registry = new Registry();
    registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc(3);
    registry.histogram({ name: 'size_bytes', help: 'Size.', native: { schema: 0 } }).observe(3);
    const reader = new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: new URL('/v1/metrics', server.httpUrl).href }),
      exportIntervalMillis: 600_000,
      metricProducers: [registryMetricProducer(registry)],
    });
    const provider = new MeterProvider({ readers: [reader] });
    await provider.forceFlush();
    await provider.shutdown();
    const metrics = bodies[0]!.resourceMetrics[0]!.scopeMetrics.flatMap(scope => scope.metrics);
    const [jobs, size] = ['jobs_total', 'size_bytes'].map(name =>
      metrics.find(metric => metric.name === name)!,
    );
    assert.equal(jobs!.sum!.isMonotonic, true);
    assert.equal(jobs!.sum!.dataPoints[0]!.asDouble, 3);
    const [point] = size!.exponentialHistogram!.dataPoints;
    // 3 lies above 2^1, and not above 2^2.
    assert.deepEqual([point!.count, point!.scale, point!.positive], [1, 0, { offset: 1, bucketCounts: [1] }]);
  });
});
