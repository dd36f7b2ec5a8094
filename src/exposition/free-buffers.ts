/** Free buffers: memory of renderings that were released. Fresh memory costs a page fault for each 4 KiB that is written. */
import type { FamilyExtent, RenderedBody } from '../registry/renderers.js';

/** The latest, which the next rendering takes over or reads, and one to render into; one more may be being sent. */
const FREE_BUFFERS_MAX = 2;
/** A buffer that turns out to be too small is copied into a larger one: larger than this, that takes too long. */
const COPIED_MAX_BYTES = 4_194_304;
/** What a rendering may take more than the last one, for each series. */
const GROWTH = 1.05;

interface RenderBuffer {
  readonly length: number;
  readonly capacity: number;
  readonly generation: number;
  /** False when it was written to since, or its memory is another thread's by now. */
  holds(generation: number): boolean;
  clear(): void;
  finish(): Uint8Array;
}

/** The buffers of one renderer. */
export class FreeBuffers<B extends RenderBuffer> {
  private readonly free: B[] = [];
  private bytesPerSeries = 0;
  /** What the last rendering wrote, which the next one may read. */
  private latest: B | undefined;

  /** @param isTakenOver true when the next rendering goes best to the memory of the latest, and not elsewhere to read that */
  constructor(
    private readonly create: (capacity: number) => B,
    private readonly isTakenOver: boolean,
  ) {}

  /**
   * An empty buffer for one rendering of these families: one that was given back if it is large enough, else a new one.
   *
   * @param bytesOf about what a family takes: for the first rendering, and where the registry has grown
   */
  take(families: readonly FamilyExtent[], bytesOf: (family: FamilyExtent) => number): B {
    const needed = seriesIn(families) * this.bytesPerSeries * GROWTH;
    let buffer = this.takeFree();
    if (buffer !== undefined && buffer.capacity < needed && needed > COPIED_MAX_BYTES) buffer = undefined;
    if (buffer === undefined) {
      let bytes = 0;
      for (const family of families) bytes += bytesOf(family);
      buffer = this.create(Math.ceil(needed === 0 ? bytes : Math.max(needed, Math.min(bytes, 2 * needed))));
    }
    buffer.clear();
    return buffer;
  }

  /** What was written to a buffer: its reader's until it calls `release`, which it may also leave to the collector. */
  bodyOf(buffer: B, families: readonly FamilyExtent[]): RenderedBody {
    this.latest = buffer;
    this.bytesPerSeries = buffer.length / Math.max(1, seriesIn(families));
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) this.giveBack(buffer);
      isReleased = true;
    };
    return { body: buffer.finish(), release };
  }

  private takeFree(): B | undefined {
    const latestAt = this.free.lastIndexOf(this.latest!);
    const at =
      this.isTakenOver && latestAt >= 0
        ? latestAt
        : this.free.findLastIndex(buffer => buffer !== this.latest);
    if (at < 0) return undefined;
    const buffer = this.free[at]!;
    this.free.copyWithin(at, at + 1);
    this.free.pop();
    return buffer.holds(buffer.generation) ? buffer : this.takeFree();
  }

  giveBack(buffer: B): void {
    if (this.free.length < FREE_BUFFERS_MAX) this.free.push(buffer);
  }
}

function seriesIn(families: readonly FamilyExtent[]): number {
  let count = 0;
  for (let i = 0; i < families.length; i++) count += families[i]!.series.length;
  return count;
}
