/** What only the node:http transport does. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { describe, it } from 'node:test';
import { Endpoints } from '../../src/server/endpoints.js';
import { InFlight } from '../../src/server/in-flight.js';
import type { SourceOptions } from '../../src/server/metrics-source.js';
import { NodeTransport } from '../../src/server/node-transport.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, GatedSource, hugeBody } from './server-sources.js';
import { startServer } from './server-transports.js';

describe('the node:http transport', () => {
  it('drops a reader that takes nothing for long', async test => {
    const options = { path: '/metrics', isReady: () => true, renderTimeoutMs: 1_000, compression: true };
    const service = { endpoints: new Endpoints(fixedSource(hugeBody()), options), inFlight: new InFlight() };
    const listener = await new NodeTransport(5).listen('127.0.0.1', 0, service);
    test.after(() => listener.destroy());
    const reader = await RawConnection.open(listener.port);
    await reader.send(requestText('GET', '/metrics'));
    await reader.firstByte();
    reader.pause();
    // The reply is in flight until its connection is gone.
    assert.equal(await service.inFlight.idleWithin(600_000), true);
    reader.resume();
    await assert.rejects(reader.nextReply(), /^Error: closed after \d+ bytes/);
  });

  it('answers a request that is pipelined behind a scrape after it', async test => {
    const source = new GatedSource();
    const server = await startServer(test, source, { transport: 'node' });
    const client = await RawConnection.open(server.port);
    await client.send(requestText('GET', '/metrics') + requestText('GET', '/nothing'));
    (await source.nextRender()).finish('first');
    assert.equal((await client.nextReply()).body.toString(), 'first');
    assert.equal((await client.nextReply()).status, 404);
    client.destroy();
  });

  it('knows that a client is gone whose requests wait behind each other, and closes without waiting for it', async test => {
    let rendering: AbortSignal | undefined;
    const begun = new EventEmitter();
    const source = {
      render: ({ signal }: SourceOptions = {}) => {
        rendering = signal!;
        begun.emit('render');
        return new Promise<never>(() => undefined);
      },
    };
    const server = await startServer(test, source, { transport: 'node', closeTimeoutMs: 600_000 });
    const client = await RawConnection.open(server.port);
    const hasBegun = once(begun, 'render');
    await client.send(requestText('GET', '/metrics').repeat(2) + requestText('GET', '/health'));
    await hasBegun;
    client.destroy();
    if (!rendering!.aborted) await once(rendering!, 'abort');
    await server.close();
  });

  it('takes the absolute form of a target, as proxies send it', async test => {
    const server = await startServer(test, fixedSource('up 1\n'), { transport: 'node' });
    const { body } = await rawRequest(
      server.port,
      'GET',
      `http://metrics.example:${server.port}/metrics?x=1`,
    );
    assert.equal(body.toString(), 'up 1\n');
  });
});
