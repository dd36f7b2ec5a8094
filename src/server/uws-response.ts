/**
 * One response of uWebSockets.js, made safe to use. Its native response is gone as soon as the reply is complete or the
 * client went away; touching it then throws, inside a native callback where nobody can catch that.
 *
 *     open --send()--> sending --last byte taken---> ended
 *       `------------------+------- onAborted -----> ended
 *                          `--- stalled, disconnected ---^
 */
import { STATUS_CODES } from 'node:http';
import type { Reply } from './reply.js';
import type { UwsResponse } from './uws-binding.js';

export class ReplySender {
  private hasEnded = false;
  private onSent: (() => void) | undefined;
  /** Runs while the reader takes nothing. */
  private stallTimer: NodeJS.Timeout | undefined;

  /**
   * Must be made before anything else is done with `response`: a handler that returns, or asks for a reply without
   * body, while no abort handler is attached ends the process.
   *
   * @param onEnd called once, when the response is complete or its client is gone.
   * @param readerStallMs see READER_STALL_MS
   */
  constructor(
    private readonly response: UwsResponse,
    private readonly onEnd: () => void,
    private readonly readerStallMs: number,
  ) {
    response.onAborted(() => this.end());
  }

  /** Sends a reply; with `isHead` without its body. Does nothing when the client is gone. Never throws. */
  send(reply: Reply, isHead: boolean): void {
    if (this.hasEnded) {
      reply.onSent?.();
      return;
    }
    this.onSent = reply.onSent;
    try {
      // One cork, or head and body leave in packets of their own.
      this.response.cork(() => {
        this.writeHead(reply);
        if (isHead) this.endWithoutBody(reply.body.length);
        else this.sendBody(reply.body);
      });
      if (!this.hasEnded) this.watchReader(reply);
    } catch {
      this.giveUp();
    }
  }

  private writeHead({ status, headers }: Reply): void {
    this.response.writeStatus(`${status} ${STATUS_CODES[status]}`);
    for (const [name, value] of Object.entries(headers)) this.response.writeHeader(name, value);
  }

  /**
   * The length goes out as a header of ours: told to report it, the native side waits for that many bytes, and closes
   * the connection at the next request on it.
   */
  private endWithoutBody(bytes: number): void {
    this.response.writeHeader('Content-Length', String(bytes));
    this.response.endWithoutBody();
    this.end();
  }

  /** The socket takes what it can hold; end() would copy all the rest, once for each slow reader. */
  private sendBody(body: Uint8Array): void {
    const [, isComplete] = this.response.tryEnd(body, body.length);
    if (isComplete) this.end();
    else this.response.onWritable(offset => this.continueBody(body, offset));
  }

  /** `offset` counts the bytes of the body that were taken so far. Returns false while the socket is full. */
  private continueBody(body: Uint8Array, offset: number): boolean {
    // Called because the reader has taken something.
    this.startStallTimer();
    try {
      const [isDrained, isComplete] = this.response.tryEnd(body.subarray(offset), body.length);
      if (isComplete) this.end();
      return isDrained;
    } catch {
      this.giveUp();
      return true;
    }
  }

  /** A connection with half a reply is of no more use to anyone; closing it calls the abort handler. */
  private giveUp(): void {
    if (this.hasEnded) return;
    try {
      this.response.close();
    } catch {
      // Already closed by the native side, which says so in no other way.
    }
    this.end();
  }

  /** Outside of the cork: to begin one body may be to disconnect the readers of another. */
  private watchReader({ onSending }: Reply): void {
    this.startStallTimer();
    onSending?.(() => this.giveUp());
  }

  private startStallTimer(): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = setTimeout(() => this.giveUp(), this.readerStallMs);
    this.stallTimer.unref();
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.stallTimer);
    this.onSent?.();
    this.onEnd();
  }
}
