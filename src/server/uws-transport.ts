/**
 * The uWebSockets.js transport.
 *
 * Limits of its own: no HTTP/1.0; a connection on which a second request arrives while the first waits for its render
 * is closed (it does not queue pipelined requests); a reader that takes nothing for about ten seconds is dropped, also
 * when readerStallMs is more.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { Client } from './client.js';
import { describeListenFailure, findListenFailure } from './listen-failure.js';
import { ReplySender } from './uws-response.js';
import { SCRAPE_TIMEOUT_FIELD } from './scrape-request.js';
import type { ScrapeRequest } from './scrape-request.js';
import { READER_STALL_MS } from './transport.js';
import type { Listener, Service, Transport } from './transport.js';
import type { UwsApp, UwsBinding, UwsListenSocket, UwsRequest, UwsResponse } from './uws-binding.js';

export class UwsTransport implements Transport {
  readonly name = 'uws';

  /** @param readerStallMs for tests */
  constructor(
    private readonly binding: UwsBinding,
    private readonly readerStallMs = READER_STALL_MS,
  ) {}

  async listen(host: string, port: number, service: Service): Promise<Listener> {
    const address = await resolveAddress(host, port);
    const app = this.binding.App();
    app.any('/*', (res, req) => this.handle(service, res, req));
    const socket = await this.bind(app, address, port);
    if (socket === false) {
      app.close();
      throw await findListenFailure(address, port);
    }
    return new UwsListener(this.binding, app, socket);
  }

  /** Must not throw and must not return before an abort handler is attached: either ends the process. */
  private handle({ endpoints, inFlight }: Service, res: UwsResponse, req: UwsRequest): void {
    const client = new Client();
    const endRequest = inFlight.begin();
    const onEnd = (): void => {
      endRequest();
      client.leave();
    };
    const { readerStallMs } = this;
    const sender = new ReplySender(res, { onEnd, readerStallMs, turns: endpoints.sendTurns });
    // The request is gone after this handler: all of it is read before anything is awaited.
    const method = req.getMethod().toUpperCase();
    const reply = endpoints.answer({ method, ...scrapeRequestOf(req), client });
    const isHead = method === 'HEAD';
    if (reply instanceof Promise) void reply.then(later => sender.sendInTurns(later, isHead));
    else sender.send(reply, isHead);
  }

  private bind(app: UwsApp, address: string, port: number): Promise<UwsListenSocket | false> {
    return new Promise(resolve => {
      // Without the flag a second process takes half of the scrapes, and nobody gets an error.
      app.listen(address, port, this.binding.LIBUS_LISTEN_EXCLUSIVE_PORT, resolve);
    });
  }
}

class UwsListener implements Listener {
  readonly port: number;
  private isAccepting = true;

  constructor(
    private readonly binding: UwsBinding,
    private readonly app: UwsApp,
    private readonly socket: UwsListenSocket,
  ) {
    this.port = binding.us_socket_local_port(socket);
  }

  stopAccepting(): void {
    if (!this.isAccepting) return;
    this.isAccepting = false;
    // The token is a bare pointer: used a second time, it would point to freed memory.
    this.binding.us_listen_socket_close(this.socket);
  }

  async destroy(): Promise<void> {
    this.stopAccepting();
    // The last reply may have ended in a native callback whose promises run before it returns: its socket must not be
    // closed under it.
    await endOfLoopTurn();
    this.app.close();
  }
}

/** The name is resolved here, and as node:http does it, so that both transports listen on the same address. */
async function resolveAddress(host: string, port: number): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw describeListenFailure(host, port, error as NodeJS.ErrnoException);
  }
}

function scrapeRequestOf(req: UwsRequest): ScrapeRequest {
  const query = req.getQuery();
  return {
    target: query === undefined || query === '' ? req.getUrl() : `${req.getUrl()}?${query}`,
    accept: req.getHeader('accept'),
    acceptEncoding: req.getHeader('accept-encoding'),
    scrapeTimeout: req.getHeader(SCRAPE_TIMEOUT_FIELD),
  };
}
