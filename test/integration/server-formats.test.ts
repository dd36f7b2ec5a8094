/** What a scrape asks for in its headers and its query, over both transports and the handler. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../src/index.js';
import { metricsHandler } from '../../src/server/index.js';
import type { HandlerOptions, MetricsSource } from '../../src/server/index.js';
import { decode, HAS_ZSTD } from './server-codings.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import type { RawReply } from './server-raw-client.js';
import { fixedSource, GatedSource, rendering, TEXT_TYPE } from './server-sources.js';
import { startServer, uwsSkipReason } from './server-transports.js';

const LARGE = Buffer.from('http_requests_total{route="/",status="200"} 123456789\n'.repeat(20_000));
const SMALL = 'up 1\n';
const CODINGS = HAS_ZSTD ? ['gzip', 'zstd'] : ['gzip'];
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

/** Serves a source and returns the port. */
type Serve = (test: TestContext, source: MetricsSource, options?: HandlerOptions) => Promise<number>;

async function serveHandler(
  test: TestContext,
  source: MetricsSource,
  options?: HandlerOptions,
): Promise<number> {
  const server = createServer(metricsHandler(source, options)).listen(0, '127.0.0.1');
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function describeAll(title: string, define: (serve: Serve) => void): void {
  const over =
    (transport: 'node' | 'uws'): Serve =>
    async (test, source, options) =>
      (await startServer(test, source, { transport, ...options })).port;
  describe(`${title}, over node:http`, () => define(over('node')));
  describe(`${title}, over uWebSockets.js`, { skip: uwsSkipReason }, () => define(over('uws')));
  describe(`${title}, by the handler`, () => define(serveHandler));
}

function decoded({ headers, body }: RawReply): Buffer {
  return decode(headers.get('content-encoding'), body);
}

describeAll('a compressed body', serve => {
  for (const coding of CODINGS) {
    it(`by ${coding} is what was rendered`, async test => {
      const port = await serve(test, fixedSource(LARGE));
      const reply = await rawRequest(port, 'GET', '/metrics', { 'Accept-Encoding': coding });
      assert.deepEqual([reply.status, reply.headers.get('content-encoding')], [200, coding]);
      assert.equal(reply.headers.get('content-type'), TEXT_TYPE);
      assert.ok(reply.body.length < LARGE.length / 20);
      assert.ok(decoded(reply).equals(LARGE));
    });

    it(`by ${coding} has the headers of GET at HEAD, and no byte`, async test => {
      const port = await serve(test, fixedSource(LARGE));
      const connection = await RawConnection.open(port);
      const headers = { 'Accept-Encoding': coding };
      const head = await connection.request('HEAD', '/metrics', headers);
      // A body after HEAD would be read as the beginning of this reply.
      const get = await connection.request('GET', '/metrics', headers);
      assert.deepEqual([...head.headers.keys()].sort(), [...get.headers.keys()].sort());
      for (const name of ['content-encoding', 'content-length', 'content-type', 'vary']) {
        assert.equal(head.headers.get(name), get.headers.get(name), name);
      }
      assert.equal(head.headers.get('content-length'), String(get.body.length));
      assert.ok(decoded(get).equals(LARGE));
      assert.equal(connection.unreadBytes, 0);
      connection.destroy();
    });
  }

  it('is sent only to those who ask for it', async test => {
    const port = await serve(test, fixedSource(LARGE));
    for (const field of ['', 'identity', 'br', 'gzip;q=0', 'gzip;q=0.5, identity', '*;q=0']) {
      const reply = await rawRequest(
        port,
        'GET',
        '/metrics',
        field === '' ? {} : { 'Accept-Encoding': field },
      );
      assert.equal(reply.headers.has('content-encoding'), false, field);
      assert.ok(reply.body.equals(LARGE));
    }
  });

  it('is not made of a small one, unless the client takes nothing else', async test => {
    const port = await serve(test, fixedSource(SMALL));
    const small = await rawRequest(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip' });
    assert.deepEqual([small.headers.has('content-encoding'), small.body.toString()], [false, SMALL]);
    const forced = await rawRequest(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip, identity;q=0' });
    assert.equal(forced.headers.get('content-encoding'), 'gzip');
    assert.equal(decoded(forced).toString(), SMALL);
  });

  it('can be switched off, and the reply says what it depends on', async test => {
    const headers = { 'Accept-Encoding': 'gzip, identity;q=0' };
    const off = await rawRequest(
      await serve(test, fixedSource(LARGE), { compression: false }),
      'GET',
      '/metrics',
      headers,
    );
    assert.ok(off.body.equals(LARGE));
    assert.deepEqual([off.headers.has('content-encoding'), off.headers.get('vary')], [false, 'Accept']);
    const on = await rawRequest(await serve(test, fixedSource(LARGE)), 'GET', '/metrics');
    assert.equal(on.headers.get('vary'), 'Accept, Accept-Encoding');
  });

  it('shares a render with one that is not, and with one of another coding', async test => {
    const source = new GatedSource();
    const port = await serve(test, source);
    const fields = [...CODINGS, 'identity', ...CODINGS];
    const clients = [];
    // The first one is rendered by itself, and all others wait for its end.
    const first = await RawConnection.open(port);
    await first.send(requestText('GET', '/metrics'));
    const firstRender = await source.nextRender();
    for (const field of fields) {
      const client = await RawConnection.open(port);
      await client.send(requestText('GET', '/metrics', { 'Accept-Encoding': field }));
      clients.push(client);
    }
    await rawRequest(port, 'POST', '/');
    firstRender.finish(SMALL);
    (await source.nextRender()).finish(LARGE);
    const replies = await Promise.all(clients.map(client => client.nextReply()));
    assert.deepEqual(
      replies.map(({ headers }) => headers.get('content-encoding') ?? 'identity'),
      fields,
    );
    assert.ok(replies.every(reply => decoded(reply).equals(LARGE)));
    assert.equal(source.renderCount, 2);
    for (const client of [first, ...clients]) client.destroy();
  });

  it('is that of the bytes of this scrape, after others and before others', async test => {
    const registry = new Registry();
    const wide = registry.counter({ name: 'wide_total', help: 'Wide.', labelNames: ['a'] });
    for (let i = 0; i < 100; i++) wide.inc({ a: `value ${i}` });
    const port = await serve(test, registry);
    for (let round = 0; round < 6; round++) {
      // Every second scrape is of bytes that were compressed before.
      if (round % 2 === 0) wide.inc({ a: 'value 99' }, 1_000);
      const expected = await registry.metrics();
      const reply = await rawRequest(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip' });
      assert.equal(reply.headers.get('content-encoding'), 'gzip');
      assert.equal(decoded(reply).toString(), expected);
    }
    registry.close();
  });
});

describeAll('the format', serve => {
  it('is what the registry has for the Accept header', async test => {
    const registry = new Registry();
    registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc();
    const port = await serve(test, registry);
    for (const [accept, type, sample] of [
      [undefined, TEXT_TYPE, 'jobs_total 1'],
      ['*/*', TEXT_TYPE, 'jobs_total 1'],
      [
        PROMETHEUS_3,
        'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
        '# EOF',
      ],
      [
        'text/plain;version=1.0.0',
        'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
        'jobs_total 1',
      ],
      [
        'text/plain;version=1.0.0;escaping=dots',
        'text/plain; version=1.0.0; charset=utf-8; escaping=dots',
        'jobs__total 1',
      ],
      ['image/png', TEXT_TYPE, 'jobs_total 1'],
    ] as const) {
      const reply = await rawRequest(port, 'GET', '/metrics', accept === undefined ? {} : { Accept: accept });
      assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, type]);
      assert.equal(reply.body.toString().split('\n').at(-2), sample);
    }
    registry.close();
  });

  it('is rendered once for each content type of a source, whatever the headers are', async test => {
    const gated = new GatedSource();
    const source: MetricsSource = {
      render: () => gated.render(),
      contentTypeFor: accept => (accept.includes('openmetrics') ? 'openmetrics' : 'text'),
    };
    const port = await serve(test, source);
    const first = await RawConnection.open(port);
    await first.send(requestText('GET', '/metrics'));
    const firstRender = await gated.nextRender();
    const clients = [];
    for (const accept of [
      'text/plain',
      '*/*',
      'application/openmetrics-text',
      'text/html',
      'application/openmetrics-text;q=0.1',
    ]) {
      const client = await RawConnection.open(port);
      await client.send(requestText('GET', '/metrics', { Accept: accept }));
      clients.push(client);
    }
    await rawRequest(port, 'POST', '/');
    firstRender.finish('0');
    (await gated.nextRender()).finish('text');
    (await gated.nextRender()).finish('openmetrics');
    const bodies = await Promise.all(clients.map(async client => (await client.nextReply()).body.toString()));
    assert.deepEqual(bodies, ['text', 'text', 'openmetrics', 'text', 'openmetrics']);
    assert.equal(gated.renderCount, 3);
    for (const client of [first, ...clients]) client.destroy();
  });

  it('cannot fail a scrape of others when a source fails to say it', async test => {
    const source: MetricsSource = {
      render: () => Promise.resolve(rendering(SMALL)),
      contentTypeFor: accept => {
        if (accept === 'bad') throw new Error('cannot say');
        return 'text';
      },
    };
    const port = await serve(test, source);
    const bad = await rawRequest(port, 'GET', '/metrics', { Accept: 'bad' });
    assert.deepEqual([bad.status, bad.body.toString()], [500, 'rendering the metrics failed: cannot say\n']);
    assert.equal((await rawRequest(port, 'GET', '/metrics')).status, 200);
  });
});

describeAll('the names in a query', serve => {
  it('choose the families that are shown', async test => {
    const registry = new Registry();
    registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc(2);
    registry.histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1] }).observe(1);
    registry.gauge({ name: 'depth', help: 'Depth.' }).set(3);
    const port = await serve(test, registry);
    const shownFor = async (query: string): Promise<string[]> => {
      const { status, body } = await rawRequest(port, 'GET', `/metrics${query}`);
      assert.equal(status, 200);
      return [...body.toString().matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    };
    assert.deepEqual(await shownFor(''), ['jobs_total', 'wait_seconds', 'depth']);
    assert.deepEqual(await shownFor('?x=1'), ['jobs_total', 'wait_seconds', 'depth']);
    assert.deepEqual(await shownFor('?name[]=depth'), ['depth']);
    assert.deepEqual(await shownFor('?name%5B%5D=wait_seconds_bucket&name[]=jobs'), [
      'jobs_total',
      'wait_seconds',
    ]);
    assert.deepEqual(await shownFor('?name[]=nothing'), []);
    registry.close();
  });
});

describeAll('the timeout of a scraper', serve => {
  it('is told to a source as what is left of it', async test => {
    const seen: (number | undefined)[] = [];
    const port = await serve(test, {
      render: options => {
        seen.push(options?.timeoutMs);
        return Promise.resolve(rendering(SMALL));
      },
    });
    await rawRequest(port, 'GET', '/metrics', { 'x-prometheus-scrape-timeout-seconds': '10' });
    await rawRequest(port, 'GET', '/metrics');
    assert.ok(seen[0]! > 1_000 && seen[0]! <= 9_500, String(seen[0]));
    assert.equal(seen[1], undefined);
  });

  it('answers 503 before it when nothing is rendered by then, and renders no second time meanwhile', async test => {
    const source = new GatedSource();
    const port = await serve(test, source);
    const hurried = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.01' };
    const { status, body } = await rawRequest(port, 'GET', '/metrics', hurried);
    assert.equal(status, 503);
    assert.match(body.toString(), /not answered within 9 ms, .*raise scrape_timeout/);
    assert.equal((await rawRequest(port, 'GET', '/metrics', hurried)).status, 503);
    assert.equal(source.renderCount, 1);
    (await source.nextRender()).finish('too late');
    const patient = await RawConnection.open(port);
    await patient.send(requestText('GET', '/metrics'));
    (await source.nextRender()).finish('in time');
    assert.equal((await patient.nextReply()).body.toString(), 'in time');
    patient.destroy();
  });
});

describe('the timeout of a scraper of a registry', () => {
  it('ends the wait for callbacks before it, and the scrape is answered', async test => {
    const registry = new Registry({ collectTimeoutMs: 60_000 });
    registry.gauge({ name: 'depth', help: 'Depth.', collect: () => new Promise(() => undefined) });
    const port = await serveHandler(test, registry);
    const { status, headers, body } = await rawRequest(port, 'GET', '/metrics', {
      'X-Prometheus-Scrape-Timeout-Seconds': '2',
    });
    assert.deepEqual([status, headers.get('x-collect-late-threads')], [200, '0']);
    assert.match(body.toString(), /^depth 0$/m);
    registry.close();
  });
});
