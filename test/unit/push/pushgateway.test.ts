/** What a Pushgateway is sent, and what becomes of its answers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ConfigurationError, Pushgateway, Registry, register } from '../../../src/index.js';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A gateway that answers each request by `answer`, and notes it before. */
async function gatewayFor(
  test: TestContext,
  answer: (response: ServerResponse) => void = response => response.writeHead(202).end('thanks'),
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks) });
        answer(response);
      });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function filledRegistry(test: TestContext): Registry {
  const registry = new Registry();
  test.after(() => registry.close());
  registry.counter({ name: 'rows_total', help: 'R.' }).inc(3);
  return registry;
}

describe('a gateway', () => {
  it('refuses a registry that is none before anything is pushed', () => {
    for (const wrong of ['text', {}, 5])
      assert.throws(() => new Pushgateway('http://127.0.0.1:9091', {}, wrong as never), {
        name: 'TypeError',
        message: /^Pushgateway: its registry is .*; pass one, or nothing for the default one$/,
      });
  });
});

describe('a push', () => {
  for (const [verb, method] of [
    ['pushAdd', 'POST'],
    ['push', 'PUT'],
  ] as const) {
    it(`of ${verb} sends the metrics by ${method}, to the group under the path of the gateway`, async test => {
      const { url, received } = await gatewayFor(test);
      const registry = filledRegistry(test);
      const gateway = new Pushgateway(`${url}/base/`, {}, registry);
      const { resp, body } = await gateway[verb]({ jobName: 'backup', groupings: { zone: 'a b' } });
      assert.deepEqual([resp.statusCode, body], [202, 'thanks']);
      const [request] = received;
      assert.deepEqual([request!.method, request!.url], [method, '/base/metrics/job/backup/zone/a%20b']);
      assert.equal(request!.body.toString(), await registry.metrics());
      assert.equal(request!.headers['content-type'], registry.contentType);
      assert.equal(request!.headers['content-length'], String(request!.body.length));
    });
  }

  it('of the default registry is one that names no other, and the registry may come second', async test => {
    const { url, received } = await gatewayFor(test);
    register.counter({ name: 'default_total', help: 'D.' }).inc();
    await new Pushgateway(url).push({ jobName: 'j' });
    await new Pushgateway(url, filledRegistry(test)).push({ jobName: 'j' });
    assert.match(received[0]!.body.toString(), /default_total 1/);
    assert.match(received[1]!.body.toString(), /rows_total 3/);
  });

  it('is compressed when its headers say so, and a deletion is not', async test => {
    const { url, received } = await gatewayFor(test);
    const headers = { 'Content-Encoding': 'gzip' };
    const gateway = new Pushgateway(url, { headers }, filledRegistry(test));
    await gateway.push({ jobName: 'j' });
    await gateway.delete({ jobName: 'j' });
    assert.match(gunzipSync(received[0]!.body).toString(), /rows_total 3/);
    assert.deepEqual([received[1]!.method, received[1]!.body.length], ['DELETE', 0]);
    assert.equal(received[1]!.headers['content-encoding'], undefined);
    assert.deepEqual(headers, { 'Content-Encoding': 'gzip' });
  });

  it('authenticates by what the URL says', async test => {
    const { url, received } = await gatewayFor(test);
    await new Pushgateway(url.replace('//', '//me:p%40ss@'), {}, filledRegistry(test)).push({ jobName: 'j' });
    assert.equal(received[0]!.headers.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('fails with the words of the gateway', async test => {
    const { url } = await gatewayFor(test, response => response.writeHead(400).end('no such thing'));
    await assert.rejects(new Pushgateway(url, {}, filledRegistry(test)).push({ jobName: 'j' }), {
      message: 'push failed with status 400, no such thing',
    });
  });

  it('fails when the gateway does not answer in time', async test => {
    const { url } = await gatewayFor(test, () => undefined);
    await assert.rejects(new Pushgateway(url, { timeout: 20 }, filledRegistry(test)).push({ jobName: 'j' }), {
      message: 'Pushgateway request timed out',
    });
  });

  it('fails when nobody listens, and when the answer breaks off', async test => {
    const { url } = await gatewayFor(test, response => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('abc', () => response.destroy());
    });
    await assert.rejects(new Pushgateway(url, {}, filledRegistry(test)).push({ jobName: 'j' }));
    await assert.rejects(
      new Pushgateway('http://127.0.0.1:1', {}, filledRegistry(test)).push({ jobName: 'j' }),
      {
        code: 'ECONNREFUSED',
      },
    );
  });

  it('without a job is refused at once, unless it is allowed', async test => {
    const { url, received } = await gatewayFor(test);
    const gateway = new Pushgateway(url, {}, filledRegistry(test));
    for (const verb of ['push', 'pushAdd', 'delete'] as const)
      assert.throws(() => gateway[verb](), { message: 'Missing jobName parameter' });
    await new Pushgateway(url, { requireJobName: false }, filledRegistry(test)).push();
    assert.equal(received[0]!.url, '/metrics');
  });

  it('to something that is no URL is refused, without showing a password', async test => {
    const registry = filledRegistry(test);
    for (const url of ['me:secret@host', 'ftp://me:secret@host', '//me:secret@host', undefined as never]) {
      await assert.rejects(
        new Pushgateway(url, {}, registry).push({ jobName: 'j' }),
        (error: Error) => error instanceof ConfigurationError && !error.message.includes('secret'),
      );
    }
  });
});
