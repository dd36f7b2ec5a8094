import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import type { TracingConfig } from '../../../src/otel/index.js';
import { tracingSettingsOf } from '../../../src/otel/tracing-settings.js';

/** The problems, one by one. */
function problemsOf(config: object, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    tracingSettingsOf(config as TracingConfig, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message.replace('startTracing: ', '').split('; ');
  }
}

describe('tracing settings', () => {
  it('have defaults for everything', () => {
    assert.deepEqual(tracingSettingsOf({}, {}), {
      isDisabled: false,
      attributes: {},
      url: 'http://localhost:4318/v1/traces',
      protocol: 'http/json',
      headers: {},
      timeoutMs: 10_000,
      compression: 'none',
      sampler: { strategy: 'parent_based', ratio: 1 },
      batch: { queueSizeMax: 2_048, batchSizeMax: 512, delayMs: 5_000, exportTimeoutMs: 30_000 },
      breaker: { failuresMax: 3, openMs: 30_000, successesMin: 1 },
      spanLimits: {},
      propagators: ['tracecontext', 'baggage'],
      shutdownTimeoutMs: 5_000,
    });
  });

  it('come from the variables of OpenTelemetry, those for traces before those for all signals', () => {
    const settings = tracingSettingsOf(
      {},
      {
        OTEL_SERVICE_NAME: 'billing',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=a%2Cb, service.version=2',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=one,x-tenant=t',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'Api-Key=t%20wo',
        OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
        OTEL_BSP_MAX_QUEUE_SIZE: '100',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        OTEL_BSP_EXPORT_TIMEOUT: '60',
        OTEL_SDK_DISABLED: 'TRUE',
        OTEL_PROPAGATORS: 'baggage, tracecontext',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      },
    );
    assert.deepEqual(settings.attributes, {
      'service.name': 'billing',
      team: 'a,b',
      'service.version': '2',
    });
    assert.equal(settings.url, 'http://collector:4318/base/v1/traces');
    assert.deepEqual(settings.headers, { 'api-key': 't wo', 'x-tenant': 't' });
    assert.deepEqual([settings.timeoutMs, settings.compression], [2_000, 'gzip']);
    assert.equal(settings.protocol, 'http/protobuf');
    assert.deepEqual(settings.sampler, { strategy: 'parent_based', ratio: 0.25 });
    assert.deepEqual(settings.batch, {
      queueSizeMax: 100,
      batchSizeMax: 10,
      delayMs: 50,
      exportTimeoutMs: 60,
    });
    assert.equal(settings.isDisabled, true);
    assert.deepEqual(settings.propagators, ['baggage', 'tracecontext']);
  });

  it('of the call win over variables, which are not even read then', () => {
    const config: TracingConfig = {
      serviceName: 'named',
      instanceId: 'i-1',
      environment: 'staging',
      attributes: { team: 'b', 'service.name': 'attribute' },
      endpoint: 'https://named.example',
      headers: { 'API-Key': 'named' },
      timeoutMs: 5,
      sampler: { strategy: 'rate_limited', spansPerSecond: 0.5 },
      propagators: [],
      batch: { queueSizeMax: 4 },
    };
    const settings = tracingSettingsOf(config, {
      OTEL_SERVICE_NAME: 'variable',
      OTEL_RESOURCE_ATTRIBUTES: 'team=a,zone=z',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'no URL',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=variable,other=o',
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
      OTEL_TRACES_SAMPLER: 'none of these',
      OTEL_BSP_MAX_QUEUE_SIZE: '-1',
      OTEL_PROPAGATORS: 'b3',
    });
    assert.deepEqual(settings.attributes, {
      'service.name': 'named',
      'service.instance.id': 'i-1',
      'deployment.environment.name': 'staging',
      team: 'b',
      zone: 'z',
    });
    assert.equal(settings.url, 'https://named.example/v1/traces');
    assert.deepEqual(settings.headers, { 'api-key': 'named', other: 'o' });
    assert.equal(settings.timeoutMs, 5);
    assert.deepEqual(settings.sampler, config.sampler);
    assert.deepEqual(settings.propagators, []);
    assert.equal(settings.batch.batchSizeMax, 4, 'no batch is larger than the queue');
  });

  it('take the URL of traces as it is, and do not append to it twice', () => {
    const urlOf = (config: TracingConfig, env = {}) => tracingSettingsOf(config, env).url;
    const named = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:1/traces',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'x',
    };
    assert.equal(urlOf({}, named), 'http://c:1/traces');
    assert.equal(urlOf({ endpoint: 'http://c:1/v1/traces' }), 'http://c:1/v1/traces');
    assert.equal(urlOf({ endpoint: 'http://c:1/v1/traces/' }), 'http://c:1/v1/traces');
    assert.equal(urlOf({ endpoint: 'http://c:1/otlp//' }), 'http://c:1/otlp/v1/traces');
    assert.equal(urlOf({ endpoint: 'http://c:1/otlp?k=v' }), 'http://c:1/otlp/v1/traces?k=v');
  });

  it('know the samplers of the variable', () => {
    const samplerOf = (name: string, argument = '') =>
      tracingSettingsOf({}, { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }).sampler;
    assert.deepEqual(samplerOf('always_on'), { strategy: 'always_on' });
    assert.deepEqual(samplerOf('always_off', 'ignored'), { strategy: 'always_off' });
    assert.deepEqual(samplerOf('traceidratio', '.5'), { strategy: 'trace_id_ratio', ratio: 0.5 });
    assert.deepEqual(samplerOf('traceidratio'), { strategy: 'trace_id_ratio', ratio: 1 });
    assert.deepEqual(samplerOf('parentbased_always_on'), { strategy: 'parent_based', ratio: 1 });
    assert.deepEqual(samplerOf('parentbased_always_off'), { strategy: 'parent_based', ratio: 0 });
  });

  it('are refused with every problem at once', () => {
    assert.deepEqual(
      problemsOf(
        {
          serviceName: ' ',
          endpoint: 'collector:4318',
          headers: { 'bad name': 'x', good: 'line\nbreak' },
          timeoutMs: 0,
          compression: 'zstd',
          sampler: { strategy: 'parent_based', ratio: 1.5, odds: 3 },
          batch: { queueSizeMax: 10, batchSizeMax: 11, size: 1 },
          breaker: { failuresMax: 0 },
          spanLimits: { eventCountLimit: 0.5 },
          propagators: ['b3'],
          attributes: { ok: 1, nested: {} },
          registry: {},
          exporter: {},
          endpont: 'x',
        },
        { OTEL_BSP_SCHEDULE_DELAY: '5s', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      ),
      [
        'endpont is no option of startTracing',
        'did you mean endpoint?',
        'the options of startTracing are serviceName, serviceVersion, environment, instanceId, attributes, endpoint, protocol, headers, ' +
          'timeoutMs, compression, sampler, batch, breaker, spanLimits, propagators, shutdownTimeoutMs, registry, exporter',
        'registry is {}',
        'it must be a registry, or what its share() returned',
        'exporter is {}',
        'it must be an object with export() and shutdown()',
        "serviceName is ' '",
        'it must be a text that is not empty',
        'attributes["nested"] is {}',
        'it must be a text, a number or a boolean',
        "endpoint is 'collector:4318'",
        'it must be a URL such as http://localhost:4318',
        'headers has a header "bad name" that is no valid HTTP header',
        'headers has a header "good" that is no valid HTTP header',
        'timeoutMs is 0',
        'it must be an integer in 1..600000',
        "compression is 'zstd'",
        'it must be one of gzip, none',
        "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'",
        'it must be one of http/json, http/protobuf',
        'odds is no option of sampler',
        'the options of sampler are strategy, ratio, spansPerSecond',
        'sampler.ratio is 1.5',
        'it must be a number in 0..1',
        'size is no option of batch',
        'the options of batch are queueSizeMax, batchSizeMax, delayMs, exportTimeoutMs',
        'batch.batchSizeMax is 11',
        'it must be an integer in 1..10',
        "OTEL_BSP_SCHEDULE_DELAY is '5s'",
        'it must be an integer in 0..600000',
        'breaker.failuresMax is 0',
        'it must be an integer in 1..1000',
        'spanLimits.eventCountLimit is 0.5',
        'it must be an integer in 1..1000000',
        "propagators is [ 'b3' ]",
        'it must be a list of tracecontext and baggage',
      ],
    );
  });

  it('never show the value of a header', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization: secret,key=%zzsecret,x=secr\u{1}et' };
    const problems = problemsOf({ headers: { key: 'secret\n' } }, env);
    assert.deepEqual(problems, [
      'OTEL_EXPORTER_OTLP_HEADERS: entry 1 is not of the form key=value',
      'OTEL_EXPORTER_OTLP_HEADERS: entry 2 is not percent-encoded correctly',
      'OTEL_EXPORTER_OTLP_HEADERS has a header "x" that is no valid HTTP header',
      'headers has a header "key" that is no valid HTTP header',
    ]);
  });

  it('need what a sampling strategy needs', () => {
    for (const [sampler, problem] of [
      [{ strategy: 'trace_id_ratio' }, 'sampler.ratio is null'],
      [{ strategy: 'rate_limited' }, 'sampler.spansPerSecond is null'],
      [{ strategy: 'rate_limited', spansPerSecond: 0 }, 'sampler.spansPerSecond is 0'],
      [{}, 'sampler.strategy is null'],
      ['always_on', "sampler is 'always_on'"],
    ] as const) {
      assert.equal(problemsOf({ sampler })[0], problem);
    }
    assert.deepEqual(
      problemsOf({}, { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' }),
      ["OTEL_TRACES_SAMPLER_ARG is '10%'", 'it must be a number in 0..1'],
    );
    assert.match(problemsOf({}, { OTEL_TRACES_SAMPLER: 'jaeger_remote' }).join(), /one of always_on/);
  });

  it('take a variable that is empty for one that is not there', () => {
    assert.deepEqual(problemsOf({}, { OTEL_BSP_SCHEDULE_DELAY: '', OTEL_TRACES_SAMPLER: ' ' }), []);
    assert.deepEqual(tracingSettingsOf({}, { OTEL_PROPAGATORS: 'none' }).propagators, []);
  });
});
