/** Free buffers: memory of renderings that were released. Fresh memory costs a page fault for each 4 KiB that is written. */
import type { RenderedBody } from '../registry/renderers.js';

/** One that is being sent, and one to render into meanwhile. */
const FREE_BUFFERS_MAX = 2;

interface RenderBuffer {
  clear(): void;
  finish(): Uint8Array;
}

/** The buffers of one renderer. */
export class FreeBuffers<B extends RenderBuffer> {
  private readonly free: B[] = [];

  constructor(private readonly create: (capacity: number) => B) {}

  /** An empty buffer for one rendering; a new one of about `capacity` bytes when none is free. */
  take(capacity: () => number): B {
    const buffer = this.free.pop() ?? this.create(capacity());
    buffer.clear();
    return buffer;
  }

  /** What was written to a buffer: its reader's until it calls `release`, which it may also leave to the collector. */
  bodyOf(buffer: B): RenderedBody {
    let isReleased = false;
    const release = (): void => {
      if (!isReleased && this.free.length < FREE_BUFFERS_MAX) this.free.push(buffer);
      isReleased = true;
    };
    return { body: buffer.finish(), release };
  }
}
