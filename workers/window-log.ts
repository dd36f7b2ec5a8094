/**
 * The output file: each closed window as a JSON line.
 *
 * Promises  Lines are in the order in which the workers closed the windows; for another number of workers they are the
 *           same lines in another order.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { WindowResult } from './pipeline/model-windows.js';

/** The output cannot be written. What was written before stays. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

export class WindowLog {
  private readonly stream: WriteStream;
  private readonly failed: Promise<never>;

  private constructor(file: string, stream: WriteStream) {
    this.stream = stream;
    this.failed = new Promise((_, reject) => {
      stream.once('error', error => reject(new OutputError(`cannot write ${file}: ${error.message}`)));
    });
    // Looked at by whoever calls next; until then it is no unhandled rejection.
    this.failed.catch(() => undefined);
  }

  /** @throws OutputError when the file cannot be created. An existing one is replaced. */
  static async create(file: string): Promise<WindowLog> {
    const stream = createWriteStream(file);
    const log = new WindowLog(file, stream);
    await Promise.race([once(stream, 'open'), log.failed]);
    return log;
  }

  write(windows: readonly WindowResult[]): void {
    this.stream.write(windows.map(window => `${JSON.stringify(window)}\n`).join(''));
  }

  /** Resolves when the file system has taken everything that waits; fewer events are read meanwhile. */
  async drained(): Promise<void> {
    if (this.stream.writableNeedDrain) await Promise.race([once(this.stream, 'drain'), this.failed]);
  }

  /** Resolves when everything is written; again, at once. */
  async close(): Promise<void> {
    if (this.stream.closed && this.stream.errored === null) return;
    this.stream.end();
    await Promise.race([once(this.stream, 'close'), this.failed]);
  }
}
