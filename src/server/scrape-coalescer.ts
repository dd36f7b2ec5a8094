/**
 * Scrape coalescing: scrapes that wait for a render share it.
 *
 *     idle --scrape--> scheduled --end of the loop turn--> running --settled, or out of time--> idle
 *                       ^ further scrapes join             | further scrapes share the next render, which is
 *                       `---------- once settled ----------'   scheduled when this one is over
 *
 * Promises  A scrape is served only by a render that began after the scrape arrived, so its values are never older
 *           than the request. At most one render runs, however many scrapers there are, unless it outlives
 *           renderTimeoutMs; at most one more is waiting. A failed render fails the scrapes that shared it and no
 *           others.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { types } from 'node:util';
import { InvalidRenderingError, RenderTimeoutError } from './errors.js';
import type { MetricsSource, Rendering } from './metrics-source.js';

export interface TimedRendering extends Omit<Rendering, 'release' | 'late'> {
  /** Ids of the threads that were late. */
  readonly lateThreads: readonly number[];
  /** Must be called once for each scrape that got this rendering; the last call releases the body. */
  readonly release: () => void;
  /** From the call of render() to its result, on the monotonic clock. */
  readonly durationMs: number;
}

/** How many scrapes have yet to be answered with one rendering. */
interface Sharers {
  count: number;
}

interface SharedScrape {
  readonly sharers: Sharers;
  readonly rendering: Promise<TimedRendering>;
}

// Anything else could end the header early, and what follows would become headers or body of its own.
const HEADER_VALUE = /^[\t\x20-\x7e]+$/;

export class ScrapeCoalescer {
  private next: SharedScrape | undefined;
  private running: Promise<unknown> = Promise.resolve();

  /** @param renderTimeoutMs 1..600_000, see RenderTimeoutError. */
  constructor(
    private readonly source: MetricsSource,
    private readonly renderTimeoutMs: number,
  ) {}

  /**
   * A rendering that began after this call. Rejects with what render() threw, with RenderTimeoutError or with
   * InvalidRenderingError; the next scrape is not affected.
   */
  scrape(): Promise<TimedRendering> {
    if (this.next === undefined) {
      const sharers = { count: 0 };
      this.next = { sharers, rendering: this.renderAfter(this.running, sharers) };
    }
    this.next.sharers.count++;
    return this.next.rendering;
  }

  private async renderAfter(previous: Promise<unknown>, sharers: Sharers): Promise<TimedRendering> {
    await previous;
    // Requests that came in one read, or in one turn of the loop from several sockets, are all seen before this ends.
    await endOfLoopTurn();
    // From here on the snapshot may be taken: a scrape that arrives now must not get it. Keep this before render().
    this.next = undefined;
    const rendering = this.render(sharers);
    this.running = rendering.catch(() => undefined);
    return await rendering;
  }

  private async render(sharers: Sharers): Promise<TimedRendering> {
    const startedMs = performance.now();
    const rendering = await this.withinTimeout(this.source.render());
    const durationMs = performance.now() - startedMs;
    const { body, contentType, late = [] } = rendering;
    // A Uint8Array of another realm (a vm context, a test runner) is as good: no instanceof.
    if (!types.isUint8Array(body)) throw new InvalidRenderingError('its body is no Uint8Array');
    if (typeof contentType !== 'string' || !HEADER_VALUE.test(contentType)) {
      throw new InvalidRenderingError(`its content type ${JSON.stringify(contentType)} is no header value`);
    }
    const lateThreads = Array.from(late, thread => thread.threadId);
    if (!lateThreads.every(Number.isInteger)) {
      throw new InvalidRenderingError('its late threads are no list of thread ids');
    }
    const release = (): void => {
      if (--sharers.count === 0) rendering.release?.();
    };
    return { body, contentType, lateThreads, durationMs, release };
  }

  private withinTimeout(rendering: Promise<Rendering>): Promise<Rendering> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new RenderTimeoutError(this.renderTimeoutMs)),
        this.renderTimeoutMs,
      );
      // A closed server must not keep the process alive for a render that hangs.
      timer.unref();
      Promise.resolve(rendering)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    });
  }
}
