import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ScrapeCoalescer } from '../../../src/server/scrape-coalescer.js';
import { GatedSource } from '../../integration/server-sources.js';

const TIMEOUT_MS = 60_000;

/** The mutant of the second test: scrapes share whatever render is pending, also one that has begun. */
class SharingTooMuch {
  private pending: Promise<{ body: Uint8Array }> | undefined;

  constructor(private readonly source: GatedSource) {}

  scrape(): Promise<{ body: Uint8Array }> {
    return (this.pending ??= this.source.render().finally(() => (this.pending = undefined)));
  }
}

/** A value changes after the first render has read it; then a second scrape arrives. What does that one see? */
async function scrapeAfterChange(
  source: GatedSource,
  coalescer: { scrape(): Promise<{ body: Uint8Array }> },
) {
  const early = coalescer.scrape();
  const first = await source.nextRender();
  const late = coalescer.scrape();
  first.finish('value before');
  await early;
  if (coalescer instanceof ScrapeCoalescer) (await source.nextRender()).finish('value after');
  return Buffer.from((await late).body).toString();
}

describe('the scrape coalescer', () => {
  it('renders once for all scrapes of one turn of the loop', async () => {
    const source = new GatedSource();
    const coalescer = new ScrapeCoalescer(source, TIMEOUT_MS);
    const scrapes = Array.from({ length: 10 }, () => coalescer.scrape());
    assert.equal(source.renderCount, 0);
    (await source.nextRender()).finish('shared');
    const bodies = new Set((await Promise.all(scrapes)).map(({ body }) => body));
    assert.deepEqual([source.renderCount, bodies.size], [1, 1]);
  });

  it('never serves a scrape from a render that began before it', async () => {
    const source = new GatedSource();
    assert.equal(await scrapeAfterChange(source, new ScrapeCoalescer(source, TIMEOUT_MS)), 'value after');
    const mutantSource = new GatedSource();
    assert.equal(await scrapeAfterChange(mutantSource, new SharingTooMuch(mutantSource)), 'value before');
  });

  it('runs one render at a time', async () => {
    const source = new GatedSource();
    const coalescer = new ScrapeCoalescer(source, TIMEOUT_MS);
    const first = coalescer.scrape();
    const firstRender = await source.nextRender();
    const second = coalescer.scrape();
    const third = coalescer.scrape();
    assert.equal(second, third);
    firstRender.finish('1');
    await first;
    assert.equal(source.renderCount, 1);
    (await source.nextRender()).finish('2');
    await second;
    assert.equal(source.renderCount, 2);
  });

  it('goes on after a render that fails, also for the scrapes that waited for its end', async () => {
    const source = new GatedSource();
    const coalescer = new ScrapeCoalescer(source, TIMEOUT_MS);
    const failing = coalescer.scrape();
    const render = await source.nextRender();
    const waiting = coalescer.scrape();
    render.fail(new Error('boom'));
    await assert.rejects(failing, /boom/);
    (await source.nextRender()).finish('fine');
    assert.equal(Buffer.from((await waiting).body).toString(), 'fine');
  });

  it('measures the render and passes its body on without a copy', async () => {
    const body = Buffer.from('up 1\n');
    const coalescer = new ScrapeCoalescer(
      { render: async () => ({ body, contentType: 'text/plain' }) },
      TIMEOUT_MS,
    );
    const rendering = await coalescer.scrape();
    assert.equal(rendering.body, body);
    assert.equal(rendering.contentType, 'text/plain');
    assert.ok(rendering.durationMs >= 0);
  });
});
