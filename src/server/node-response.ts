/** Requests and responses of node:http, or of a framework that is built on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Client } from './client.js';
import type { Reply } from './reply.js';
import { OVER, PartSender } from './send-turns.js';
import type { SendTurns, SentPart } from './send-turns.js';
import { SCRAPE_TIMEOUT_FIELD } from './scrape-request.js';
import type { ScrapeRequest } from './scrape-request.js';

/** The body of the request is left alone. */
export function scrapeRequestOf({ url = '', headers }: IncomingMessage): ScrapeRequest {
  return {
    target: url,
    accept: headers.accept ?? '',
    acceptEncoding: String(headers['accept-encoding'] ?? ''),
    scrapeTimeout: String(headers[SCRAPE_TIMEOUT_FIELD] ?? ''),
  };
}

export function clientOf(res: ServerResponse): Client {
  const client = new Client();
  if (isGone(res)) client.leave();
  else onResponseEnd(res, () => client.leave());
  return client;
}

export interface SendOptions {
  /** Sends the head alone. */
  readonly isHead: boolean;
  readonly readerStallMs: number;
}

/** Sends a small reply before this returns. Does nothing when the client is gone or something else has answered. */
export function sendReply(res: ServerResponse, reply: Reply, options: SendOptions): void {
  if (canAnswer(res, reply)) new ResponseSender(res, reply, options).sendPart(reply.body.length);
}

/** As sendReply, in parts, between which other replies get theirs. */
export function sendReplyInTurns(
  res: ServerResponse,
  reply: Reply,
  options: SendOptions & { readonly turns: SendTurns },
): void {
  if (canAnswer(res, reply)) options.turns.add(new ResponseSender(res, reply, options, options.turns));
}

function canAnswer(res: ServerResponse, { onSent }: Reply): boolean {
  if (!isAnswered(res) && !isGone(res)) return true;
  onSent?.();
  return false;
}

function isGone(res: ServerResponse): boolean {
  return res.destroyed || connectionBehind(res)?.destroyed === true;
}

function isAnswered(res: ServerResponse): boolean {
  return res.headersSent || res.writableEnded;
}

/**
 * The connection of a response that stands behind another one of it, as requests may come before the reply to the one
 * before (RFC 9112, "Pipelining"). Node.js gives it the socket when its turn comes, and tells it nothing before: not even
 * that the client is gone. Responses that an application makes up may have no request.
 */
function connectionBehind(res: ServerResponse): Socket | undefined {
  return res.socket === null ? (res.req as IncomingMessage | undefined)?.socket : undefined;
}

/** One listener for each connection, however many responses stand in it. */
const endsOf = new WeakMap<Socket, Set<() => void>>();

/** Calls `end` when the connection is closed. Returns what takes that back. */
function onConnectionEnd(socket: Socket, end: () => void): () => void {
  let ends = endsOf.get(socket);
  if (ends === undefined) {
    const all = new Set<() => void>();
    socket.once('close', () => all.forEach(one => one()));
    endsOf.set(socket, all);
    ends = all;
  }
  ends.add(end);
  return () => ends.delete(end);
}

/** Calls `end` once: after the last byte, or when the client has gone away before, also while the response stands behind another. */
export function onResponseEnd(res: ServerResponse, end: () => void): void {
  const behind = connectionBehind(res);
  let hasEnded = false;
  const endOnce = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    forget?.();
    end();
  };
  const forget = behind && onConnectionEnd(behind, endOnce);
  // Responses that an application makes up may have no such method.
  res.once?.('close', endOnce);
}

/** One response of node:http, which keeps a part itself until the socket has taken it, and no copy. */
class ResponseSender extends PartSender {
  private offset = 0;
  private isOver = false;

  constructor(
    private readonly res: ServerResponse,
    private readonly reply: Reply,
    private readonly options: SendOptions,
    private readonly turns?: SendTurns,
  ) {
    super();
    onResponseEnd(res, () => {
      this.isOver = true;
      reply.onSent?.();
    });
  }

  sendPart(bytesMax: number): SentPart {
    const { res, reply, options } = this;
    if (this.isOver || res.destroyed) return OVER;
    // While it waited for its turn, something else may have answered.
    if (this.offset === 0 && isAnswered(res)) return OVER;
    try {
      if (this.offset === 0) this.begin();
      if (options.isHead) return this.finish(undefined);
      const part = reply.body.subarray(this.offset, this.offset + bytesMax);
      this.offset += part.length;
      if (this.offset >= reply.body.length) return this.finish(part);
      const hasRoom = res.write(part);
      // 'drain' rather than the callback of write(): whatever wraps a response hands that on.
      if (!hasRoom) res.once('drain', () => this.turns?.resume(this));
      return { bytes: part.length, next: hasRoom ? 'goes on' : 'waits' };
    } catch {
      // A wrapper of an application's response may throw. With half a head sent, no other reply can follow.
      res.destroy();
      return OVER;
    }
  }

  private begin(): void {
    const { res, reply, options } = this;
    // Set only now: a render may take longer. The server sets it back when the reply is complete. Responses that an
    // application makes up may have no such method.
    res.setTimeout?.(options.readerStallMs, () => res.destroy());
    if (!options.isHead) reply.onSending?.(() => res.destroy());
    res.writeHead(reply.status, { ...reply.headers, 'Content-Length': reply.body.length });
  }

  private finish(part: Uint8Array | undefined): SentPart {
    this.isOver = true;
    if (part === undefined) this.res.end();
    else this.res.end(part);
    return { bytes: part?.length ?? 0, next: 'over' };
  }
}
