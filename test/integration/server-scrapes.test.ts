/** Scrapes that meet: shared renders, failed ones, slow and vanishing readers. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MetricsSource, Rendering, TransportName } from '../../src/server/index.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, GatedSource, hugeBody, rendering, TEXT_TYPE } from './server-sources.js';
import { describeBothTransports, startServer } from './server-transports.js';

/**
 * When this resolves, the server has read everything that was sent before: the reply comes in a later turn of the loop
 * than the one in which the earlier bytes, which the kernel had by then, were read.
 */
async function allRead(port: number): Promise<void> {
  await rawRequest(port, 'GET', '/health');
}

async function openScrape(port: number): Promise<RawConnection> {
  const connection = await RawConnection.open(port);
  await connection.send(requestText('GET', '/metrics'));
  return connection;
}

async function bodyOf(connection: RawConnection): Promise<string> {
  const { body } = await connection.nextReply();
  connection.destroy();
  return body.toString();
}

describeBothTransports('concurrent scrapes', transport => {
  it('that arrive while a render runs share the next one, and never get the older values', async test => {
    const source = new GatedSource();
    const server = await startServer(test, source, { transport });
    const first = await openScrape(server.port);
    const firstRender = await source.nextRender();
    const later = [];
    for (let i = 0; i < 5; i++) later.push(await openScrape(server.port));
    await allRead(server.port);
    assert.equal(source.renderCount, 1);
    firstRender.finish('old');
    assert.equal(await bodyOf(first), 'old');
    (await source.nextRender()).finish('new');
    assert.deepEqual(await Promise.all(later.map(bodyOf)), Array(5).fill('new'));
    assert.equal(source.renderCount, 2);
  });

  it('fail together with the render that they share, and the next scrape works', async test => {
    const source = new GatedSource();
    const server = await startServer(test, source, { transport });
    const scrape = await openScrape(server.port);
    (await source.nextRender()).fail(new Error('collect() of queue_depth failed'));
    const { status, headers, body } = await scrape.nextReply();
    assert.equal(status, 500);
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(body.toString(), /^rendering the metrics failed: collect\(\) of queue_depth failed\n$/);
    await scrape.send(requestText('GET', '/metrics'));
    (await source.nextRender()).finish('fine');
    assert.equal(await bodyOf(scrape), 'fine');
  });

  it('are answered with 503 when the render takes too long, and the next one starts a new render', async test => {
    const source = new GatedSource();
    const server = await startServer(test, source, { transport, renderTimeoutMs: 1 });
    const { status, body } = await rawRequest(server.port, 'GET', '/metrics');
    assert.equal(status, 503);
    assert.match(body.toString(), /not rendered within 1 ms: .* renderTimeoutMs/);
    assert.equal((await rawRequest(server.port, 'GET', '/metrics')).status, 503);
    assert.equal(source.renderCount, 2);
  });

  it('leave health and readiness alone while they wait', async test => {
    const source = new GatedSource();
    const server = await startServer(test, source, { transport });
    const scrape = await openScrape(server.port);
    const render = await source.nextRender();
    assert.equal((await rawRequest(server.port, 'GET', '/ready')).status, 200);
    render.finish('late');
    assert.equal(await bodyOf(scrape), 'late');
  });
});

const BROKEN_RENDERS: readonly { title: string; render: () => unknown; message: RegExp }[] = [
  {
    title: 'throws instead of rejecting',
    render: () => {
      throw new Error('boom');
    },
    message: /boom/,
  },
  { title: 'rejects with no error at all', render: () => Promise.reject(undefined), message: /undefined/ },
  { title: 'resolves with nothing', render: () => Promise.resolve(undefined), message: /undefined/ },
  {
    title: 'resolves with a string for a body',
    render: () => Promise.resolve({ body: 'up 1', contentType: TEXT_TYPE }),
    message: /its body is no Uint8Array/,
  },
  {
    title: 'would smuggle a header through the late threads',
    render: () =>
      Promise.resolve({
        body: Buffer.from('up 1'),
        contentType: TEXT_TYPE,
        late: [{ threadId: '1\r\nSet-Cookie: a=b' }],
      }),
    message: /its late threads are no list of thread ids/,
  },
  {
    title: 'would smuggle a header through the content type',
    render: () =>
      Promise.resolve({ body: Buffer.from('up 1'), contentType: 'text/plain\r\nSet-Cookie: a=b' }),
    message: /content type .* is no header value/,
  },
];

describeBothTransports('a render error', transport => {
  for (const { title, render, message } of BROKEN_RENDERS) {
    it(`is a 500 with a message when render() ${title}`, async test => {
      let isBroken = true;
      const source: MetricsSource = {
        render: () => (isBroken ? (render() as Promise<Rendering>) : Promise.resolve(rendering('fine'))),
      };
      const server = await startServer(test, source, { transport });
      const { status, headers, body } = await rawRequest(server.port, 'GET', '/metrics');
      assert.equal(status, 500);
      assert.match(body.toString(), message);
      assert.equal(headers.has('set-cookie'), false);
      isBroken = false;
      assert.equal((await rawRequest(server.port, 'GET', '/metrics')).body.toString(), 'fine');
    });
  }
});

const huge = hugeBody();

function describeReaders(transport: TransportName): void {
  it('gets a body of 20 MB whole, while others are served', async test => {
    const server = await startServer(test, fixedSource(huge), { transport });
    const slow = await openScrape(server.port);
    await slow.firstByte();
    slow.pause();
    const other = await rawRequest(server.port, 'GET', '/metrics');
    assert.ok(other.body.equals(huge));
    assert.equal((await rawRequest(server.port, 'GET', '/health')).status, 200);
    slow.resume();
    assert.ok((await slow.nextReply()).body.equals(huge));
    // The connection is in step: what follows is the next reply, and not the tail of this one.
    assert.equal((await slow.request('GET', '/health')).status, 200);
    slow.destroy();
  });

  for (const way of ['destroy', 'reset'] as const) {
    it(`may vanish in the middle of a body (${way})`, async test => {
      const server = await startServer(test, fixedSource(huge), { transport });
      const reader = await openScrape(server.port);
      await reader.firstByte();
      reader.pause();
      reader[way]();
      await reader.closed;
      assert.ok((await rawRequest(server.port, 'GET', '/metrics')).body.equals(huge));
    });

    it(`may vanish before the render is done (${way})`, async test => {
      const source = new GatedSource();
      const server = await startServer(test, source, { transport });
      const vanishing = await openScrape(server.port);
      const render = await source.nextRender();
      vanishing[way]();
      await vanishing.closed;
      await allRead(server.port);
      render.finish('for nobody');
      const scrape = await openScrape(server.port);
      (await source.nextRender()).finish('for somebody');
      assert.equal(await bodyOf(scrape), 'for somebody');
    });
  }
}

describeBothTransports('a slow reader', describeReaders);
