/**
 * Scrape coalescing: scrapes that want the same and wait for a render share it.
 *
 *     scrape --> waiting, with all of its kind --first of all kinds, end of the loop turn--> rendering
 *                                                                                             |
 *     answered <-- compressed, once for each coding that somebody wants <--settled, or out of time
 *
 * A kind is what decides the bytes: format, filter and the scraper's timeout. Kinds take their turns in the order in which
 * they began to wait.
 *
 * Promises  A scrape is served only by a render that began after the scrape arrived, so its values are never older
 *           than the request. At most one render runs, however many scrapers and kinds there are, unless it outlives
 *           renderTimeoutMs, and the next one begins when its body is compressed; at most KINDS_WAITING_MAX kinds wait,
 *           and a scrape of one more is refused. A failed render fails the scrapes that shared it and no others. A render
 *           that nobody waits for any more is told to end.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { types } from 'node:util';
import type { Client } from './client.js';
import type { CodedBodies, CodedBody } from './coded-bodies.js';
import type { CodingChoice, ContentCoding } from './content-coding.js';
import {
  InvalidRenderingError,
  RenderTimeoutError,
  ScrapeAbandonedError,
  ScrapeTimeoutError,
  TooManyScrapesError,
} from './errors.js';
import { HeldRendering } from './held-rendering.js';
import type { MetricsSource, Rendering } from './metrics-source.js';

export interface Scrape {
  /** Scrapes with the same text here get the same bytes, apart from their coding. */
  readonly kind: string;
  readonly accept: string;
  readonly names: readonly string[] | undefined;
  /** In how long its answer must be ready; undefined when the scraper did not say. */
  readonly timeoutMs: number | undefined;
  /** Nothing is rendered for one that has gone away. */
  readonly client?: Client | undefined;
  readonly choice: CodingChoice;
}

export interface ScrapeAnswer {
  readonly body: Uint8Array;
  readonly coding: ContentCoding;
  readonly contentType: string;
  /** Ids of the threads that were late. */
  readonly lateThreads: readonly number[];
  /** Of the render alone: from the call of render() to its result, on the monotonic clock. */
  readonly durationMs: number;
  /** Must be called once for each scrape that got this answer; the last call lets go of the body. */
  readonly release: () => void;
}

/** The scrapes of one kind that want one coding. */
interface Sharers {
  /** Without those that have given up. */
  count: number;
  readonly answer: Promise<ScrapeAnswer>;
  readonly resolve: (answer: ScrapeAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** The scrapes of one kind that wait together. */
interface Batch {
  /** The first one. */
  readonly scrape: Scrape;
  /** When those that wait give up, on the monotonic clock, the first one first: they have one timeout. */
  readonly deadlinesMs: number[];
  readonly sharers: Map<CodingChoice, Sharers>;
  /** Ends the render when all of them have given up. */
  readonly rendering: AbortController;
}

interface CheckedRendering {
  readonly held: HeldRendering;
  readonly contentType: string;
  readonly lateThreads: readonly number[];
  readonly durationMs: number;
}

/** What is being sent of earlier answers. */
export interface Replies {
  /** True while bytes are left that nobody but this thread holds up; must end by itself. */
  readonly isBusy: boolean;
  /** Resolves when isBusy has become false. */
  idle(): Promise<void>;
}

/** Kinds that wait for their turn: many times what scrapers ask for, and a bound for someone who makes them up. */
export const KINDS_WAITING_MAX = 32;

const NO_REPLIES: Replies = { isBusy: false, idle: () => Promise.resolve() };

// Anything else could end the header early, and what follows would become headers or body of its own.
const HEADER_VALUE = /^[\t\x20-\x7e]+$/;

export class ScrapeCoalescer {
  /** By kind, the one that waits longest first. */
  private readonly waiting = new Map<string, Batch>();
  private isServing = false;

  /** @param renderTimeoutMs 1..600_000, see RenderTimeoutError. */
  constructor(
    private readonly source: MetricsSource,
    private readonly renderTimeoutMs: number,
    private readonly bodies: CodedBodies,
    private readonly replies: Replies = NO_REPLIES,
  ) {}

  /**
   * An answer rendered after this call. Rejects with what render() threw, with RenderTimeoutError, InvalidRenderingError
   * or TooManyScrapesError, and with ScrapeTimeoutError when its time is over; the next scrape is not affected.
   */
  scrape(scrape: Scrape): Promise<ScrapeAnswer> {
    const batch = this.waiting.get(scrape.kind) ?? this.newBatch(scrape);
    if (batch === undefined) return Promise.reject(new TooManyScrapesError(KINDS_WAITING_MAX));
    const sharers = batch.sharers.get(scrape.choice) ?? newSharers();
    batch.sharers.set(scrape.choice, sharers);
    sharers.count++;
    if (!this.isServing) void this.serve();
    const { timeoutMs, client } = scrape;
    if (timeoutMs === undefined && client === undefined) return sharers.answer;
    const deadlineMs = performance.now() + (timeoutMs ?? Infinity);
    if (timeoutMs !== undefined) batch.deadlinesMs.push(deadlineMs);
    return untilGivenUp(sharers.answer, scrape, () => this.leave(batch, scrape, deadlineMs));
  }

  private newBatch(scrape: Scrape): Batch | undefined {
    if (this.waiting.size >= KINDS_WAITING_MAX) return undefined;
    const rendering = new AbortController();
    const batch: Batch = { scrape, deadlinesMs: [], sharers: new Map(), rendering };
    this.waiting.set(scrape.kind, batch);
    return batch;
  }

  /** Nothing is rendered, and nothing compressed, for scrapes that have all given up; a render that goes on is ended. */
  private leave(batch: Batch, { kind, choice }: Scrape, deadlineMs: number): void {
    const sharers = batch.sharers.get(choice)!;
    const at = batch.deadlinesMs.indexOf(deadlineMs);
    if (at >= 0) batch.deadlinesMs.splice(at, 1);
    sharers.count--;
    if (sharers.count > 0) return;
    batch.sharers.delete(choice);
    if (batch.sharers.size > 0) return;
    if (this.waiting.get(kind) === batch) this.waiting.delete(kind);
    batch.rendering.abort(new ScrapeAbandonedError());
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    for (;;) {
      // Requests that came in one read, or in one turn of the loop from several sockets, are all seen before this ends.
      // Replies are sent first: a rendering for the few whose turn came early would be one of many.
      await endOfLoopTurn();
      if (this.replies.isBusy) {
        await this.replies.idle();
        continue;
      }
      const next = this.waiting.entries().next();
      if (next.done) break;
      const [kind, batch] = next.value;
      // From here on the snapshot may be taken: a scrape that arrives now must not get it. Keep this before render().
      this.waiting.delete(kind);
      await this.answer(batch);
    }
    this.isServing = false;
  }

  /** Never rejects: every scrape of the batch is answered, or told why not. */
  private async answer(batch: Batch): Promise<void> {
    let rendering: CheckedRendering;
    try {
      rendering = await this.render(batch);
    } catch (error) {
      for (const sharers of batch.sharers.values()) sharers.reject(error);
      return;
    }
    const letGo = rendering.held.hold();
    const keepAs = batch.scrape.names === undefined ? rendering.contentType : undefined;
    await Promise.all(
      [...batch.sharers].map(async ([choice, sharers]) => {
        const coded = await this.bodies.encode(rendering.held, choice, keepAs);
        if (sharers.count > 0) sharers.resolve(answerOf(rendering, coded, sharers.count));
      }),
    );
    letGo();
  }

  private async render({ scrape, deadlinesMs, rendering: controller }: Batch): Promise<CheckedRendering> {
    const startedMs = performance.now();
    const rendering = await this.withinRenderTimeout(
      this.source.render({
        accept: scrape.accept,
        names: scrape.names,
        timeoutMs: deadlinesMs.length === 0 ? undefined : Math.max(1, Math.floor(deadlinesMs[0] - startedMs)),
        signal: controller.signal,
      }),
      controller,
    );
    return { ...checkRendering(rendering), durationMs: performance.now() - startedMs };
  }

  private withinRenderTimeout(
    rendering: Promise<Rendering>,
    controller: AbortController,
  ): Promise<Rendering> {
    return new Promise((resolve, reject) => {
      let isAbandoned = false;
      const timer = setTimeout(() => {
        isAbandoned = true;
        const error = new RenderTimeoutError(this.renderTimeoutMs);
        reject(error);
        controller.abort(error);
      }, this.renderTimeoutMs);
      // A closed server must not keep the process alive for a render that hangs.
      timer.unref();
      Promise.resolve(rendering)
        .finally(() => clearTimeout(timer))
        .then(result => {
          if (isAbandoned) result.release?.();
          resolve(result);
        }, reject)
        .catch(reject);
    });
  }
}

/**
 * Rejects when the time of a scrape is over first, with ScrapeTimeoutError, or when its client has gone, with
 * ScrapeAbandonedError; has called `giveUp` then.
 */
function untilGivenUp(
  answer: Promise<ScrapeAnswer>,
  { timeoutMs, client }: Scrape,
  giveUp: () => void,
): Promise<ScrapeAnswer> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      client?.listen(undefined);
    };
    const give = (error: Error): void => {
      settle();
      giveUp();
      reject(error);
    };
    const leave = (): void => give(new ScrapeAbandonedError());
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => give(new ScrapeTimeoutError(Math.round(timeoutMs))), timeoutMs);
      // A closed server must not keep the process alive for a scrape that hangs.
      timer.unref();
    }
    client?.listen(leave);
    answer.then(
      result => {
        settle();
        resolve(result);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
    if (client?.isGone === true) leave();
  });
}

function newSharers(): Sharers {
  let resolve!: Sharers['resolve'];
  let reject!: Sharers['reject'];
  const answer = new Promise<ScrapeAnswer>((...settle) => ([resolve, reject] = settle));
  // A scrape that has given up before does not look at it.
  answer.catch(() => undefined);
  return { count: 0, answer, resolve, reject };
}

function checkRendering(rendering: Rendering): Omit<CheckedRendering, 'durationMs'> {
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
  return { held: new HeldRendering(rendering), contentType, lateThreads };
}

/** @param sharerCount how many scrapes get it */
function answerOf(
  { held, contentType, lateThreads, durationMs }: CheckedRendering,
  { body, coding }: CodedBody,
  sharerCount: number,
): ScrapeAnswer {
  // A compressed body is written to by nobody, and the rendering is free while it is sent.
  const letGo = coding === 'identity' ? held.hold() : undefined;
  let pending = sharerCount;
  const release = (): void => {
    pending--;
    if (pending === 0) letGo?.();
  };
  return { body, coding, contentType, lateThreads, durationMs, release };
}
