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
const NO_BODY = new Uint8Array(0);

export interface OtlpAnswer {
  readonly failure: undefined;
  readonly status: number;
  /** Of the Retry-After header; '' for none. */
  readonly retryAfter: string;
  readonly contentType: string;
  /** Empty also when it has not come, or is too long. */
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
        let head: OtlpAnswer | undefined;
        const end = (outcome: OtlpAnswer | NoAnswer): void => {
          cancel();
          signal.removeEventListener('abort', abort);
          resolve(outcome);
        };
        const breakOff = (failure: NoAnswer['failure'], detail = ''): void => {
          // A connection on which an answer is still to come serves no other request.
          sent.destroy();
          // The status has said what matters: what was taken must not be sent again for want of words about it.
          end(head ?? { failure, detail });
        };
        const broken = (error: unknown): void => breakOff('connection', errorDetail(error));
        const abort = (): void => breakOff('aborted');
        const cancel = timers.after(limitMs, () => breakOff('timeout'));
        signal.addEventListener('abort', abort);
        sent.on('socket', socket => socket.unref());
        sent.on('error', broken);
        sent.on('response', response => {
          const begun = (head = headOf(response));
          readBody(response).then(words => end({ ...begun, body: words }), broken);
        });
        if (signal.aborted) abort();
        else sent.end(body);
      }),
  };
}

function headOf({ statusCode = 0, headers }: IncomingMessage): OtlpAnswer {
  return {
    failure: undefined,
    status: statusCode,
    retryAfter: headers['retry-after'] ?? '',
    contentType: headers['content-type'] ?? '',
    body: NO_BODY,
  };
}

/** Empty for what is too long. @throws Error when the connection ends before the answer does */
async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > ANSWER_BYTES_MAX) return NO_BODY;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
