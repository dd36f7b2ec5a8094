/**
 * One response of uWebSockets.js, made safe to use. Its native response is gone as soon as the reply is complete or the
 * client went away; touching it then throws, inside a native callback where nobody can catch that.
 *
 *     open --send(), sendInTurns()--> sending --last byte taken---> ended
 *       `--------------------------------+------- onAborted -----> ended
 *                                        `--- stalled, disconnected ---^
 */
import { STATUS_CODES } from 'node:http';
import type { Reply } from './reply.js';
import { OVER, PartSender } from './send-turns.js';
import type { SendTurns, SentPart } from './send-turns.js';
import type { UwsResponse } from './uws-binding.js';

export interface SenderOptions {
  /** Called once, when the response is complete or its client is gone. */
  readonly onEnd: () => void;
  /** See READER_STALL_MS. */
  readonly readerStallMs: number;
  readonly turns: SendTurns;
}

interface Sending {
  readonly reply: Reply;
  readonly isHead: boolean;
  /** Bytes of the body that the socket has taken. */
  offset: number;
  hasBegun: boolean;
}

export class ReplySender extends PartSender {
  private hasEnded = false;
  private sending: Sending | undefined;
  /** Runs while the reader takes nothing. */
  private stallTimer: NodeJS.Timeout | undefined;

  /**
   * Must be made before anything else is done with `response`: a handler that returns, or asks for a reply without
   * body, while no abort handler is attached ends the process.
   */
  constructor(
    private readonly response: UwsResponse,
    private readonly options: SenderOptions,
  ) {
    super();
    response.onAborted(() => this.end());
  }

  /** Sends a small reply before this returns; with `isHead` without its body. Does nothing when the client is gone. */
  send(reply: Reply, isHead: boolean): void {
    if (this.begin(reply, isHead)) this.sendPart(reply.body.length);
  }

  /** As send(), in parts, between which other replies get theirs. */
  sendInTurns(reply: Reply, isHead: boolean): void {
    if (this.begin(reply, isHead)) this.options.turns.add(this);
  }

  sendPart(bytesMax: number): SentPart {
    if (this.hasEnded) return OVER;
    const sending = this.sending!;
    const bytes = sending.isHead ? 0 : Math.min(sending.reply.body.length - sending.offset, bytesMax);
    try {
      let isTaken = false;
      // One cork, or head and body leave in packets of their own.
      this.response.cork(() => (isTaken = this.write(sending, bytesMax)));
      if (!this.hasEnded) this.watchReader(sending, isTaken);
      if (this.hasEnded) return { bytes, next: 'over' };
      return { bytes, next: isTaken ? 'goes on' : 'waits' };
    } catch {
      this.giveUp();
      return OVER;
    }
  }

  /** False when there is nobody to send to any more. */
  private begin(reply: Reply, isHead: boolean): boolean {
    if (this.hasEnded) {
      reply.onSent?.();
      return false;
    }
    this.sending = { reply, isHead, offset: 0, hasBegun: false };
    return true;
  }

  /** False when the socket is full. */
  private write(sending: Sending, bytesMax: number): boolean {
    const { reply, isHead, hasBegun } = sending;
    if (!hasBegun) this.writeHead(reply);
    if (!isHead) return this.writeBody(sending, bytesMax);
    this.endWithoutBody(reply.body.length);
    return true;
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
  private writeBody(sending: Sending, bytesMax: number): boolean {
    const { body } = sending.reply;
    const part = body.subarray(sending.offset, sending.offset + bytesMax);
    const [isTaken, isComplete] = this.response.tryEnd(part, body.length);
    if (isComplete) this.end();
    // How much of a part was taken that does not fit, onWritable says.
    if (isTaken) sending.offset += part.length;
    return isTaken;
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
  private watchReader(sending: Sending, isTaken: boolean): void {
    if (!isTaken) this.startStallTimer();
    if (sending.hasBegun) return;
    sending.hasBegun = true;
    this.response.onWritable(offset => this.continueBody(sending, offset));
    sending.reply.onSending?.(() => this.giveUp());
  }

  /**
   * `offset` counts the bytes of the body that were taken so far. Writes nothing, and says that nothing is left to be
   * written: the next part of the body is one that turns have, and not one that waits here.
   */
  private continueBody(sending: Sending, offset: number): true {
    clearTimeout(this.stallTimer);
    sending.offset = offset;
    this.options.turns.resume(this);
    return true;
  }

  private startStallTimer(): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = setTimeout(() => this.giveUp(), this.options.readerStallMs);
    this.stallTimer.unref();
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.stallTimer);
    this.sending?.reply.onSent?.();
    this.options.onEnd();
  }
}
