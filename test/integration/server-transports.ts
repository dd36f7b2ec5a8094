/** Which transports can be tested here, and servers that end with their test. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe } from 'node:test';
import type { TestContext } from 'node:test';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer, MetricsSource, ServerOptions, TransportName } from '../../src/server/index.js';
import { loadUwsBinding } from '../../src/server/uws-binding.js';

/** The ABI versions of Node.js 20 and 22, for which the pinned package has binaries. */
export const UWS_ABIS: readonly string[] = ['115', '127'];

/** False where uWebSockets.js loads, otherwise why not. */
export const uwsSkipReason: string | false = await loadUwsBinding().then(
  () => false,
  (error: Error) => error.message,
);

export function describeBothTransports(title: string, define: (transport: TransportName) => void): void {
  describe(`${title}, over node:http`, () => define('node'));
  describe(`${title}, over uWebSockets.js`, { skip: uwsSkipReason }, () => define('uws'));
}

/**
 * A port that nobody has at the moment, for servers whose port must be known: uWebSockets.js opens port 0 without
 * SO_REUSEADDR, and what such a socket leaves behind keeps a successor away for a minute.
 */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A server on a free port of 127.0.0.1 that is closed when the test is over, without waiting for its readers. */
export async function startServer(
  test: TestContext,
  source: MetricsSource,
  options: ServerOptions,
): Promise<MetricsServer> {
  const server = await serveMetrics(source, { port: 0, closeTimeoutMs: 0, ...options });
  test.after(() => server.close());
  return server;
}
