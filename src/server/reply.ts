/** A reply as values: what both transports send in the same bytes, apart from the headers they add themselves. */

export type ReplyStatus = 200 | 404 | 405 | 500 | 503;

export interface Reply {
  readonly status: ReplyStatus;
  /** Without Content-Length, which a transport takes from `body`, and sends for HEAD too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Called by the transport when it begins to send the body; `disconnect` then closes the connection, until onSent. */
  readonly onSending?: (disconnect: () => void) => void;
  /** Called once by the transport: the body has been sent, or its client is gone. */
  readonly onSent?: () => void;
}

// A cached metric or readiness is a wrong one; and no browser shall guess that a label value is HTML.
const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const;

const encoder = new TextEncoder();

export function bytesReply(
  status: ReplyStatus,
  contentType: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers: { 'Content-Type': contentType, ...COMMON_HEADERS, ...headers }, body };
}

/** The text gets a final line feed. */
export function textReply(
  status: ReplyStatus,
  text: string,
  headers?: Readonly<Record<string, string>>,
): Reply {
  return bytesReply(status, 'text/plain; charset=utf-8', encoder.encode(`${text}\n`), headers);
}

export function jsonReply(status: ReplyStatus, value: unknown): Reply {
  return bytesReply(status, 'application/json; charset=utf-8', encoder.encode(JSON.stringify(value)));
}

export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

export function methodNotAllowed(): Reply {
  return textReply(405, 'method not allowed: use GET or HEAD', { Allow: 'GET, HEAD' });
}

export function withHeader(reply: Reply, name: string, value: string): Reply {
  return { ...reply, headers: { ...reply.headers, [name]: value } };
}
