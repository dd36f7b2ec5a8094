/**
 * A raw HTTP/1.1 client: one connection, bytes as they come. fetch() hides what these tests look at: a body after HEAD,
 * pipelining, a reader that stops reading.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

export function requestText(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ Host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${target} HTTP/1.1`, ...lines].join('\r\n') + HEAD_END;
}

export class RawConnection {
  /** Resolves when the connection is closed, in whatever way. */
  readonly closed: Promise<void>;
  private received: Buffer[] = [];
  private receivedBytes = 0;
  private isClosed = false;
  private wake: () => void = () => {};

  private constructor(private readonly socket: Socket) {
    socket.on('data', chunk => {
      this.received.push(chunk);
      this.receivedBytes += chunk.length;
      this.wake();
    });
    // A reset is one way of closing; the tests only ask whether.
    socket.on('error', () => {});
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.isClosed = true;
        this.wake();
        resolve();
      });
    });
  }

  static async open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Resolves when the kernel has the text, which on the loopback means: when the server can read it. */
  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(text, error => (error ? reject(error) : resolve()));
    });
  }

  async request(
    method: string,
    target: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawReply> {
    await this.send(requestText(method, target, headers));
    return await this.nextReply(method === 'HEAD');
  }

  /** The next reply in order. Throws when the connection closes before it is complete. */
  async nextReply(isHead = false): Promise<RawReply> {
    let head = this.parseHead();
    while (head === undefined) {
      await this.moreBytes('a reply');
      head = this.parseHead();
    }
    const { headBytes, status, headers } = head;
    const bodyBytes = isHead ? 0 : Number(headers.get('content-length') ?? 0);
    while (this.receivedBytes < headBytes + bodyBytes) await this.moreBytes(`${headBytes + bodyBytes} bytes`);
    const all = this.takeAll();
    this.putBack(all.subarray(headBytes + bodyBytes));
    return { status, headers, body: all.subarray(headBytes, headBytes + bodyBytes) };
  }

  /** Waits until at least one byte has come since the last complete reply. */
  async firstByte(): Promise<void> {
    while (this.receivedBytes === 0) await this.moreBytes('a byte');
  }

  /** What has come and belongs to no reply that was asked for. */
  get unreadBytes(): number {
    return this.receivedBytes;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Says that nothing more will be sent; replies are still read. */
  end(): void {
    this.socket.end();
  }

  /** Vanishes with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private async moreBytes(wanted: string): Promise<void> {
    if (this.isClosed)
      throw new Error(`closed after ${this.receivedBytes} bytes, while waiting for ${wanted}`);
    await new Promise<void>(resolve => (this.wake = resolve));
  }

  private parseHead() {
    const all = this.takeAll();
    this.putBack(all);
    const headBytes = all.indexOf(HEAD_END) + HEAD_END.length;
    if (headBytes < HEAD_END.length) return undefined;
    const [statusLine, ...lines] = all.toString('latin1', 0, headBytes - HEAD_END.length).split('\r\n');
    const headers = new Map(
      lines.map(line => [line.split(':', 1)[0].toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
    );
    return { headBytes, status: Number(statusLine.split(' ')[1]), headers };
  }

  private takeAll(): Buffer {
    return this.received.length === 1 ? this.received[0] : Buffer.concat(this.received);
  }

  private putBack(bytes: Buffer): void {
    this.received = bytes.length === 0 ? [] : [bytes];
    this.receivedBytes = bytes.length;
  }
}

/** One request on a connection of its own. */
export async function rawRequest(
  port: number,
  method: string,
  target: string,
  headers?: Readonly<Record<string, string>>,
): Promise<RawReply> {
  const connection = await RawConnection.open(port);
  try {
    return await connection.request(method, target, headers);
  } finally {
    connection.destroy();
  }
}
