/** Scrapes that come and renders that end in any order: what every one of them is promised. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { CodedBodies } from '../../src/server/coded-bodies.js';
import { AS_IT_IS, chooseCoding } from '../../src/server/content-coding.js';
import type { MetricsSource, Rendering, SourceOptions } from '../../src/server/index.js';
import { ScrapeCoalescer } from '../../src/server/scrape-coalescer.js';
import type { Scrape, ScrapeAnswer } from '../../src/server/scrape-coalescer.js';

const LONG_MS = 600_000;
const BODY_BYTES = 2_000;
const CHOICES = [AS_IT_IS, chooseCoding('gzip', ['gzip'])];

interface Render {
  readonly accept: string;
  /** How many scrapes had arrived when it began. */
  readonly began: number;
  readonly finish: () => void;
  readonly fail: () => void;
}

/** Renders end when the test says so; each is a body of its own that must be given back once. */
class Bench implements MetricsSource {
  arrived = 0;
  runningMax = 0;
  readonly running: Render[] = [];
  readonly released: number[] = [];
  private bodyCount = 0;
  private pending = 0;

  render({ accept = '' }: SourceOptions = {}): Promise<Rendering> {
    this.pending++;
    this.runningMax = Math.max(this.runningMax, this.pending);
    return new Promise((resolve, reject) => {
      const began = this.arrived;
      const end = (): void => void this.pending--;
      this.running.push({
        accept,
        began,
        finish: () => {
          end();
          resolve(this.bodyOf(accept, began));
        },
        fail: () => {
          end();
          reject(new Error(`failed ${accept} ${began}`));
        },
      });
    });
  }

  /** Its text says what it was rendered for, and when. */
  private bodyOf(accept: string, began: number): Rendering {
    const index = this.bodyCount++;
    this.released[index] = 0;
    const body = Buffer.from(`${accept} ${began} `.padEnd(BODY_BYTES, '.'));
    return { body, contentType: `text/plain; kind=${accept}`, release: () => void this.released[index]++ };
  }
}

type Step =
  | { readonly do: 'scrape'; readonly accept: string; readonly choice: number; readonly isFiltered: boolean }
  | { readonly do: 'finish' | 'fail' | 'turn' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('scrape' as const),
      accept: fc.constantFrom('a', 'b', 'c'),
      choice: fc.nat(CHOICES.length - 1),
      isFiltered: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('finish' as const, 'turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
);

/** A body is not compressed here, only marked, so that a run takes no turns in the thread pool. */
function marking(): CodedBodies {
  return new CodedBodies(new Map([['gzip', async body => Buffer.from(body.subarray(0, 20))]]));
}

interface Outcome {
  readonly accept: string;
  readonly arrivedAs: number;
  readonly text: string;
}

type Scrapes = Pick<ScrapeCoalescer, 'scrape'>;

/** A mutant: who comes while a render of his kind runs gets what comes of it. */
class SharingTooMuch implements Scrapes {
  private readonly pending = new Map<string, Promise<ScrapeAnswer>>();

  constructor(private readonly coalescer: ScrapeCoalescer) {}

  scrape(scrape: Scrape): Promise<ScrapeAnswer> {
    const key = `${scrape.kind} ${scrape.choice.coding}`;
    const pending = this.pending.get(key);
    if (pending !== undefined) return pending;
    const answer = this.coalescer.scrape(scrape);
    this.pending.set(key, answer);
    const forget = (): void => void this.pending.delete(key);
    answer.then(forget, forget);
    return answer;
  }
}

interface Run {
  readonly bench: Bench;
  readonly outcomes: readonly Outcome[];
  readonly bodies: CodedBodies;
}

async function run(steps: readonly Step[], wrap: (coalescer: ScrapeCoalescer) => Scrapes): Promise<Run> {
  const bench = new Bench();
  const bodies = marking();
  const coalescer = wrap(new ScrapeCoalescer(bench, LONG_MS, bodies));
  const scrapes: Promise<Outcome>[] = [];
  for (const each of steps) {
    if (each.do === 'scrape') {
      const { accept, isFiltered } = each;
      const arrivedAs = ++bench.arrived;
      const names = isFiltered ? ['x'] : undefined;
      const scrape = {
        kind: `${accept} ${isFiltered}`,
        accept,
        names,
        timeoutMs: undefined,
        choice: CHOICES[each.choice],
      };
      scrapes.push(
        coalescer.scrape(scrape).then(
          ({ body, release }) => {
            const text = Buffer.from(body.subarray(0, 20)).toString();
            release();
            return { accept, arrivedAs, text };
          },
          (error: Error) => ({ accept, arrivedAs, text: error.message.replace('failed ', '') }),
        ),
      );
    } else if (each.do === 'turn') await endOfLoopTurn();
    else bench.running.shift()?.[each.do]();
  }
  while (bench.arrived > 0 && (await settledCount(scrapes)) < scrapes.length) {
    bench.running.shift()?.finish();
    await endOfLoopTurn();
  }
  return { bench, outcomes: await Promise.all(scrapes), bodies };
}

async function settledCount(promises: readonly Promise<unknown>[]): Promise<number> {
  const states = await Promise.all(promises.map(promise => Promise.race([promise, Promise.resolve()])));
  return states.filter(state => state !== undefined).length;
}

function promisesHold(wrap: (coalescer: ScrapeCoalescer) => Scrapes) {
  return fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
    const { bench, outcomes, bodies } = await run(steps, wrap);
    for (const { accept, arrivedAs, text } of outcomes) {
      const [rendered, began] = text.split(' ');
      assert.equal(rendered, accept);
      assert.ok(Number(began) >= arrivedAs, `scrape ${arrivedAs} got a render that began after ${began}`);
    }
    assert.ok(bench.runningMax <= 1, `${bench.runningMax} renders at a time`);
    await endOfLoopTurn();
    bodies.clear();
    assert.ok(
      bench.released.every(count => count === 1),
      `given back: ${bench.released.join(' ')}`,
    );
  });
}

describe('coalesced scrapes', () => {
  it('get what they asked for, rendered after they came, one render at a time, and every body goes back once', async () => {
    await fc.assert(promisesHold(coalescer => coalescer));
  });

  it('of a mutant that shares too much get what is older than they are', async () => {
    const { failed, errorInstance } = await fc.check(
      promisesHold(coalescer => new SharingTooMuch(coalescer)),
    );
    assert.equal(failed, true);
    assert.match(String(errorInstance), /got a render that began after/);
  });
});
