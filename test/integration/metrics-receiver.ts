/** A receiver of metrics that answers as it is told to, or not at all, and keeps every body. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedBody {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A reply, none at all, one that does not end, the end of the connection before one, or in the middle of one. */
export type Answer = Reply | 'silence' | 'endless' | 'reset' | 'half';

interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** Emits `received` for each body. */
export class MetricsReceiver extends EventEmitter {
  readonly bodies: ReceivedBody[] = [];
  readonly unanswered: ServerResponse[] = [];
  connections = 0;
  private readonly server: Server;
  private answers: Answer[] = [];
  private last: Answer = { status: 200 };

  private constructor(private readonly identity: Identity | undefined) {
    super();
    const receive = (request: IncomingMessage, response: ServerResponse): void =>
      this.receive(request, response);
    this.server = identity === undefined ? createServer(receive) : createSecureServer(identity, receive);
    this.server.on('connection', () => this.connections++);
  }

  /** @param identity makes it one of HTTPS */
  static async start(identity?: Identity): Promise<MetricsReceiver> {
    const receiver = new MetricsReceiver(identity);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `${this.identity === undefined ? 'http' : 'https'}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The answers to the next bodies; the last one is that to all further ones. */
  answerWith(...answers: Answer[]): void {
    this.answers = answers.slice(0, -1);
    this.last = answers.at(-1)!;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.bodies.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks) });
      this.answer(this.answers.shift() ?? this.last, response);
      this.emit('received');
    });
  }

  private answer(answer: Answer, response: ServerResponse): void {
    if (answer === 'silence') this.unanswered.push(response);
    else if (answer === 'reset') response.socket?.destroy();
    else if (answer === 'endless') response.writeHead(200).write('{');
    else if (answer === 'half') {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.socket?.destroy());
    } else response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
