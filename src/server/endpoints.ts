/**
 * Endpoints: which reply a request gets. Knows no socket; both transports ask here and send what they get.
 *
 *     phase   serving --drain()--> draining --beginClose()--> closing
 *     /ready  as isReady() says    503                        503
 *
 * Every reply of the closing phase asks the client to close its connection: nobody will listen on it any more.
 */
import { prefersPlainText } from './accept.js';
import { describeError } from './errors.js';
import { MetricsEndpoint } from './metrics-endpoint.js';
import type { MetricsEndpointOptions } from './metrics-endpoint.js';
import type { MetricsSource } from './metrics-source.js';
import { isRead, jsonReply, methodNotAllowed, textReply, withHeader } from './reply.js';
import type { Reply } from './reply.js';
import type { SendTurns } from './send-turns.js';
import type { ScrapeRequest } from './scrape-request.js';

export interface EndpointRequest extends ScrapeRequest {
  /** Upper case. */
  readonly method: string;
}

export interface EndpointOptions extends MetricsEndpointOptions {
  readonly path: string;
  readonly isReady: () => boolean;
}

type Endpoint = (request: EndpointRequest) => Reply | Promise<Reply>;
type Phase = 'serving' | 'draining' | 'closing';

export const HEALTH_PATH = '/health';
export const READY_PATH = '/ready';
const INDEX_PATH = '/';

export class Endpoints {
  private readonly endpoints: ReadonlyMap<string, Endpoint>;
  private readonly listing: string;
  private readonly metrics: MetricsEndpoint;
  private phase: Phase = 'serving';

  constructor(
    source: MetricsSource,
    private readonly options: EndpointOptions,
  ) {
    this.metrics = new MetricsEndpoint(source, options);
    this.listing = [options.path, HEALTH_PATH, READY_PATH].map(path => `GET ${path}`).join('\n');
    this.endpoints = new Map<string, Endpoint>([
      [INDEX_PATH, () => textReply(200, this.listing)],
      [HEALTH_PATH, answerHealth],
      [READY_PATH, request => this.answerReady(request)],
      // Last, so that a server whose metrics are at `/` has no index.
      [options.path, request => this.metrics.answer(request)],
    ]);
  }

  /**
   * Never throws and never rejects: an exception that reached a native transport would end the process. Only the
   * metrics take time; everything else is answered at once.
   */
  answer(request: EndpointRequest): Reply | Promise<Reply> {
    try {
      const reply = this.route(request);
      return reply instanceof Promise ? this.finishLater(reply) : this.finish(reply);
    } catch (error) {
      return failedReply(error);
    }
  }

  /** In which every reply is to be sent that took time. */
  get sendTurns(): SendTurns {
    return this.metrics.sendTurns;
  }

  /** `/ready` says no from now on; everything else goes on. */
  drain(): void {
    if (this.phase === 'serving') this.phase = 'draining';
  }

  beginClose(): void {
    this.phase = 'closing';
  }

  /** After the last request. */
  endClose(): void {
    this.metrics.close();
  }

  private route(request: EndpointRequest): Reply | Promise<Reply> {
    const endpoint = this.endpoints.get(pathOf(request.target));
    if (endpoint === undefined)
      return textReply(404, `there is no such endpoint; these are:\n${this.listing}`);
    return isRead(request.method) ? endpoint(request) : methodNotAllowed();
  }

  private async finishLater(reply: Promise<Reply>): Promise<Reply> {
    try {
      return this.finish(await reply);
    } catch (error) {
      return failedReply(error);
    }
  }

  /** The phase counts when the reply is sent, not when the request came: a render may last into the closing phase. */
  private finish(reply: Reply): Reply {
    return this.phase === 'closing' ? withHeader(reply, 'Connection', 'close') : reply;
  }

  private answerReady({ accept }: EndpointRequest): Reply {
    const reason = this.unreadyReason();
    const status = reason === undefined ? 200 : 503;
    if (prefersPlainText(accept)) return textReply(status, reason === undefined ? 'READY' : 'NOT_READY');
    return jsonReply(status, reason === undefined ? { status: 'ready' } : { status: 'not_ready', reason });
  }

  private unreadyReason(): string | undefined {
    if (this.phase !== 'serving') return 'draining';
    try {
      const isReady: unknown = this.options.isReady();
      // An async isReady() returns a promise, which is truthy whatever it will say.
      if (typeof isReady !== 'boolean') return 'isReady() returned no boolean';
      return isReady ? undefined : 'starting';
    } catch (error) {
      return `isReady() failed: ${describeError(error)}`;
    }
  }
}

/** Alive is all it says: a process that answers is alive, also while it starts or drains. */
function answerHealth({ accept }: EndpointRequest): Reply {
  if (prefersPlainText(accept)) return textReply(200, 'OK');
  return jsonReply(200, {
    status: 'healthy',
    timestamp: new Date().toISOString(),
    uptime_seconds: Number(process.uptime().toFixed(3)),
    checks: {},
  });
}

/** A server must take the absolute form of a target too (RFC 9112 3.2.2); proxies send it. */
function pathOf(target: string): string {
  const path = target.split('?', 1)[0];
  if (path.startsWith('/')) return path;
  try {
    return new URL(path).pathname;
  } catch {
    return path;
  }
}

function failedReply(error: unknown): Reply {
  return textReply(500, `the request failed: ${describeError(error)}`);
}
