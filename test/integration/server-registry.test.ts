/** The server with the registry that it is made for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../src/index.js';
import { metricsHandler } from '../../src/server/index.js';
import { rawRequest } from './server-raw-client.js';
import { describeBothTransports, startServer } from './server-transports.js';

describeBothTransports('a registry', transport => {
  it('is served as it is at the time of each scrape', async test => {
    const registry = new Registry();
    const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs done.', labelNames: ['queue'] });
    const server = await startServer(test, registry, { transport });
    for (const expected of [1, 2]) {
      jobs.inc({ queue: 'mail' });
      const { status, headers, body } = await rawRequest(server.port, 'GET', '/metrics');
      assert.deepEqual([status, headers.get('content-type')], [200, registry.contentType]);
      assert.match(body.toString(), new RegExp(`^jobs_total\\{queue="mail"\\} ${expected}$`, 'm'));
    }
  });

  it('answers a scrape whose collect callback fails with the last values, and counts the failure', async test => {
    const registry = new Registry();
    let isBroken = true;
    registry.gauge({
      name: 'depth',
      help: 'Depth.',
      collect() {
        if (isBroken) throw new Error('the queue is gone');
        this.set(7);
      },
    });
    const server = await startServer(test, registry, { transport });
    for (const expected of [/^depth 0$/m, /^depth 7$/m]) {
      const { status, headers, body } = await rawRequest(server.port, 'GET', '/metrics');
      assert.equal(status, 200);
      assert.match(body.toString(), expected);
      assert.match(body.toString(), /^threadtally_collect_errors_total\{family="depth"\} 1$/m);
      assert.equal(headers.has('x-collect-late-threads'), false);
      isBroken = false;
    }
  });

  it('names the threads that are late in a header, for HEAD too', async test => {
    const registry = new Registry({ collectTimeoutMs: 1 });
    registry.gauge({ name: 'depth', help: 'Depth.', collect: () => new Promise(() => undefined) });
    const server = await startServer(test, registry, { transport });
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await rawRequest(server.port, method, '/metrics');
      assert.deepEqual([status, headers.get('x-collect-late-threads')], [200, '0']);
    }
  });
});

describe('a registry', () => {
  it('never changes a body that it has rendered, which may still be on its way to a slow reader', async () => {
    const registry = new Registry();
    const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs done.' });
    const { body } = await registry.render();
    const before = Buffer.from(body).toString();
    jobs.inc(123_456_789);
    await registry.render();
    assert.equal(Buffer.from(body).toString(), before);
  });

  it('is taken by the handler too', () => {
    assert.equal(typeof metricsHandler(new Registry()), 'function');
  });
});
