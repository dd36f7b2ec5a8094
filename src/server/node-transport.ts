/** The node:http transport: the same replies wherever uWebSockets.js has no binary, and in worker threads. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { threadWarning } from '../registry/thread-warning.js';
import { describeListenFailure } from './listen-failure.js';
import { clientOf, onResponseEnd, scrapeRequestOf, sendReply, sendReplyInTurns } from './node-response.js';
import { READER_STALL_MS } from './transport.js';
import type { Listener, Service, Transport } from './transport.js';

export class NodeTransport implements Transport {
  readonly name = 'node';

  /** @param readerStallMs for tests */
  constructor(private readonly readerStallMs = READER_STALL_MS) {}

  listen(host: string, port: number, service: Service): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer((req, res) => this.handle(service, req, res));
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(describeListenFailure(host, port, error)),
      );
      // exclusive: cluster workers would otherwise share one socket of their primary, each with a part of the scrapes.
      server.listen({ host, port, exclusive: true }, () => {
        server.on('error', warnOfServerError);
        resolve(new NodeListener(server));
      });
    });
  }

  private handle({ endpoints, inFlight }: Service, req: IncomingMessage, res: ServerResponse): void {
    onResponseEnd(res, inFlight.begin());
    const { method = '' } = req;
    const reply = endpoints.answer({ method, ...scrapeRequestOf(req), client: clientOf(res) });
    const options = { isHead: method === 'HEAD', readerStallMs: this.readerStallMs };
    if (!(reply instanceof Promise)) return sendReply(res, reply, options);
    const inTurns = { ...options, turns: endpoints.sendTurns };
    void reply.then(later => sendReplyInTurns(res, later, inTurns));
  }
}

class NodeListener implements Listener {
  readonly port: number;
  private closed: Promise<void> | undefined;

  constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port;
  }

  stopAccepting(): void {
    // Not server.close(): that destroys connections whose reply is complete for it, though the reader has yet to take
    // most of the bytes.
    this.closed ??= new Promise(resolve => NetServer.prototype.close.call(this.server, () => resolve()));
  }

  async destroy(): Promise<void> {
    this.stopAccepting();
    // Not only the idle ones: node:http counts a connection that never sent a request as busy.
    this.server.closeAllConnections();
    // Nothing is left to close, but the interval that looks for late requests ends only here.
    this.server.close();
    await this.closed;
  }
}

/** Accepting a connection failed, usually for want of a file descriptor. A server without metrics still has a purpose. */
function warnOfServerError(error: Error): void {
  process.emitWarning(
    threadWarning(`the metrics server could not accept a connection: ${error.message}`),
    'MetricsServerWarning',
  );
}
