import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import { Registry } from '../../../src/index.js';
import {
  checkRenderOptions,
  checkScrapeOptions,
  collectTimeoutOf,
} from '../../../src/registry/render-options.js';

function problemOf(check: (options: never) => void, options: object): string {
  try {
    check(options as never);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message;
  }
  return 'none';
}

describe('the options of a render', () => {
  it('may all be absent or undefined', () => {
    assert.equal(problemOf(checkRenderOptions, {}), 'none');
    const undefinedOptions = {
      accept: undefined,
      names: undefined,
      timeoutMs: undefined,
      collectTimeoutMs: undefined,
    };
    assert.equal(problemOf(checkRenderOptions, undefinedOptions), 'none');
    assert.equal(
      problemOf(checkRenderOptions, { accept: '', names: [], timeoutMs: 1, collectTimeoutMs: 1 }),
      'none',
    );
  });

  const BAD: readonly [object, RegExp][] = [
    [{ accept: 5 }, /accept is 5; it must be the text of an Accept header/],
    [{ accept: null }, /accept is null/],
    [{ names: 'up' }, /names is 'up'; it must be an array of names/],
    [{ names: ['up', 1] }, /names is \[ 'up', 1 \]/],
    [{ timeoutMs: 0 }, /timeoutMs is 0; it must be an integer in 1\.\.600000/],
    [{ timeoutMs: 1.5 }, /timeoutMs is 1\.5/],
    [{ collectTimeoutMs: 60_001 }, /collectTimeoutMs is 60001; it must be an integer in 1\.\.60000/],
    [
      { format: 'text' },
      /format is no option of a scrape; the options of a scrape are collectTimeoutMs, names, timeoutMs, signal, accept$/,
    ],
    [{ timeout: 1 }, /timeout is no option of a scrape; did you mean timeoutMs\?/],
    [{ toString: 1 }, /toString is no option/],
    [{ accept: 1, names: 2, timeoutMs: 3.5 }, /accept is 1;.*names is 2;.*timeoutMs is 3\.5;/],
  ];
  for (const [options, problem] of BAD) {
    it(`are refused: ${problem.source}`, () => assert.match(problemOf(checkRenderOptions, options), problem));
  }

  it('let text have no other format', () => {
    assert.match(problemOf(checkScrapeOptions, { accept: '*/*' }), /accept is no option/);
    assert.equal(problemOf(checkScrapeOptions, { names: ['up'], timeoutMs: 5 }), 'none');
  });

  it('are refused before any callback runs', async () => {
    const registry = new Registry();
    let runs = 0;
    registry.gauge({ name: 'a', help: 'A.', collect: () => void runs++ });
    await assert.rejects(registry.render({ accept: 5 as never }), ConfigurationError);
    await assert.rejects(registry.metrics({ accept: '*/*' } as never), ConfigurationError);
    assert.equal(runs, 0);
    registry.close();
  });
});

describe('the wait for callbacks', () => {
  it('is that of the registry, or of the scrape', () => {
    assert.equal(collectTimeoutOf({}, 100), 100);
    assert.equal(collectTimeoutOf({ collectTimeoutMs: 500 }, 100), 500);
  });

  it('leaves time for the rest of the scrape, and never makes the wait longer', () => {
    assert.equal(collectTimeoutOf({ timeoutMs: 100 }, 100), 75);
    assert.equal(collectTimeoutOf({ timeoutMs: 10_000 }, 100), 100);
    assert.equal(collectTimeoutOf({ timeoutMs: 1 }, 100), 1);
    assert.equal(collectTimeoutOf({ timeoutMs: 100, collectTimeoutMs: 5_000 }, 100), 75);
    assert.equal(collectTimeoutOf({ timeoutMs: 100, collectTimeoutMs: 5 }, 100), 5);
  });

  it('ends within the time of the scraper, late threads named, though the registry would wait longer', async () => {
    const registry = new Registry({ collectTimeoutMs: 60_000 });
    registry.gauge({ name: 'a', help: 'A.', collect: () => new Promise(() => undefined) });
    const { late } = await registry.render({ timeoutMs: 20 });
    assert.equal(late.length, 1);
    registry.close();
  });
});
