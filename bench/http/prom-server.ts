/** prom-client on node:http, as its README has it; with gzip, as a compressing middleware would add it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PROM_CLIENT } from '../baselines/prom-library.js';
import { HTTP_FAMILIES } from '../scrape/http-plan.js';
import { promSubject } from '../scrape/prom-registry.js';
import { CHANGE_EVERY_MS } from './load-plan.js';
import type { LoadedServer, LoadPlan } from './load-plan.js';

const compress = promisify(gzip);

export async function promServer({ isCompressed, isChanging }: LoadPlan): Promise<LoadedServer> {
  const subject = await promSubject(HTTP_FAMILIES, PROM_CLIENT);
  const server = createServer((request, response) => {
    if (request.url === '/health') response.end('OK');
    else void answerMetrics(response);
  }).listen(0, '127.0.0.1');
  async function answerMetrics(response: ServerResponse): Promise<void> {
    const text = await subject.text();
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip').end(await compress(text));
    else response.end(text);
  }
  await once(server, 'listening');
  let recorded = 0;
  const timer = isChanging ? setInterval(() => (recorded += subject.touch()), CHANGE_EVERY_MS) : undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stopRecording: () => {
      clearInterval(timer);
      return Promise.resolve(recorded);
    },
    close: async () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await subject.close();
    },
  };
}
