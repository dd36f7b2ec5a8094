import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsPushSettingsOf } from '../../../src/otel/metrics-push-settings.js';
import { tracingSettingsOf } from '../../../src/otel/tracing-settings.js';
import { warningsOf } from '../registry/played-thread.js';

const SETTINGS = [
  ['spans', tracingSettingsOf, 'v1/traces', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  ['data points', metricsPushSettingsOf, 'v1/metrics', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'],
] as const;
const GRPC = 'http://collector:4317';

for (const [items, settingsOf, path, variable] of SETTINGS) {
  describe(`the address of ${items}`, () => {
    it('is the endpoint with the path of the signal, if it does not end so', () => {
      for (const [endpoint, url] of [
        ['http://a:4318', `http://a:4318/${path}`],
        ['http://a/base/', `http://a/base/${path}`],
        [`http://a/base/${path}`, `http://a/base/${path}`],
        ['http://a/otlp?key=1', `http://a/otlp/${path}?key=1`],
      ] as const) {
        assert.equal(settingsOf({ endpoint }, {}).url, url);
        assert.equal(settingsOf({}, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).url, url);
      }
    });

    it('is the variable for the signal as it is', () => {
      assert.equal(settingsOf({}, { [variable]: 'http://a:4318/x' }).url, 'http://a:4318/x');
    });

    it('may have the port of gRPC, with a warning that says which one is meant', async () => {
      const shown = (name: string): string[] => [
        `${name} has the port 4317, which is that of OTLP over gRPC; what is sent here is OTLP/HTTP, whose port is 4318`,
      ];
      const given = (config: object, env = {}): Promise<string[]> =>
        warningsOf(() => void settingsOf(config, env));
      assert.deepEqual(await given({ endpoint: GRPC }), shown('endpoint'));
      assert.deepEqual(await given({}, { [variable]: GRPC }), shown(variable));
      const all = 'OTEL_EXPORTER_OTLP_ENDPOINT';
      assert.deepEqual(await given({}, { [all]: GRPC }), shown(all));
      assert.deepEqual(await given({ endpoint: 'http://collector:4318' }, { [all]: GRPC }), []);
      assert.deepEqual(await given({ endpoint: GRPC }, { OTEL_SDK_DISABLED: 'true' }), []);
    });
  });
}

describe('the address of spans that a worker has inherited', () => {
  it('is told of in the thread that has named it', async () => {
    assert.deepEqual(await warningsOf(() => void tracingSettingsOf({ endpoint: GRPC }, {}, true)), []);
  });
});

describe('the address of spans that a given exporter takes', () => {
  it('is not looked at', async () => {
    const exporter = { export() {}, shutdown: () => Promise.resolve() };
    const warnings = await warningsOf(() => {
      tracingSettingsOf({ exporter }, { OTEL_EXPORTER_OTLP_ENDPOINT: GRPC });
    });
    assert.deepEqual(warnings, []);
  });
});
