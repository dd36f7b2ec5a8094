import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import type { MetricsPushConfig } from '../../../src/otel/index.js';
import { startMetricsPush } from '../../../src/otel/index.js';
import { metricsPushSettingsOf } from '../../../src/otel/metrics-push-settings.js';

/** The problems, one by one. */
function problemsOf(config: object, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    metricsPushSettingsOf(config as MetricsPushConfig, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message.replace('startMetricsPush: ', '').split('; ');
  }
}

describe('settings of metrics pushes', () => {
  it('have defaults for everything', () => {
    assert.deepEqual(metricsPushSettingsOf({}, {}), {
      isDisabled: false,
      attributes: {},
      url: 'http://localhost:4318/v1/metrics',
      headers: {},
      timeoutMs: 10_000,
      compression: 'none',
      breaker: { failuresMax: 3, openMs: 30_000, successesMin: 1 },
      protocol: 'http/protobuf',
      intervalMs: 60_000,
      exportTimeoutMs: 30_000,
      temporality: 'cumulative',
      pointsMax: 10_000,
      shutdownTimeoutMs: 5_000,
    });
  });

  it('come from the variables of OpenTelemetry, those for metrics before those for all signals', () => {
    const settings = metricsPushSettingsOf(
      {},
      {
        OTEL_SDK_DISABLED: 'true',
        OTEL_SERVICE_NAME: 'billing',
        OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=one,x-tenant=t',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'Api-Key=two',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=three',
        OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'LowMemory',
        OTEL_METRIC_EXPORT_INTERVAL: '5000',
        OTEL_METRIC_EXPORT_TIMEOUT: '3000',
      },
    );
    assert.equal(settings.isDisabled, true);
    assert.deepEqual(settings.attributes, { 'service.name': 'billing', team: 'a,b' });
    assert.equal(settings.url, 'http://collector:4318/base/v1/metrics');
    assert.deepEqual(settings.headers, { 'api-key': 'two', 'x-tenant': 't' });
    assert.deepEqual([settings.timeoutMs, settings.compression], [2_000, 'gzip']);
    assert.deepEqual([settings.protocol, settings.temporality], ['http/json', 'lowmemory']);
    assert.deepEqual([settings.intervalMs, settings.exportTimeoutMs], [5_000, 3_000]);
    const named = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:1/metrics',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'x',
    };
    assert.equal(metricsPushSettingsOf({}, named).url, 'http://c:1/metrics', 'as it is');
  });

  it('of the call win over variables, which are not even read then', () => {
    const settings = metricsPushSettingsOf(
      {
        endpoint: 'https://named.example',
        protocol: 'http/json',
        temporality: 'delta',
        intervalMs: 7,
        timeoutMs: 8,
      },
      {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'no URL',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sometimes',
        OTEL_METRIC_EXPORT_INTERVAL: 'soon',
        OTEL_EXPORTER_OTLP_TIMEOUT: '-1',
      },
    );
    assert.equal(settings.url, 'https://named.example/v1/metrics');
    assert.deepEqual([settings.protocol, settings.temporality], ['http/json', 'delta']);
    assert.deepEqual([settings.intervalMs, settings.timeoutMs], [7, 8]);
  });

  it('are refused with every problem of the call', () => {
    const config = {
      endpoint: 'ftp://c',
      headers: { 'a b': 'secret' },
      protocol: 'grpc',
      compression: 'zstd',
      temporality: 'DELTA',
      intervalMs: 0,
      exportTimeoutMs: 'soon',
      pointsMax: 1.5,
      breaker: { failures: 1 },
      shutdownTimeoutMs: -1,
      registry: 'mine',
      sampler: {},
    };
    const problems = problemsOf(config);
    for (const name of Object.keys(config))
      assert.ok(
        problems.some(problem => problem.startsWith(name) || problem.endsWith(` is no option of ${name}`)),
        `${name} is not refused`,
      );
    assert.doesNotMatch(problems.join(), /secret/);
  });

  it('are refused with an address of another signal', () => {
    const problems = problemsOf({ endpoint: 'http://c:1/v1/traces' });
    assert.match(
      problems.join('; '),
      /^endpoint ends in \/v1\/traces; give the base .* ends in \/v1\/metrics$/,
    );
  });

  it('are refused with every problem of the environment', () => {
    const problems = problemsOf(
      {},
      {
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sometimes',
        OTEL_METRIC_EXPORT_INTERVAL: '1e9',
        OTEL_RESOURCE_ATTRIBUTES: 'a',
      },
    );
    const text = problems.join('\n');
    assert.match(text, /OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is 'grpc'/);
    assert.match(text, /TEMPORALITY_PREFERENCE is 'sometimes'/);
    assert.match(text, /OTEL_METRIC_EXPORT_INTERVAL is '1e9'/);
    assert.match(text, /OTEL_RESOURCE_ATTRIBUTES: entry 1/);
  });

  it('are asked for as an object', () => {
    assert.throws(() => startMetricsPush('http://c' as never), /must be an object/);
  });
});
