/** The same requests get the same replies from both transports. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TransportName } from '../../src/server/index.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, rendering, TEXT_TYPE } from './server-sources.js';
import { describeBothTransports, startServer } from './server-transports.js';

const BODY = '# TYPE up gauge\nup 1\n';
const LISTING = 'GET /metrics\nGET /health\nGET /ready\n';

describeBothTransports('metrics', transport => {
  it('are answered with the body and content type of the rendering, and with how long it took', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const { status, headers, body } = await rawRequest(server.port, 'GET', '/metrics');
    assert.equal(status, 200);
    assert.equal(body.toString(), BODY);
    assert.equal(headers.get('content-type'), TEXT_TYPE);
    assert.equal(headers.get('content-length'), String(BODY.length));
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('x-render-duration-ms') ?? '', /^\d+\.\d{3}$/);
  });

  it('have the same path whatever the query is', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    assert.equal(
      (await rawRequest(server.port, 'GET', '/metrics?name[]=up&x=/health')).body.toString(),
      BODY,
    );
  });

  it('may be empty', async test => {
    const server = await startServer(test, fixedSource(''), { transport });
    const connection = await RawConnection.open(server.port);
    for (const method of ['GET', 'HEAD', 'GET']) {
      const { status, headers } = await connection.request(method, '/metrics');
      assert.deepEqual([status, headers.get('content-length')], [200, '0']);
    }
    connection.destroy();
  });

  it('may be rendered into shared memory, or into a part of a larger buffer', async test => {
    const shared = new Uint8Array(new SharedArrayBuffer(BODY.length + 10)).subarray(5, 5 + BODY.length);
    shared.set(Buffer.from(BODY));
    const server = await startServer(test, fixedSource(shared), { transport });
    assert.equal((await rawRequest(server.port, 'GET', '/metrics')).body.toString(), BODY);
  });

  it('can be served at another path, and then not at the default one', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport, path: '/internal/metrics' });
    assert.equal((await rawRequest(server.port, 'GET', '/internal/metrics')).body.toString(), BODY);
    assert.equal((await rawRequest(server.port, 'GET', '/metrics')).status, 404);
    assert.match((await rawRequest(server.port, 'GET', '/')).body.toString(), /^GET \/internal\/metrics$/m);
  });

  it('can be served at the root, in place of the index', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport, path: '/' });
    assert.equal((await rawRequest(server.port, 'GET', '/')).body.toString(), BODY);
  });
});

describeBothTransports('HEAD', transport => {
  for (const path of ['/metrics', '/health', '/ready', '/', '/nothing']) {
    it(`of ${path} gets the headers of GET, and not one byte of a body`, async test => {
      const server = await startServer(test, fixedSource(BODY), { transport });
      const connection = await RawConnection.open(server.port);
      const head = await connection.request('HEAD', path);
      // A body after HEAD would be read as the beginning of this reply.
      const get = await connection.request('GET', path);
      assert.equal(head.status, get.status);
      assert.deepEqual([...head.headers.keys()].sort(), [...get.headers.keys()].sort());
      for (const name of ['content-type', 'cache-control']) {
        assert.equal(head.headers.get(name), get.headers.get(name));
      }
      // The uptime in a health report may gain a digit between the two.
      if (path !== '/health') assert.equal(head.headers.get('content-length'), String(get.body.length));
      assert.equal(connection.unreadBytes, 0);
      connection.destroy();
    });
  }
});

describeBothTransports('routing', transport => {
  it('answers a method other than GET and HEAD with 405 and the allowed ones', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      for (const path of ['/metrics', '/health', '/ready', '/']) {
        const { status, headers } = await rawRequest(server.port, method, path);
        assert.deepEqual([method, path, status, headers.get('allow')], [method, path, 405, 'GET, HEAD']);
      }
    }
  });

  it('skips the body of a request that it refuses', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const connection = await RawConnection.open(server.port);
    await connection.send(
      requestText('POST', '/metrics', { 'Content-Length': '100000' }) + 'x'.repeat(100_000),
    );
    assert.equal((await connection.nextReply()).status, 405);
    assert.equal((await connection.request('GET', '/metrics')).body.toString(), BODY);
    connection.destroy();
  });

  it('answers an unknown path with 404 and a list of the known ones', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    for (const path of ['/metric', '/metrics/', '/METRICS', '/metrics/../health', '//', '/__proto__']) {
      const { status, headers, body } = await rawRequest(server.port, 'GET', path);
      assert.deepEqual([path, status], [path, 404]);
      assert.match(headers.get('content-type') ?? '', /^text\/plain/);
      assert.ok(body.toString().endsWith(LISTING), body.toString());
    }
  });

  it('answers the root with a list of the endpoints', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const { status, body } = await rawRequest(server.port, 'GET', '/');
    assert.deepEqual([status, body.toString()], [200, LISTING]);
  });

  it('answers pipelined requests in their order', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const connection = await RawConnection.open(server.port);
    await connection.send(['/health', '/nothing', '/ready'].map(path => requestText('GET', path)).join(''));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await connection.nextReply()).status);
    assert.deepEqual(statuses, [200, 404, 200]);
    connection.destroy();
  });

  it('survives bytes that are no HTTP', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    for (const garbage of [
      '\0\x01\x02\r\n\r\n',
      'GET\r\n\r\n',
      'GET /metrics HTTP/9.9\r\n\r\n',
      'GET * HTTP/1.1\r\n\r\n',
    ]) {
      const connection = await RawConnection.open(server.port);
      await connection.send(garbage);
      connection.end();
      await connection.closed;
    }
    assert.equal((await rawRequest(server.port, 'GET', '/metrics')).status, 200);
  });
});

describeBothTransports('health', transport => {
  it('is reported as JSON', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const { status, headers, body } = await rawRequest(server.port, 'GET', '/health', { Accept: '*/*' });
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(headers.get('cache-control'), 'no-store');
    const { timestamp, uptime_seconds: uptime, ...rest } = JSON.parse(body.toString());
    assert.deepEqual(rest, { status: 'healthy', checks: {} });
    assert.equal(new Date(timestamp).toISOString(), timestamp);
    assert.ok(uptime > 0);
  });

  it('is OK in plain text for a client that prefers it', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    const { body } = await rawRequest(server.port, 'GET', '/health', { Accept: 'text/plain' });
    assert.equal(body.toString(), 'OK\n');
  });
});

interface Readiness {
  readonly title: string;
  readonly isReady: () => boolean;
  readonly reason: string;
}

const UNREADY: readonly Readiness[] = [
  { title: 'isReady says no', isReady: () => false, reason: 'starting' },
  {
    title: 'isReady throws',
    isReady: () => {
      throw new Error('no database');
    },
    reason: 'isReady() failed: no database',
  },
  {
    title: 'isReady is async by mistake',
    isReady: (async () => false) as unknown as () => boolean,
    reason: 'isReady() returned no boolean',
  },
];

async function readiness(port: number): Promise<unknown[]> {
  const json = await rawRequest(port, 'GET', '/ready');
  const text = await rawRequest(port, 'GET', '/ready', { Accept: 'text/plain' });
  return [json.status, JSON.parse(json.body.toString()), text.status, text.body.toString()];
}

function describeReadiness(transport: TransportName): void {
  it('is reported as soon as it listens, when nobody says otherwise', async test => {
    const server = await startServer(test, fixedSource(BODY), { transport });
    assert.deepEqual(await readiness(server.port), [200, { status: 'ready' }, 200, 'READY\n']);
  });

  for (const { title, isReady, reason } of UNREADY) {
    it(`is denied with 503 while ${title}`, async test => {
      const server = await startServer(test, fixedSource(BODY), { transport, isReady });
      const expected = [503, { status: 'not_ready', reason }, 503, 'NOT_READY\n'];
      assert.deepEqual(await readiness(server.port), expected);
    });
  }

  it('is asked for at each request', async test => {
    let isReady = false;
    const server = await startServer(test, fixedSource(BODY), { transport, isReady: () => isReady });
    assert.equal((await rawRequest(server.port, 'GET', '/ready')).status, 503);
    isReady = true;
    assert.equal((await rawRequest(server.port, 'GET', '/ready')).status, 200);
  });

  it('is denied after drain(), while everything else goes on', async test => {
    const server = await startServer(test, { render: async () => rendering(BODY) }, { transport });
    server.drain();
    const expected = [503, { status: 'not_ready', reason: 'draining' }, 503, 'NOT_READY\n'];
    assert.deepEqual(await readiness(server.port), expected);
    assert.equal((await rawRequest(server.port, 'GET', '/metrics')).body.toString(), BODY);
    assert.equal((await rawRequest(server.port, 'GET', '/health')).status, 200);
  });
}

describeBothTransports('readiness', describeReadiness);
