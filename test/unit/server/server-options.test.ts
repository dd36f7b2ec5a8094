import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import { metricsHandler, serveMetrics } from '../../../src/server/index.js';
import type { MetricsSource, ServerOptions } from '../../../src/server/index.js';
import { resolveServerOptions } from '../../../src/server/server-options.js';
import { fixedSource } from '../../integration/server-sources.js';

const source = fixedSource('');

function problemOf(options: object): string {
  try {
    resolveServerOptions(source, options);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message;
  }
  return 'none';
}

const BAD: readonly [object, RegExp][] = [
  [{ port: -1 }, /port -1 must be an integer in 0\.\.65535/],
  [{ port: 65_536 }, /port 65536 must be/],
  [{ port: 80.5 }, /port 80\.5 must be/],
  [{ port: '9464' }, /port "9464" must be an integer/],
  [{ port: NaN }, /port NaN must be/],
  [{ port: null }, /port null must be/],
  [{ host: '' }, /host "" must be an address or a host name/],
  [{ host: 'http://0.0.0.0' }, /host "http:\/\/0\.0\.0\.0" must be .* without scheme/],
  [{ host: '[::1]' }, /host .* brackets/],
  [{ host: 1 }, /host 1 must be/],
  [{ path: 'metrics' }, /path "metrics" must start with '\/'/],
  [{ path: '/a?b' }, /path .* without query/],
  [{ path: '/a b' }, /path .* spaces/],
  [{ path: '/ready' }, /path "\/ready" is an endpoint of the server itself/],
  [{ transport: 'http' }, /transport "http" must be 'auto', 'uws' or 'node'/],
  [{ isReady: true }, /isReady true must be a function/],
  [{ closeTimeoutMs: -1 }, /closeTimeoutMs -1 must be an integer in 0\.\.600000/],
  [{ compression: 'gzip' }, /compression "gzip" must be true or false/],
  [{ renderTimeoutMs: 0 }, /renderTimeoutMs 0 must be an integer in 1\.\.600000/],
  [
    { hostname: 'x' },
    /hostname is no option of serveMetrics; the options of serveMetrics are host, port, path, transport, isReady, /,
  ],
  [{ prot: 1 }, /prot is no option of serveMetrics; did you mean port\?/],
  [{ constructor: {} }, /constructor is no option/],
];

describe('the options of a metrics server', () => {
  it('have defaults, also for keys that are undefined', () => {
    const defaults = resolveServerOptions(source, {});
    const { isReady, ...rest } = defaults;
    assert.deepEqual(rest, {
      host: '127.0.0.1',
      port: 9464,
      path: '/metrics',
      transport: 'auto',
      closeTimeoutMs: 5_000,
      renderTimeoutMs: 30_000,
      compression: true,
    });
    assert.equal(isReady(), true);
    const undefinedPort = { port: undefined } as unknown as ServerOptions;
    assert.deepEqual(resolveServerOptions(source, undefinedPort), defaults);
  });

  for (const [options, problem] of BAD) {
    it(`are refused with the value and the limit: ${problem.source}`, () =>
      assert.match(problemOf(options), problem));
  }

  it('are refused when they are no object', async () => {
    for (const options of [8181, 'node', null])
      await assert.rejects(
        serveMetrics({ render: () => Promise.reject(new Error('x')) }, options as never),
        /^ConfigurationError: serveMetrics: options is .*; it must be an object, such as \{ port: 9464 \}$/,
      );
  });

  it('are refused with every problem at once, and nothing listens then', async () => {
    const attempt = serveMetrics(undefined as unknown as MetricsSource, {
      port: -5,
      path: 'x',
      closeTimeoutMs: 0.5,
    });
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.equal(error.code, 'ERR_CONFIGURATION');
      assert.match(
        error.message,
        /^serveMetrics: .*no render\(\) method.*port -5.*path "x".*closeTimeoutMs 0\.5/,
      );
      return true;
    });
  });
});

describe('the options of a metrics handler', () => {
  it('are refused with every problem at once', () => {
    const make = () => metricsHandler({} as MetricsSource, { renderTimeoutMs: -1, port: 1 } as object);
    assert.throws(
      make,
      /metricsHandler: .*no render\(\) method.*port is no option of metricsHandler; .* are renderTimeoutMs.*renderTimeoutMs -1/,
    );
  });
});
