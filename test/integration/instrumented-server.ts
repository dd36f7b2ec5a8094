/**
 * Instrumented server: a program with instrumentation libraries of OpenTelemetry as they come, that answers some requests. It
 * runs in the main thread of a test, or as a worker.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';

/** Starts the instrumentations; then what has been instrumented, which is loaded after them. */
export function instrumented(): { readonly http: typeof import('node:http'); stop(): void } {
  const instrumentations = [new HttpInstrumentation(), new RuntimeNodeInstrumentation()];
  // Gives them the meter provider of now: those that observe have no instruments before.
  const stop = registerInstrumentations({ instrumentations });
  return { http: createRequire(import.meta.url)('node:http') as typeof import('node:http'), stop };
}

/** Answers this many requests with 200, and this many with 500. */
export async function serveRequests(
  http: typeof import('node:http'),
  { good, bad }: { readonly good: number; readonly bad: number },
): Promise<void> {
  const server: Server = http.createServer((request, response) => {
    response.statusCode = request.url === '/bad' ? 500 : 200;
    response.end('done');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const paths = [...Array<string>(good).fill('/good'), ...Array<string>(bad).fill('/bad')];
  for (const path of paths) await answered(http, { port, path });
  server.close();
  await once(server, 'close');
}

async function answered(
  http: typeof import('node:http'),
  target: { readonly port: number; readonly path: string },
): Promise<void> {
  const request = http.get({ host: '127.0.0.1', agent: false, ...target });
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  await once(response, 'close');
}
