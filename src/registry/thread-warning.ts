/** Thread warning: process warnings of all threads appear on one stderr, with the process id alone. */
import { isMainThread, threadId } from 'node:worker_threads';

/** The text of a warning, which names the worker thread that gives it. */
export function threadWarning(message: string): string {
  return isMainThread ? message : `worker thread ${threadId}: ${message}`;
}
