/** Scrape request: what one HTTP request asks of `/metrics`. */
import type { Client } from './client.js';
import type { ContentCoding } from './content-coding.js';
import { chooseCoding } from './content-coding.js';
import type { MetricsSource } from './metrics-source.js';
import type { Scrape } from './scrape-coalescer.js';

/** In lower case. Prometheus sends its timeout with every scrape, and so do others. */
export const SCRAPE_TIMEOUT_FIELD = 'x-prometheus-scrape-timeout-seconds';

/** What a transport reads of a request. */
export interface ScrapeRequest {
  /** The request target as it came, with its query. */
  readonly target: string;
  /** Header fields; '' for one that was not sent. */
  readonly accept: string;
  readonly acceptEncoding: string;
  /** The field above. */
  readonly scrapeTimeout: string;
  /** Undefined when nobody can tell whether it is still there. */
  readonly client?: Client;
}

/** As Prometheus federation and the other client libraries call it; may be there any number of times. */
const NAMES_PARAMETER = 'name[]';

/** What a scraper needs to take the answer: this share of its timeout, and no more than this long. */
const SEND_MARGIN_SHARE = 0.1;
const SEND_MARGIN_MS_MAX = 500;
/** Longer ones are as good as none, and this is what a registry takes. */
const TIMEOUT_MS_MAX = 600_000;

/** @param codings what the server can compress to */
export function readScrape(
  source: MetricsSource,
  { target, accept, acceptEncoding, scrapeTimeout, client }: ScrapeRequest,
  codings: readonly ContentCoding[],
): Scrape {
  const names = namesIn(target);
  const timeoutMs = answerTimeoutMs(scrapeTimeout);
  const format = source.contentTypeFor?.(accept) ?? accept;
  return {
    kind: JSON.stringify([format, names, timeoutMs]),
    accept,
    names,
    timeoutMs,
    client,
    choice: chooseCoding(acceptEncoding, codings),
  };
}

/** The names that a query asks for, each once and in order; undefined when it asks for none. */
function namesIn(target: string): readonly string[] | undefined {
  const queryAt = target.indexOf('?');
  if (queryAt < 0) return undefined;
  const names = new URLSearchParams(target.slice(queryAt + 1)).getAll(NAMES_PARAMETER);
  return names.length === 0 ? undefined : [...new Set(names)].sort();
}

/** In how many milliseconds the answer must be ready; undefined when the scraper says nothing that makes sense. */
function answerTimeoutMs(seconds: string): number | undefined {
  const timeoutMs = seconds.trim() === '' ? NaN : Number(seconds) * 1_000;
  if (!(timeoutMs > 0)) return undefined;
  return Math.min(timeoutMs - Math.min(timeoutMs * SEND_MARGIN_SHARE, SEND_MARGIN_MS_MAX), TIMEOUT_MS_MAX);
}
