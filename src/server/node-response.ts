/** Sending a reply through a response of node:http, or of a framework that is built on it. */
import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.js';

/**
 * Sends a reply; with `isHead` without its body. Does nothing when the client is gone or something else has answered
 * already. Never throws.
 */
export function sendReply(
  res: ServerResponse,
  { status, headers, body, onSent }: Reply,
  isHead: boolean,
): void {
  if (res.headersSent || res.writableEnded || res.destroyed) {
    onSent?.();
    return;
  }
  // After the last byte, and also when the client goes away before.
  if (onSent !== undefined) res.once('close', onSent);
  try {
    res.writeHead(status, { ...headers, 'Content-Length': body.length });
    if (isHead) res.end();
    else res.end(body);
  } catch {
    // A wrapper of an application's response may throw. With half a head sent, no other reply can follow.
    res.destroy();
  }
}
