/** Requests and responses of node:http, or of a framework that is built on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './reply.js';
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

/** Aborted when the client has gone away, or has its reply: 'close' follows both. */
export function goneSignal(res: ServerResponse): AbortSignal {
  if (res.destroyed) return AbortSignal.abort();
  const gone = new AbortController();
  // Responses that an application makes up may have no such method.
  res.once?.('close', () => gone.abort());
  return gone.signal;
}

export interface SendOptions {
  /** Sends the head alone. */
  readonly isHead: boolean;
  readonly readerStallMs: number;
}

/**
 * Sends a reply. Does nothing when the client is gone or something else has answered already. Never throws.
 *
 * Node.js keeps the body itself until the socket has taken it, and no copy.
 */
export function sendReply(
  res: ServerResponse,
  { status, headers, body, onSending, onSent }: Reply,
  { isHead, readerStallMs }: SendOptions,
): void {
  if (res.headersSent || res.writableEnded || res.destroyed) {
    onSent?.();
    return;
  }
  // After the last byte, and also when the client goes away before.
  if (onSent !== undefined) res.once('close', onSent);
  try {
    // Set only now: a render may take longer. The server sets it back when the reply is complete. Responses that an
    // application makes up may have no such method.
    res.setTimeout?.(readerStallMs, () => res.destroy());
    if (!isHead) onSending?.(() => res.destroy());
    res.writeHead(status, { ...headers, 'Content-Length': body.length });
    if (isHead) res.end();
    else res.end(body);
  } catch {
    // A wrapper of an application's response may throw. With half a head sent, no other reply can follow.
    res.destroy();
  }
}
