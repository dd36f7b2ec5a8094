/** From listen to close: addresses, ports that are taken, and a stop that loses no reply. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import { AddressInUseError, ListenError, serveMetrics } from '../../src/server/index.js';
import type { MetricsServer, TransportName } from '../../src/server/index.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, GatedSource, hugeBody } from './server-sources.js';
import { describeBothTransports, freePort, startServer, uwsSkipReason } from './server-transports.js';

const source = fixedSource('up 1\n');
const huge = hugeBody();

function refusesConnections(server: MetricsServer): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(server.port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

describeBothTransports('listening', transport => {
  it('tells the address, the real port and the transport', async test => {
    const server = await startServer(test, source, { transport });
    assert.ok(server.port > 0);
    assert.deepEqual(
      [server.host, server.url, server.transport],
      ['127.0.0.1', `http://127.0.0.1:${server.port}`, transport],
    );
    assert.equal(await (await fetch(`${server.url}/metrics`)).text(), 'up 1\n');
  });

  it('puts an IPv6 address in brackets in the url', async test => {
    const server = await startServer(test, source, { transport, host: '::1' });
    assert.equal(server.url, `http://[::1]:${server.port}`);
    assert.equal((await fetch(`${server.url}/metrics`)).status, 200);
  });

  it('gives a url that can be opened for a server on every interface', async test => {
    for (const [host, shown] of [
      ['0.0.0.0', '127.0.0.1'],
      ['::', '[::1]'],
    ]) {
      const server = await startServer(test, source, { transport, host });
      assert.deepEqual([server.host, server.url], [host, `http://${shown}:${server.port}`]);
      assert.equal((await fetch(`${server.url}/health`)).status, 200);
    }
  });

  it('takes a host name', async test => {
    const server = await startServer(test, source, { transport, host: 'localhost' });
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });

  for (const owner of ['node', 'uws'] as const) {
    const skip = owner === 'uws' && uwsSkipReason;
    it(`fails with a clear error on a port that another ${owner} server has`, { skip }, async test => {
      const { port } = await startServer(test, source, { transport: owner });
      const attempt = serveMetrics(source, { transport, port });
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof AddressInUseError);
        assert.equal(error.code, 'ERR_ADDRESS_IN_USE');
        assert.match(error.message, new RegExp(`^127\\.0\\.0\\.1 port ${port} is already in use.*port: 0`));
        return true;
      });
      assert.equal((await rawRequest(port, 'GET', '/metrics')).status, 200);
    });
  }

  for (const { host, says } of [
    { host: '192.0.2.1', says: /192\.0\.2\.1 port \d+: EADDRNOTAVAIL, this machine has no such address/ },
    { host: 'no-such-host.invalid', says: /(ENOTFOUND|EAI_AGAIN), the host name cannot be resolved/ },
  ]) {
    it(`says why it cannot listen on ${host}`, async () => {
      const attempt = serveMetrics(source, { transport, host, port: 0 });
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof ListenError);
        assert.equal(error.code, 'ERR_LISTEN_FAILED');
        assert.match(error.message, says);
        assert.ok(error.cause instanceof Error);
        return true;
      });
    });
  }
});

function describeClosing(transport: TransportName): void {
  it('refuses connections afterwards, resolves, and does so once', async test => {
    const server = await startServer(test, source, { transport });
    const closing = server.close();
    assert.equal(server.close(), closing);
    await closing;
    assert.equal(server.close(), closing);
    assert.ok(await refusesConnections(server));
  });

  it('leaves the port free for a successor at once', async test => {
    const server = await startServer(test, source, { transport, port: await freePort() });
    const client = await RawConnection.open(server.port);
    await client.request('GET', '/metrics');
    await server.close();
    await client.closed;
    const successor = await startServer(test, source, { transport, port: server.port });
    assert.equal((await rawRequest(successor.port, 'GET', '/metrics')).status, 200);
  });

  it('closes idle connections, also those that never sent a request', async test => {
    const server = await startServer(test, source, { transport, closeTimeoutMs: 600_000 });
    const silent = await RawConnection.open(server.port);
    const idle = await RawConnection.open(server.port);
    await idle.request('GET', '/metrics');
    await server.close();
    await Promise.all([silent.closed, idle.closed]);
  });

  it('waits for a scrape whose render runs, and meanwhile refuses connections and is not ready', async test => {
    const gated = new GatedSource();
    const server = await startServer(test, gated, { transport, closeTimeoutMs: 600_000 });
    const scrapes = [await RawConnection.open(server.port), await RawConnection.open(server.port)];
    for (const scrape of scrapes) await scrape.send(requestText('GET', '/metrics'));
    const render = await gated.nextRender();
    const kept = await RawConnection.open(server.port);
    await kept.send('GET /ready HTTP/1.1\r\nHost: te');
    const closing = server.close();
    assert.ok(await refusesConnections(server));
    await kept.send('st\r\n\r\n');
    const readiness = await kept.nextReply();
    assert.deepEqual([readiness.status, readiness.headers.get('connection')], [503, 'close']);
    render.finish('last words');
    // Both may have made it into the first render; if not, the second one is for the other.
    void gated.nextRender().then(next => next.finish('last words'));
    for (const scrape of scrapes) {
      const { headers, body } = await scrape.nextReply();
      assert.deepEqual([body.toString(), headers.get('connection')], ['last words', 'close']);
      await scrape.closed;
    }
    await closing;
  });

  it('lets a slow reader have the rest of its body', async test => {
    const server = await startServer(test, fixedSource(huge), { transport, closeTimeoutMs: 600_000 });
    const reader = await RawConnection.open(server.port);
    await reader.send(requestText('GET', '/metrics'));
    await reader.firstByte();
    reader.pause();
    const closing = server.close();
    assert.ok(await refusesConnections(server));
    reader.resume();
    assert.ok((await reader.nextReply()).body.equals(huge));
    await Promise.all([closing, reader.closed]);
  });

  it('waits no longer than closeTimeoutMs for a reader that reads nothing', async test => {
    const server = await startServer(test, fixedSource(huge), { transport, closeTimeoutMs: 1 });
    const reader = await RawConnection.open(server.port);
    await reader.send(requestText('GET', '/metrics'));
    await reader.firstByte();
    reader.pause();
    await server.close();
    reader.resume();
    await assert.rejects(reader.nextReply(), /^Error: closed after \d+ bytes/);
  });

  it('ends a scrape whose render never does', async test => {
    const gated = new GatedSource();
    const server = await startServer(test, gated, { transport, closeTimeoutMs: 1 });
    const scrape = await RawConnection.open(server.port);
    await scrape.send(requestText('GET', '/metrics'));
    const render = await gated.nextRender();
    await server.close();
    await scrape.closed;
    render.finish('too late');
  });

  it('can be asked for by a request that it is serving', async test => {
    let closing: Promise<void> | undefined;
    const isReady = () => {
      closing = server.close();
      return true;
    };
    const server = await startServer(test, source, { transport, isReady, closeTimeoutMs: 600_000 });
    const { status, headers } = await rawRequest(server.port, 'GET', '/ready');
    assert.deepEqual([status, headers.get('connection')], [200, 'close']);
    await closing;
  });

  it('can be followed by another server, many times', async () => {
    for (let i = 0; i < 50; i++) {
      const server = await serveMetrics(source, { transport, port: 0 });
      assert.equal((await rawRequest(server.port, 'GET', '/metrics')).status, 200);
      await server.close();
    }
  });
}

describeBothTransports('closing', describeClosing);
