/** A registry whose renderings take many turns of the event loop. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { Registry } from '../../../src/index.js';
import type { Engine } from '../../../src/registry/engine.js';
import { Slices } from '../../../src/registry/slices.js';
import { silenceWarnings } from './played-thread.js';

silenceWarnings();

const SERIES = 4_000;

/** Each step is a slice of its own. */
function slicedRegistry(test: TestContext): Registry {
  const registry = new Registry({ seriesMax: 2 * SERIES, familySeriesMax: 2 * SERIES });
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
  for (let i = 0; i < SERIES; i++) counter.inc({ a: `v${i}` });
  const { engine } = registry as unknown as { engine: { -readonly [K in keyof Engine]: Engine[K] } };
  engine.slices = new Slices(0);
  test.after(() => registry.close());
  return registry;
}

function linesOf(body: Uint8Array): string[] {
  return Buffer.from(body).toString().trimEnd().split('\n');
}

describe('a rendering of many slices', () => {
  it('has every line of one that is made at once, in every format', async test => {
    const registry = slicedRegistry(test);
    const { body, release } = await registry.render();
    assert.deepEqual(linesOf(body), linesOf(registry.renderNow()));
    assert.equal(linesOf(body).length, 2 + SERIES);
    release();
    const [text, openMetrics] = await Promise.all([
      registry.metrics(),
      registry.render({ accept: 'application/openmetrics-text;version=1.0.0' }),
    ]);
    assert.equal(text, Buffer.from(registry.renderNow()).toString());
    assert.equal(linesOf(openMetrics.body).length, 2 + 2 * SERIES + 1);
  });

  it('lets the loop turn in between, and shows what is recorded by then', async test => {
    const registry = slicedRegistry(test);
    let turns = 0;
    const rendering = registry.render().then(result => ({ result, turns }));
    for (let i = 0; i < 100; i++) {
      await loopTurn();
      turns++;
    }
    assert.ok((await rendering).turns > 3);
  });

  it('fails with what is meant when the registry is closed meanwhile', async test => {
    const registry = slicedRegistry(test);
    const rendering = registry.render();
    const waiting = registry.render();
    const failed = Promise.all(
      [rendering, waiting].map(one => assert.rejects(one, /closed while it was scraped/)),
    );
    await loopTurn();
    await loopTurn();
    registry.close();
    await failed;
  });

  it('ends when its signal is aborted, and the next one is whole', async test => {
    const registry = slicedRegistry(test);
    const controller = new AbortController();
    const failed = assert.rejects(registry.render({ signal: controller.signal }), /not wanted/);
    await loopTurn();
    await loopTurn();
    controller.abort(new Error('not wanted'));
    await failed;
    assert.equal(linesOf((await registry.render()).body).length, 2 + SERIES);
    await assert.rejects(registry.render({ signal: controller.signal }), /not wanted/);
  });
});
