/** An OTLP/HTTP receiver that answers as it is told to, or not at all, and keeps what it got, as JSON or protobuf. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeRequest, parseRequest } from '../unit/otel/decoded-metrics.js';
import type { DecodedRequest } from '../unit/otel/decoded-metrics.js';
import { jsonOfTraces } from './otlp-protobuf.js';

/** A status code, or no answer. */
export type Answer = number | 'silence';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Of the resource. */
  readonly resource: Readonly<Record<string, string | number>>;
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes' | 'resource'> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

export class OtlpReceiver {
  /** Headers and paths of all requests, answered or not. */
  readonly requests: IncomingMessage[] = [];
  /** Of the requests that were answered with 200. */
  readonly spans: ReceivedSpan[] = [];
  /** Likewise, of pushes. */
  readonly metrics: DecodedRequest[] = [];
  readonly unanswered: ServerResponse[] = [];
  private readonly server: Server;
  private readonly answers: Answer[] = [];

  private constructor(private last: Answer) {
    this.server = createServer((request, response) => void this.receive(request, response));
  }

  static async start(last: Answer = 200): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(last);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The answers to the next requests; the last one is that to all further ones. */
  answerWith(...answers: Answer[]): void {
    this.answers.splice(0, Number.POSITIVE_INFINITY, ...answers.slice(0, -1));
    this.last = answers.at(-1)!;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push(request);
    const answer = this.answers.shift() ?? this.last;
    if (answer === 'silence') {
      this.unanswered.push(response);
      return;
    }
    if (answer === 200) this.keep(request, Buffer.concat(chunks));
    // An empty message is an answer in protobuf.
    const isProtobuf = request.headers['content-type'] === PROTOBUF;
    response.writeHead(answer, { 'content-type': isProtobuf ? PROTOBUF : 'application/json' });
    response.end(isProtobuf ? '' : '{}');
  }

  private keep(request: IncomingMessage, body: Buffer): void {
    if (request.url !== '/v1/metrics') this.spans.push(...spansIn(textOf(request, body)));
    else if (request.headers['content-type'] === PROTOBUF) this.metrics.push(decodeRequest(body));
    else this.metrics.push(parseRequest(body));
  }
}

const PROTOBUF = 'application/x-protobuf';

function textOf({ headers }: IncomingMessage, body: Buffer): string {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return headers['content-type'] === PROTOBUF ? jsonOfTraces(plain) : plain.toString('utf8');
}

/** The spans of a body in OTLP/JSON. */
export function spansIn(text: string): ReceivedSpan[] {
  return (JSON.parse(text) as Body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => ({
        ...span,
        parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
        attributes: attributesOf(span.attributes),
        resource: attributesOf(resource.attributes),
      })),
    ),
  );
}

function attributesOf(attributes: readonly Attribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']),
  );
}

/** Lets the event loop turn until it is so. The timeout of the test ends what never is. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => void setImmediate(resolve));
}
