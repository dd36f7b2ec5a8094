/**
 * Messages: what a primary and its workers send each other over the channel of node:cluster.
 *
 *     primary                                     worker
 *        | ---- greet ------------------------------> |   "I am here now", when the primary came later
 *        | <--- hello ------------------------------- |   "I answer"
 *        | ---- collect id ------------------------->  |   runs collect callbacks
 *        | <--- snapshot id body -------------------- |
 *        | <--- snapshot body ----------------------- |   now and then, unasked
 *        | <--- snapshot body, farewell id ---------- |   the last one
 *        | ---- kept id ----------------------------> |
 *
 * The channel serializes as JSON or, if the program chose so, by structured clone; only the latter carries bytes. Which one
 * it is shows in what becomes of the bytes of `probe`; until a side has seen one, it writes base64, which both carry.
 */
import { types } from 'node:util';

export type PrimaryMessage =
  | { readonly type: 'threadtally:greet'; readonly probe: unknown }
  | {
      readonly type: 'threadtally:collect';
      readonly id: string;
      readonly timeoutMs: number;
      readonly probe: unknown;
    }
  | { readonly type: 'threadtally:kept'; readonly id: string };

export interface SnapshotMessage {
  readonly type: 'threadtally:snapshot';
  /** The request that it answers. */
  readonly id?: string | undefined;
  /** Names the last snapshot of the worker, which the primary confirms. */
  readonly farewell?: string | undefined;
  /** Bytes or base64; absent when the worker failed. */
  readonly body?: unknown;
  readonly error?: string | undefined;
}

export type WorkerMessage = { readonly type: 'threadtally:hello' } | SnapshotMessage;

const PREFIX = 'threadtally:';

export const PROBE = Uint8Array.of(1);

/** The type of a message of this package; undefined for all others, which are the program's own. */
export function typeOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type } = message as { type?: unknown };
  return typeof type === 'string' && type.startsWith(PREFIX) ? type : undefined;
}

/** True when the channel that a probe came through carries bytes. */
export function carriesBytes(probe: unknown): boolean {
  return types.isUint8Array(probe);
}

export function bodyOf(bytes: Uint8Array, asBytes: boolean): Uint8Array | string {
  return asBytes ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of a body; none, which no decoder takes, of something else. */
export function bytesOf(body: unknown): Uint8Array {
  if (types.isUint8Array(body)) return body;
  return typeof body === 'string' ? Buffer.from(body, 'base64') : new Uint8Array(0);
}

type Send = (message: object, callback: (error: Error | null) => void) => boolean;

/**
 * Sends, or does not: a channel that is closed, or being closed, is nothing that a program should hear of from its metrics.
 *
 * @param written called when the message has left this process, or never will
 */
export function sendQuietly(send: Send, message: PrimaryMessage | WorkerMessage, written?: () => void): void {
  try {
    // With a callback, node:child_process tells it of errors, and emits none.
    send(message, () => written?.());
  } catch {
    written?.();
  }
}
