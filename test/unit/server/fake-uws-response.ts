/** A response of uWebSockets.js for tests: how much it takes, and what was done with it. */
import type { UwsResponse } from '../../../src/server/uws-binding.js';

/** A native response that takes `roomBytes` at a time and throws, as the real one, when it is touched after its end. */
export class FakeResponse implements UwsResponse {
  readonly calls: string[] = [];
  /** Copies of what was taken, call by call. */
  readonly parts: Buffer[] = [];
  isOver = false;
  throwIn: keyof UwsResponse | undefined;
  abort: () => void = () => {};
  private writable: (offset: number) => boolean = () => true;

  constructor(public roomBytes = Infinity) {}

  onAborted(handler: () => void): void {
    this.touch('onAborted');
    this.abort = () => {
      this.isOver = true;
      handler();
    };
  }

  onWritable(handler: (offset: number) => boolean): void {
    this.touch('onWritable');
    this.writable = handler;
  }

  cork(write: () => void): void {
    this.touch('cork');
    write();
  }

  writeStatus(status: string): void {
    this.touch('writeStatus', status);
  }

  writeHeader(name: string, value: string): void {
    this.touch('writeHeader', `${name}=${value}`);
  }

  tryEnd(chunk: Uint8Array, totalBytes: number): [boolean, boolean] {
    this.touch('tryEnd', `${chunk.length} of ${totalBytes}`);
    const part = chunk.subarray(0, this.roomBytes);
    this.parts.push(Buffer.from(part));
    this.isOver = this.takenBytes === totalBytes;
    return [part.length === chunk.length, this.isOver];
  }

  endWithoutBody(): void {
    this.touch('endWithoutBody');
    this.isOver = true;
  }

  close(): void {
    this.touch('close');
    this.abort();
  }

  get taken(): Buffer {
    return Buffer.concat(this.parts);
  }

  get takenBytes(): number {
    return this.parts.reduce((bytes, part) => bytes + part.length, 0);
  }

  /** The socket has room again. */
  drain(): boolean {
    return this.writable(this.takenBytes);
  }

  private touch(name: keyof UwsResponse, detail?: string): void {
    if (this.isOver) {
      this.calls.push(`${name} after the end`);
      throw new Error(`${name} after the end`);
    }
    if (this.throwIn === name) throw new Error(`${name} failed`);
    this.calls.push(detail === undefined ? name : `${name} ${detail}`);
  }
}
