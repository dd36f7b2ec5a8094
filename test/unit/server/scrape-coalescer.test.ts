import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { Client } from '../../../src/server/client.js';
import { CodedBodies } from '../../../src/server/coded-bodies.js';
import { AS_IT_IS, chooseCoding } from '../../../src/server/content-coding.js';
import { RenderTimeoutError, ScrapeTimeoutError, TooManyScrapesError } from '../../../src/server/errors.js';
import type { MetricsSource, Rendering } from '../../../src/server/index.js';
import { KINDS_WAITING_MAX, ScrapeCoalescer } from '../../../src/server/scrape-coalescer.js';
import type { Scrape } from '../../../src/server/scrape-coalescer.js';
import { GatedSource, rendering } from '../../integration/server-sources.js';

const TIMEOUT_MS = 60_000;
const GZIP = chooseCoding('gzip', ['gzip']);

function coalescerOf(source: MetricsSource, renderTimeoutMs = TIMEOUT_MS): ScrapeCoalescer {
  return new ScrapeCoalescer(source, renderTimeoutMs, new CodedBodies());
}

function scrapeOf(overrides: Partial<Scrape> = {}): Scrape {
  return {
    kind: 'text',
    accept: '',
    names: undefined,
    timeoutMs: undefined,
    choice: AS_IT_IS,
    ...overrides,
  };
}

function textOf({ body }: { body: Uint8Array }): string {
  return Buffer.from(body).toString();
}

interface Scrapes {
  scrape(scrape: Scrape): Promise<{ body: Uint8Array }>;
}

/** A mutant: scrapes share whatever render is pending, also one that has begun. */
class SharingTooMuch implements Scrapes {
  private pending: Promise<{ body: Uint8Array }> | undefined;

  constructor(private readonly source: GatedSource) {}

  scrape(): Promise<{ body: Uint8Array }> {
    return (this.pending ??= this.source.render().finally(() => (this.pending = undefined)));
  }
}

/** A mutant: it takes all scrapes for scrapes of one kind. */
class OfOneKind implements Scrapes {
  private readonly coalescer: ScrapeCoalescer;

  constructor(source: MetricsSource) {
    this.coalescer = coalescerOf(source);
  }

  scrape(scrape: Scrape): Promise<{ body: Uint8Array }> {
    return this.coalescer.scrape({ ...scrape, kind: '' });
  }
}

/** A value changes after the first render has read it; then a second scrape arrives. What does that one see? */
async function scrapeAfterChange(source: GatedSource, coalescer: Scrapes): Promise<string> {
  const early = coalescer.scrape(scrapeOf());
  const first = await source.nextRender();
  const late = coalescer.scrape(scrapeOf());
  first.finish('value before');
  await early;
  if (coalescer instanceof ScrapeCoalescer) (await source.nextRender()).finish('value after');
  return textOf(await late);
}

/** Renders the Accept header that it gets, as a source with a format for each of them. */
const echo: MetricsSource = { render: async options => rendering(options?.accept ?? 'none') };

async function scrapeTwoKinds(coalescer: Scrapes): Promise<string[]> {
  const scrapes = ['a', 'b'].map(accept => coalescer.scrape(scrapeOf({ kind: accept, accept })));
  return (await Promise.all(scrapes)).map(textOf);
}

describe('the scrape coalescer', () => {
  it('renders once for all scrapes of one turn of the loop', async () => {
    const source = new GatedSource();
    const coalescer = coalescerOf(source);
    const scrapes = Array.from({ length: 10 }, () => coalescer.scrape(scrapeOf()));
    assert.equal(source.renderCount, 0);
    (await source.nextRender()).finish('shared');
    const bodies = new Set((await Promise.all(scrapes)).map(({ body }) => body));
    assert.deepEqual([source.renderCount, bodies.size], [1, 1]);
  });

  it('never serves a scrape from a render that began before it', async () => {
    const source = new GatedSource();
    assert.equal(await scrapeAfterChange(source, coalescerOf(source)), 'value after');
    const mutantSource = new GatedSource();
    assert.equal(await scrapeAfterChange(mutantSource, new SharingTooMuch(mutantSource)), 'value before');
  });

  it('renders once for each kind, with what the kind asks for', async () => {
    assert.deepEqual(await scrapeTwoKinds(coalescerOf(echo)), ['a', 'b']);
    assert.deepEqual(await scrapeTwoKinds(new OfOneKind(echo)), ['a', 'a']);
  });

  it('runs one render at a time, of whatever kind', async () => {
    const source = new GatedSource();
    const coalescer = coalescerOf(source);
    const first = coalescer.scrape(scrapeOf());
    const firstRender = await source.nextRender();
    const others = ['text', 'text', 'other'].map(kind => coalescer.scrape(scrapeOf({ kind })));
    firstRender.finish('1');
    await first;
    assert.equal(source.renderCount, 1);
    const secondRender = await source.nextRender();
    await endOfLoopTurn();
    assert.equal(source.renderCount, 2);
    secondRender.finish('2');
    (await source.nextRender()).finish('3');
    assert.deepEqual((await Promise.all(others)).map(textOf), ['2', '2', '3']);
    assert.equal(source.renderCount, 3);
  });

  it('lets the kinds take turns in the order in which they began to wait', async () => {
    const turns: string[] = [];
    const coalescer = coalescerOf({
      render: async ({ accept = '' } = {}) => {
        turns.push(accept);
        // The kind that was just served asks again at once, and must not come before those that wait.
        if (turns.length < 6) void coalescer.scrape(scrapeOf({ kind: accept, accept }));
        return rendering(accept);
      },
    });
    const scrapes = ['a', 'b', 'c'].map(accept => coalescer.scrape(scrapeOf({ kind: accept, accept })));
    await Promise.all(scrapes);
    while (turns.length < 6) await endOfLoopTurn();
    assert.deepEqual(turns, ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('refuses a scrape of one more kind than may wait, and serves those that wait', async () => {
    const source = new GatedSource();
    const coalescer = coalescerOf(source);
    const running = coalescer.scrape(scrapeOf());
    const render = await source.nextRender();
    const waiting = Array.from({ length: KINDS_WAITING_MAX }, (_, i) =>
      coalescer.scrape(scrapeOf({ kind: `kind ${i}` })),
    );
    await assert.rejects(coalescer.scrape(scrapeOf({ kind: 'one more' })), TooManyScrapesError);
    waiting.push(coalescer.scrape(scrapeOf({ kind: 'kind 0' })));
    render.finish('first');
    for (let i = 0; i < KINDS_WAITING_MAX; i++) (await source.nextRender()).finish(`turn ${i}`);
    assert.equal(textOf(await running), 'first');
    const answered = (await Promise.all(waiting)).map(textOf);
    assert.deepEqual([answered[0], answered.at(-1), answered.length], ['turn 0', 'turn 0', 33]);
  });

  it('goes on after a render that fails, also for the scrapes that waited for its end', async () => {
    const source = new GatedSource();
    const coalescer = coalescerOf(source);
    const failing = coalescer.scrape(scrapeOf());
    const render = await source.nextRender();
    const waiting = coalescer.scrape(scrapeOf());
    render.fail(new Error('boom'));
    await assert.rejects(failing, /boom/);
    (await source.nextRender()).finish('fine');
    assert.equal(textOf(await waiting), 'fine');
  });

  it('goes on after a render that takes too long, and gives its bytes back when they come', async test => {
    // The time-out of a render does not keep the process alive, and here nothing else would.
    const alive = setInterval(() => undefined, TIMEOUT_MS);
    test.after(() => clearInterval(alive));
    const released: string[] = [];
    let finish = (): void => undefined;
    const slow = new Promise<void>(resolve => (finish = resolve));
    const source: MetricsSource = {
      render: async options => {
        const name = options?.accept ?? '';
        if (name === 'slow') await slow;
        return { ...rendering(name), release: () => released.push(name) };
      },
    };
    const coalescer = coalescerOf(source, 1);
    await assert.rejects(coalescer.scrape(scrapeOf({ accept: 'slow' })), RenderTimeoutError);
    const answer = await coalescer.scrape(scrapeOf({ accept: 'next' }));
    assert.equal(textOf(answer), 'next');
    finish();
    while (released.length === 0) await endOfLoopTurn();
    assert.deepEqual(released, ['slow']);
    answer.release();
    assert.deepEqual(released, ['slow', 'next']);
  });

  it('measures the render and passes its body on without a copy', async () => {
    const body = Buffer.from('up 1\n');
    const answer = await coalescerOf({ render: async () => ({ body, contentType: 'text/plain' }) }).scrape(
      scrapeOf(),
    );
    assert.equal(answer.body, body);
    assert.deepEqual([answer.contentType, answer.coding], ['text/plain', 'identity']);
    assert.ok(answer.durationMs >= 0);
  });
});

describe('the body of a rendering', () => {
  /** Counts what is given back. */
  function countingSource(body: string): MetricsSource & { released: number } {
    return {
      released: 0,
      async render() {
        return { ...rendering(body), release: () => void this.released++ };
      },
    };
  }

  it('is given back by the last of those who share it', async () => {
    const source = countingSource('up 1\n');
    const coalescer = coalescerOf(source);
    const answers = await Promise.all([coalescer.scrape(scrapeOf()), coalescer.scrape(scrapeOf())]);
    answers[0].release();
    await endOfLoopTurn();
    assert.equal(source.released, 0);
    answers[1].release();
    assert.equal(source.released, 1);
  });

  it('is compressed once for all who share it, and is free while they read', async () => {
    const source = countingSource('x'.repeat(10_000));
    const coalescer = coalescerOf(source);
    const filtered = { names: ['x'], kind: 'filtered', choice: GZIP };
    const answers = await Promise.all([
      coalescer.scrape(scrapeOf(filtered)),
      coalescer.scrape(scrapeOf(filtered)),
    ]);
    assert.equal(answers[0].body, answers[1].body);
    assert.equal(answers[0].coding, 'gzip');
    await endOfLoopTurn();
    assert.equal(source.released, 1);
  });

  it('is sent as it is to one scrape and compressed to another of one render', async () => {
    const source = countingSource('x'.repeat(10_000));
    const coalescer = coalescerOf(source);
    const [plain, coded] = await Promise.all([
      coalescer.scrape(scrapeOf()),
      coalescer.scrape(scrapeOf({ choice: GZIP })),
    ]);
    assert.deepEqual([plain.coding, coded.coding], ['identity', 'gzip']);
    assert.equal(plain.body.length, 10_000);
    assert.ok(coded.body.length < 1_000);
  });
});

/** One render, which ends when the test says so, and whose body is counted when it goes back. */
class HoldableSource implements MetricsSource {
  released = 0;
  readonly started: Promise<void>;
  finish!: () => void;
  private start!: () => void;
  private readonly finished: Promise<void>;

  constructor() {
    this.started = new Promise(resolve => (this.start = resolve));
    this.finished = new Promise(resolve => (this.finish = resolve));
  }

  async render(): Promise<Rendering> {
    this.start();
    await this.finished;
    return { ...rendering('x'.repeat(10_000)), release: () => void this.released++ };
  }
}

describe('the timeout of a scraper', () => {
  it('is passed on as what is left of it, the waiting time taken off', async () => {
    const seen: (number | undefined)[] = [];
    const coalescer = coalescerOf({
      render: async options => {
        seen.push(options?.timeoutMs);
        return rendering('');
      },
    });
    await coalescer.scrape(scrapeOf({ timeoutMs: 60_000 }));
    await coalescer.scrape(scrapeOf());
    assert.ok(seen[0]! > 50_000 && seen[0]! < 60_000, String(seen[0]));
    assert.equal(seen[1], undefined);
  });

  it('is that of the first of those who still wait', async test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new GatedSource();
    const seen: (number | undefined)[] = [];
    const coalescer = coalescerOf({
      render: options => {
        seen.push(options?.timeoutMs);
        return source.render();
      },
    });
    const running = coalescer.scrape(scrapeOf());
    const render = await source.nextRender();
    const [early, late] = [1, 60_000].map(timeoutMs =>
      coalescer.scrape(scrapeOf({ kind: 'timed', timeoutMs })),
    );
    test.mock.timers.tick(1);
    await assert.rejects(early, ScrapeTimeoutError);
    render.finish('1');
    (await source.nextRender()).finish('2');
    assert.deepEqual([textOf(await running), textOf(await late)], ['1', '2']);
    assert.ok(seen[1]! > 50_000, String(seen[1]));
  });

  it('lets nothing be rendered when all who wait for it have given up', async test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new GatedSource();
    const coalescer = coalescerOf(source);
    const running = coalescer.scrape(scrapeOf());
    const render = await source.nextRender();
    const hurried = scrapeOf({ kind: 'hurried', timeoutMs: 1 });
    const given = [hurried, { ...hurried, choice: GZIP }, hurried].map(scrape => coalescer.scrape(scrape));
    test.mock.timers.tick(1);
    for (const scrape of given) await assert.rejects(scrape, ScrapeTimeoutError);
    render.finish('in time');
    assert.equal(textOf(await running), 'in time');
    for (let i = 0; i < 3; i++) await endOfLoopTurn();
    assert.equal(source.renderCount, 1);
  });

  it('ends its own wait, and not that of others who share the render', async test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new HoldableSource();
    const coalescer = coalescerOf(source);
    // Scrapes of one kind have one timeout; here it only has to be over for one of them and not for the other.
    const hurried = coalescer.scrape(scrapeOf({ timeoutMs: 1 }));
    const patient = coalescer.scrape(scrapeOf({ timeoutMs: 1_000 }));
    await source.started;
    test.mock.timers.tick(1);
    await assert.rejects(hurried, ScrapeTimeoutError);
    source.finish();
    const answer = await patient;
    await endOfLoopTurn();
    assert.equal(source.released, 0);
    answer.release();
    assert.equal(source.released, 1);
  });

  it('lets a rendering go back that nobody waits for any more', async test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new HoldableSource();
    const coalescer = coalescerOf(source);
    const scrapes = [AS_IT_IS, GZIP].map(choice => coalescer.scrape(scrapeOf({ timeoutMs: 1, choice })));
    await source.started;
    test.mock.timers.tick(1);
    for (const scrape of scrapes) await assert.rejects(scrape, ScrapeTimeoutError);
    source.finish();
    await endOfLoopTurn();
    assert.equal(source.released, 1);
  });
});

describe('a scrape whose client goes away', () => {
  it('ends the render when nobody else waits for it, and is not rendered for when it only waits', async () => {
    const source = new SignalledSource();
    const coalescer = coalescerOf(source);
    const [first, second, waiting] = [new Client(), new Client(), new Client()];
    const rejected = Promise.all(
      [
        coalescer.scrape(scrapeOf({ client: first })),
        coalescer.scrape(scrapeOf({ client: second, choice: GZIP })),
      ].map(answer => assert.rejects(answer, { code: 'ERR_SCRAPE_ABANDONED' })),
    );
    const signal = await source.next();
    const abandoned = assert.rejects(coalescer.scrape(scrapeOf({ client: waiting })));
    first.leave();
    assert.equal(signal.aborted, false, 'somebody waits for it');
    second.leave();
    assert.equal(signal.aborted, true);
    await rejected;
    waiting.leave();
    await abandoned;
    for (let i = 0; i < 3; i++) await endOfLoopTurn();
    assert.equal(source.calls, 1, 'nothing is rendered for one that has gone');
    const late = coalescer.scrape(scrapeOf());
    await source.next();
    source.finish('text');
    assert.equal(textOf(await late), 'text');
  });

  it('is over at once when its client had gone before', async () => {
    const source = new SignalledSource();
    const client = new Client();
    client.leave();
    const scrape = coalescerOf(source).scrape(scrapeOf({ client, timeoutMs: TIMEOUT_MS }));
    await assert.rejects(scrape, { code: 'ERR_SCRAPE_ABANDONED' });
    for (let i = 0; i < 3; i++) await endOfLoopTurn();
    assert.equal(source.calls, 0);
  });

  it('tells a render that is out of time to end', async test => {
    // The timers of a server keep no process alive.
    const alive = setInterval(() => undefined, TIMEOUT_MS);
    test.after(() => clearInterval(alive));
    const source = new SignalledSource();
    await assert.rejects(coalescerOf(source, 1).scrape(scrapeOf()), RenderTimeoutError);
    assert.equal((await source.next()).aborted, true);
  });
});

/** A source whose renders end when they are told to, or when the test says so. */
class SignalledSource implements MetricsSource {
  calls = 0;
  finish: (text: string) => void = () => undefined;
  private signal: AbortSignal | undefined;
  private begun: () => void = () => undefined;

  render({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Rendering> {
    this.calls++;
    this.signal = signal;
    this.begun();
    return new Promise((resolve, reject) => {
      this.finish = text => resolve(rendering(text));
      signal!.addEventListener('abort', () => reject(signal!.reason as Error));
    });
  }

  /** The signal of the render that goes on, or of the next one. */
  async next(): Promise<AbortSignal> {
    if (this.signal === undefined) await new Promise<void>(resolve => (this.begun = resolve));
    const signal = this.signal!;
    this.signal = undefined;
    return signal;
  }
}
