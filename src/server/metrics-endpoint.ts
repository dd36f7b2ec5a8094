/** `/metrics`: one exposition as a reply, or a 5xx. Never half a body: an incomplete exposition is void as a whole. */
import { BodiesInFlight } from './bodies-in-flight.js';
import { CodedBodies } from './coded-bodies.js';
import type { ContentCoding } from './content-coding.js';
import {
  describeError,
  RenderTimeoutError,
  ScrapeAbandonedError,
  ScrapeTimeoutError,
  TooManyScrapesError,
} from './errors.js';
import type { MetricsSource } from './metrics-source.js';
import { bytesReply, textReply } from './reply.js';
import type { Reply } from './reply.js';
import { ScrapeCoalescer } from './scrape-coalescer.js';
import type { ScrapeAnswer } from './scrape-coalescer.js';
import { SendTurns } from './send-turns.js';
import { readScrape } from './scrape-request.js';
import type { ScrapeRequest } from './scrape-request.js';

export interface MetricsEndpointOptions {
  /** 1..600_000 */
  readonly renderTimeoutMs: number;
  readonly compression: boolean;
  /** For tests. */
  readonly turns?: SendTurns | undefined;
}

const RENDER_DURATION_HEADER = 'X-Render-Duration-Ms';
const LATE_THREADS_HEADER = 'X-Collect-Late-Threads';
/** Clients give up on heads of more than a few KiB; the counter of late scrapes names all threads. */
const LATE_THREADS_NAMED_MAX = 100;

export class MetricsEndpoint {
  /** In which the replies are to be sent. */
  readonly sendTurns: SendTurns;
  private readonly bodies = new CodedBodies();
  private readonly inFlight = new BodiesInFlight();
  private readonly coalescer: ScrapeCoalescer;
  private readonly codings: readonly ContentCoding[];
  private readonly vary: string;

  constructor(
    private readonly source: MetricsSource,
    { renderTimeoutMs, compression, turns = new SendTurns() }: MetricsEndpointOptions,
  ) {
    this.sendTurns = turns;
    this.coalescer = new ScrapeCoalescer(source, renderTimeoutMs, this.bodies, this.sendTurns);
    this.codings = compression ? this.bodies.available : [];
    this.vary = compression ? 'Accept, Accept-Encoding' : 'Accept';
  }

  /** For HEAD too, whose headers are to be those of GET. Never rejects. */
  async answer(request: ScrapeRequest): Promise<Reply> {
    try {
      const scrape = readScrape(this.source, request, this.codings);
      return this.replyWith(await this.coalescer.scrape(scrape));
    } catch (error) {
      return failedScrape(error);
    }
  }

  /** After the last scrape: gives back what is kept for further ones. */
  close(): void {
    this.bodies.clear();
  }

  private replyWith({ body, coding, contentType, lateThreads, durationMs, release }: ScrapeAnswer): Reply {
    const headers = {
      Vary: this.vary,
      ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }),
      [RENDER_DURATION_HEADER]: durationMs.toFixed(3),
      ...lateHeader(lateThreads),
    };
    let endReading: (() => void) | undefined;
    return {
      ...bytesReply(200, contentType, body, headers),
      onSending: disconnect => (endReading = this.inFlight.begin(body, disconnect)),
      onSent() {
        endReading?.();
        release();
      },
    };
  }
}

/** Only when there are any: the header by itself says that values are older than the scrape. */
function lateHeader(lateThreads: readonly number[]): Record<string, string> {
  if (lateThreads.length === 0) return {};
  return { [LATE_THREADS_HEADER]: lateThreads.slice(0, LATE_THREADS_NAMED_MAX).join(', ') };
}

const UNAVAILABLE = [RenderTimeoutError, ScrapeAbandonedError, ScrapeTimeoutError, TooManyScrapesError];

function failedScrape(error: unknown): Reply {
  const status = UNAVAILABLE.some(kind => error instanceof kind) ? 503 : 500;
  return textReply(status, `rendering the metrics failed: ${describeError(error)}`);
}
