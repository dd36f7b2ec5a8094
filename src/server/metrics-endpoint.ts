/** `/metrics`: one exposition as a reply, or a 5xx. Never half a body: an incomplete exposition is void as a whole. */
import { describeError, RenderTimeoutError } from './errors.js';
import type { MetricsSource } from './metrics-source.js';
import { bytesReply, textReply } from './reply.js';
import type { Reply } from './reply.js';
import { ScrapeCoalescer } from './scrape-coalescer.js';

const RENDER_DURATION_HEADER = 'X-Render-Duration-Ms';
const LATE_THREADS_HEADER = 'X-Collect-Late-Threads';
/** Clients give up on heads of more than a few KiB; the counter of late scrapes names all threads. */
const LATE_THREADS_NAMED_MAX = 100;

export class MetricsEndpoint {
  private readonly coalescer: ScrapeCoalescer;

  constructor(source: MetricsSource, renderTimeoutMs: number) {
    this.coalescer = new ScrapeCoalescer(source, renderTimeoutMs);
  }

  /** For HEAD too, whose headers are to be those of GET. Never rejects. */
  async answer(): Promise<Reply> {
    try {
      const { body, contentType, lateThreads, durationMs, release } = await this.coalescer.scrape();
      const headers = { [RENDER_DURATION_HEADER]: durationMs.toFixed(3), ...lateHeader(lateThreads) };
      return { ...bytesReply(200, contentType, body, headers), onSent: release };
    } catch (error) {
      return failedScrape(error);
    }
  }
}

/** Only when there are any: the header by itself says that values are older than the scrape. */
function lateHeader(lateThreads: readonly number[]): Record<string, string> {
  if (lateThreads.length === 0) return {};
  return { [LATE_THREADS_HEADER]: lateThreads.slice(0, LATE_THREADS_NAMED_MAX).join(', ') };
}

function failedScrape(error: unknown): Reply {
  const status = error instanceof RenderTimeoutError ? 503 : 500;
  return textReply(status, `rendering the metrics failed: ${describeError(error)}`);
}
