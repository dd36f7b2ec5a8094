/**
 * OTLP attempt: one request to a receiver of OTLP/HTTP, and its answer.
 *
 * Nothing of it keeps the process alive: its socket and its timer do not. Who awaits a push holds a timer that does.
 */
import * as http from 'node:http';
import type { IncomingMessage } from 'node:http';
import * as https from 'node:https';
import type { ExportTimers } from './export-timers.js';
import { errorDetail } from './failure-detail.js';

/** An answer has a few words; what is longer is none of OTLP. */
export const ANSWER_BYTES_MAX = 65_536;

export interface OtlpAnswer {
  readonly failure: undefined;
  readonly status: number;
  /** Of the Retry-After header; '' for none. */
  readonly retryAfter: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface NoAnswer {
  /** `aborted`: nobody wants it any more. */
  readonly failure: 'connection' | 'timeout' | 'aborted';
  /** What became of the connection, such as ECONNREFUSED; '' where there is nothing to say. */
  readonly detail: string;
}

export interface AttemptLimits {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Sends a body. Never rejects. */
export type SendAttempt = (body: Uint8Array, limits: AttemptLimits) => Promise<OtlpAnswer | NoAnswer>;

/** Connections of one push: one, which its requests use one after the other, and which no push finds stale. */
export interface Connections {
  readonly send: SendAttempt;
  close(): void;
}

export function openConnections(
  url: string,
  headers: Readonly<Record<string, string>>,
  timers: ExportTimers,
): Connections {
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    close: () => agent.destroy(),
    send: (body, { limitMs, signal }) =>
      new Promise(resolve => {
        const sent = request(url, {
          agent: agent as https.Agent,
          method: 'POST',
          headers: { ...headers, 'content-length': body.byteLength },
        });
        const end = (outcome: OtlpAnswer | NoAnswer): void => {
          cancel();
          signal.removeEventListener('abort', abort);
          // A connection on which an answer is still to come serves no other request.
          if (outcome.failure !== undefined) sent.destroy();
          resolve(outcome);
        };
        const abort = (): void => end({ failure: 'aborted', detail: '' });
        const broken = (error: unknown): void => end({ failure: 'connection', detail: errorDetail(error) });
        const cancel = timers.after(limitMs, () => end({ failure: 'timeout', detail: '' }));
        signal.addEventListener('abort', abort);
        sent.on('socket', socket => socket.unref());
        sent.on('error', broken);
        sent.on('response', response => void readAnswer(response).then(end, broken));
        if (signal.aborted) abort();
        else sent.end(body);
      }),
  };
}

/** @throws Error when the connection ends before the answer does */
async function readAnswer(response: IncomingMessage): Promise<OtlpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The status has said what matters. Leaving the loop ends the connection.
    if (length > ANSWER_BYTES_MAX) break;
    chunks.push(chunk);
  }
  const isWhole = length <= ANSWER_BYTES_MAX;
  return {
    failure: undefined,
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? '',
    contentType: response.headers['content-type'] ?? '',
    body: isWhole ? Buffer.concat(chunks) : new Uint8Array(0),
  };
}
