import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const OPTIONS = { name: 'c', help: 'C.', labelNames: ['a'] };

function sceneOf(test: TestContext): { registry: Registry; thread: PlayedThread } {
  const registry = new Registry({ threadsMax: 2 });
  registry.counter(OPTIONS).inc({ a: 'x' });
  return { registry, thread: new PlayedThread(test, registry.share(), 901) };
}

describe('a family binding', () => {
  it('has a writer of its own stripe, and none for a thread beyond the stripes', test => {
    const { registry, thread } = sceneOf(test);
    assert.notEqual(thread.define('counter', OPTIONS).ownWriter, undefined);
    const third = new PlayedThread(test, registry.share(), 902);
    assert.equal(third.define('counter', OPTIONS).ownWriter, undefined);
  });

  it('shares one writer of the shared stripe among its handles', test => {
    const binding = sceneOf(test).thread.define('counter', OPTIONS);
    assert.equal(binding.sharedWriter(), binding.sharedWriter());
  });

  it('removes a series for every thread, and tells whether there was one', test => {
    const { registry, thread } = sceneOf(test);
    const binding = thread.define('counter', OPTIONS);
    assert.deepEqual(
      [binding.remove(['x']), binding.remove(['x']), binding.remove(['nothing'])],
      [true, false, false],
    );
    assert.deepEqual(samples(registry), {});
    assert.equal(binding.remove(['v'.repeat(100_000)]), false);
  });

  it('removes what matches for every thread, whichever thread created it', test => {
    const { registry, thread } = sceneOf(test);
    const own = registry.counter(OPTIONS).labels('x');
    thread.counter(OPTIONS, 'y').inc();
    const binding = thread.define('counter', OPTIONS);
    assert.equal(binding.removeMatching(['x']), 1);
    assert.deepEqual(samples(registry), { 'c{a="y"}': 1 });
    assert.equal(registry.counter(OPTIONS).removeMatching({ a: 'y' }), 1);
    own.inc();
    assert.deepEqual(samples(registry), { 'c{a="x"}': 1 });
  });

  it('initialises for every thread, and not beyond a limit', test => {
    const registry = new Registry({ threadsMax: 2, familySeriesMax: 1, labelValueMax: 20 });
    const counter = registry.counter(OPTIONS);
    const binding = new PlayedThread(test, registry.share(), 901).define('counter', OPTIONS);
    assert.equal(binding.init(['v'.repeat(21)]), false);
    assert.equal(binding.init(['x']), true);
    assert.equal(binding.init(['y']), false);
    assert.deepEqual(samples(registry), { 'c{a="x"}': 0 });
    counter.inc({ a: 'x' });
    assert.equal(binding.init(['x']), true, 'it is there');
    assert.deepEqual(samples(registry), { 'c{a="x"}': 1 });
  });

  it('resets for every thread', test => {
    const { registry, thread } = sceneOf(test);
    const own = registry.counter(OPTIONS).labels('x');
    thread.counter(OPTIONS, 'x').inc(5);
    thread.define('counter', OPTIONS).reset();
    assert.deepEqual(samples(registry), {});
    own.inc();
    assert.deepEqual(samples(registry), { 'c{a="x"}': 1 });
  });

  it('of a removed family does nothing', test => {
    const { registry, thread } = sceneOf(test);
    const binding = thread.define('counter', OPTIONS);
    registry.removeSingleMetric('c');
    assert.equal(binding.current(), undefined);
    assert.equal(binding.remove(['x']), false);
    assert.deepEqual([binding.removeMatching(['x']), binding.init(['x'])], [0, false]);
    binding.reset();
    assert.deepEqual(registry.cardinality().families, 0);
  });
});
