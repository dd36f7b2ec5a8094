/** The receiver of a traced job, in another process than the job. Decodes nothing until it is asked. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiverKind } from './case-list.js';

const SLOW_MS = 30_000;
/** Metrics are pushed to the same receiver, and are not looked at. */
const TRACES_PATH = '/v1/traces';

interface Body {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[];
  }[];
}

export class BenchReceiver {
  private bodies: Buffer[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server | undefined,
  ) {}

  static async start(kind: ReceiverKind): Promise<BenchReceiver> {
    const bodies: Buffer[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (kind === 'unavailable') response.writeHead(503).end();
        else if (kind === 'slow') setTimeout(() => response.end('{}'), SLOW_MS).unref();
        else {
          if (request.url === TRACES_PATH) bodies.push(Buffer.concat(chunks));
          response.end('{}');
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (kind === 'down') {
      server.close();
      return new BenchReceiver(url, undefined);
    }
    const receiver = new BenchReceiver(url, server);
    receiver.bodies = bodies;
    return receiver;
  }

  /** The spans that it has taken since the last call. */
  takeSpanCount(): number {
    const spans = this.bodies.splice(0).flatMap(body => {
      const { resourceSpans } = JSON.parse(body.toString()) as Body;
      return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
    });
    return spans.length;
  }

  async close(): Promise<void> {
    if (this.server === undefined) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
