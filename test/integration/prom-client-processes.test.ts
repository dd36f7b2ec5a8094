/** What leaves the process, beside prom-client: what the primary of a cluster shows, and what a Pushgateway is sent. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import promClient from 'prom-client';
import * as threadtally from '../../src/index.js';

type Client = typeof threadtally;

const PROGRAM = join(import.meta.dirname, 'cluster-beside-program.js');
const OWN = new URL('../../src/index.js', import.meta.url).href;

/** Samples in one order; labels too, and bounds by their number. */
function samplesOf(text: string): string[] {
  return text
    .split('\n')
    .filter(line => /^\w/.test(line))
    .map(line => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) =>
        label === 'le' && text !== '+Inf' ? `le=${Number(text)}` : `${label}=${text}`,
      );
      return `${name}{${pairs.sort().join()}} ${Number(value)}`;
    })
    .sort();
}

async function clusterOf(module: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, module], { timeout: 60_000 });
  return samplesOf(stdout);
}

interface Received {
  readonly request: string;
  readonly encoding: string | undefined;
  readonly samples: readonly string[];
}

/** What a gateway receives from one client for the same calls. */
async function pushedBy(client: Client, test: TestContext): Promise<Received[]> {
  const received: Received[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { method, url, headers } = req;
      const encoding = headers['content-encoding'];
      const body = Buffer.concat(chunks);
      const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
      received.push({
        request: `${method} ${url} ${headers.authorization}`,
        encoding,
        samples: samplesOf(text),
      });
      res.end();
    });
  }).listen(0, '127.0.0.1');
  test.after(() => server.close());
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry = new client.Registry();
  new client.Counter({ name: 'jobs_total', help: 'H.', registers: [registry] }).inc(3);
  const plain = new client.Pushgateway(`http://user:word@${host}`, {}, registry);
  const packed = new client.Pushgateway(
    `http://${host}/base`,
    { headers: { 'Content-Encoding': 'gzip' } },
    registry,
  );
  await plain.pushAdd({ jobName: 'a job' });
  await plain.push({ jobName: 'j', groupings: { zone: 'x y', rack: '7' } });
  await packed.push({ jobName: 'j' });
  await plain.delete({ jobName: 'j', groupings: { zone: 'x y' } });
  return received;
}

describe('beside prom-client', { timeout: 120_000 }, () => {
  it('a cluster shows the same', async () => {
    const [own, old] = await Promise.all([clusterOf(OWN), clusterOf('prom-client')]);
    assert.equal(own.length, 12);
    assert.deepEqual(own, old);
  });

  it('a Pushgateway is sent the same', async test => {
    const own = await pushedBy(threadtally, test);
    assert.equal(own.length, 4);
    assert.deepEqual(own, await pushedBy(promClient as unknown as Client, test));
  });
});
