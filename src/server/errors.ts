/**
 * Errors of the server: one class for each decision that a caller can make. Bad options are a ConfigurationError, as
 * everywhere in this package. Whatever is thrown by serveMetrics, nothing is left listening.
 */
import { MetricsError } from '../errors.js';

/** Somebody else listens on this address and port. Take another port, or stop the other program. */
export class AddressInUseError extends MetricsError {
  constructor(host: string, port: number) {
    super(
      'ERR_ADDRESS_IN_USE',
      `${host} port ${port} is already in use, and a metrics port is never shared: scrapes would hit one owner or the ` +
        `other at random. Stop the other program, give this one another port, or pass port: 0 for any free one ` +
        `(cluster workers and copies of one service on a machine each need their own)`,
    );
  }
}

/** The address cannot be listened on for another reason; `cause` is the system's error, if one could be had. */
export class ListenError extends MetricsError {
  constructor(host: string, port: number, reason: string, cause?: unknown) {
    super('ERR_LISTEN_FAILED', `cannot listen on ${host} port ${port}: ${reason}`);
    if (cause !== undefined) this.cause = cause;
  }
}

/** The transport that was asked for does not work here. `transport: 'auto'` or 'node' does. */
export class TransportUnavailableError extends MetricsError {
  constructor(reason: string, cause?: unknown) {
    super('ERR_TRANSPORT_UNAVAILABLE', reason);
    if (cause !== undefined) this.cause = cause;
  }
}

/** A render did not settle in time. It is told to end, and waited for no longer; the next scrape starts a new one. */
export class RenderTimeoutError extends MetricsError {
  constructor(timeoutMs: number) {
    super(
      'ERR_RENDER_TIMEOUT',
      `the metrics were not rendered within ${timeoutMs} ms: look for a collect() callback that blocks this thread, ` +
        'or raise renderTimeoutMs above the collectTimeoutMs of the registry',
    );
  }
}

/** The scraper has given up by now. Its answer was not ready in the time that it gave. */
export class ScrapeTimeoutError extends MetricsError {
  constructor(timeoutMs: number) {
    super(
      'ERR_SCRAPE_TIMEOUT',
      `the scrape was not answered within ${timeoutMs} ms, which is the timeout of the scraper less what sending takes: ` +
        'raise scrape_timeout, or look for collect() callbacks that block this thread',
    );
  }
}

/** The scraper went away before its answer was ready; nobody is told. A render that nobody else waits for ends with it. */
export class ScrapeAbandonedError extends MetricsError {
  constructor() {
    super('ERR_SCRAPE_ABANDONED', 'nobody waits for this scrape any more');
  }
}

/** More different scrapes wait than are let wait. The scrape was refused at once; those that wait are not affected. */
export class TooManyScrapesError extends MetricsError {
  constructor(kindsMax: number) {
    super(
      'ERR_TOO_MANY_SCRAPES',
      `${kindsMax} different scrapes wait for their turn already: scrapes of one format, filter and timeout share a turn, ` +
        'so let scrapers ask for the same',
    );
  }
}

/** The source resolved with something that cannot be sent. */
export class InvalidRenderingError extends MetricsError {
  constructor(problem: string) {
    super('ERR_INVALID_RENDERING', `the source rendered no valid exposition: ${problem}`);
  }
}

/** The message alone: a stack would show a stranger the file names of the application. */
export function describeError(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
