/** The handler for an application's own server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { metricsHandler } from '../../src/server/index.js';
import type { MetricsSource } from '../../src/server/index.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, GatedSource, TEXT_TYPE } from './server-sources.js';

async function listen(test: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a metrics handler', () => {
  it('answers with the metrics, wherever it is mounted', async test => {
    const port = await listen(test, metricsHandler(fixedSource('up 1\n')));
    for (const path of ['/', '/metrics', '/anywhere?x=1']) {
      const { status, headers, body } = await rawRequest(port, 'GET', path);
      assert.deepEqual([status, headers.get('content-type'), body.toString()], [200, TEXT_TYPE, 'up 1\n']);
      assert.match(headers.get('x-render-duration-ms') ?? '', /^\d+\.\d{3}$/);
    }
  });

  it('answers HEAD without a body, and refuses other methods', async test => {
    const port = await listen(test, metricsHandler(fixedSource('up 1\n')));
    const client = await RawConnection.open(port);
    assert.equal((await client.request('HEAD', '/metrics')).headers.get('content-length'), '5');
    const refusal = await client.request('POST', '/metrics');
    assert.deepEqual([refusal.status, refusal.headers.get('allow')], [405, 'GET, HEAD']);
    client.destroy();
  });

  it('answers 500 when the render fails, and works again afterwards', async test => {
    let isBroken = true;
    const fixed = fixedSource('up 1\n');
    const source: MetricsSource = {
      render: () => (isBroken ? Promise.reject(new Error('collect() failed')) : fixed.render()),
    };
    const port = await listen(test, metricsHandler(source));
    const { status, body } = await rawRequest(port, 'GET', '/metrics');
    assert.deepEqual([status, body.toString()], [500, 'rendering the metrics failed: collect() failed\n']);
    isBroken = false;
    assert.equal((await rawRequest(port, 'GET', '/metrics')).status, 200);
  });

  it('gives up a render after renderTimeoutMs', async test => {
    const port = await listen(test, metricsHandler(new GatedSource(), { renderTimeoutMs: 1 }));
    assert.equal((await rawRequest(port, 'GET', '/metrics')).status, 503);
  });

  it('leaves a response alone that something else has answered', async test => {
    const source = new GatedSource();
    const handler = metricsHandler(source);
    let answerElsewhere = (): void => undefined;
    const port = await listen(test, (req, res) => {
      handler(req, res);
      answerElsewhere = () => res.end('from elsewhere');
    });
    const client = await RawConnection.open(port);
    await client.send(requestText('GET', '/twice'));
    const render = await source.nextRender();
    answerElsewhere();
    assert.equal((await client.nextReply()).body.toString(), 'from elsewhere');
    render.finish('too late');
    await client.send(requestText('GET', '/once'));
    (await source.nextRender()).finish('in time');
    assert.equal((await client.nextReply()).body.toString(), 'in time');
    client.destroy();
  });

  it('survives a client that is gone, and a response that throws', async test => {
    const source = new GatedSource();
    const handler = metricsHandler(source);
    const port = await listen(test, (req, res) => {
      if (req.url === '/throws') {
        res.writeHead = () => {
          throw new Error('from a wrapper');
        };
      }
      handler(req, res);
    });
    const gone = await RawConnection.open(port);
    await gone.send(requestText('GET', '/'));
    const render = await source.nextRender();
    gone.reset();
    await gone.closed;
    render.finish('for nobody');
    const broken = await RawConnection.open(port);
    await broken.send(requestText('GET', '/throws'));
    (await source.nextRender()).finish('for a broken response');
    await broken.closed;
  });
});
