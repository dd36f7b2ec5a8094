import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { Engine } from '../../../src/registry/engine.js';
import { attach, newArena } from '../memory/arenas.js';
import { PlayedThread } from './played-thread.js';

function engineOf(test: TestContext, onPurge: () => void): { engine: Engine; removeSomething: () => void } {
  const arena = newArena({}, { heartbeatMs: 50 });
  const attachment = attach(test, arena, 1);
  const { settings } = new Registry().share();
  const engine = new Engine(attachment, settings, {
    overflowCounter: () => assert.fail('nothing overflows here'),
    purge: onPurge,
  });
  return { engine, removeSomething: () => void attachment.records.advanceEpoch() };
}

describe('an engine', () => {
  it('purges caches with the heartbeat, but only after removals, and not once it is closed', test => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    let purges = 0;
    const { engine, removeSomething } = engineOf(test, () => purges++);
    test.mock.timers.tick(50);
    assert.equal(purges, 0);
    removeSomething();
    test.mock.timers.tick(50);
    test.mock.timers.tick(50);
    assert.equal(purges, 1);
    engine.close();
    removeSomething();
    test.mock.timers.tick(50);
    assert.equal(purges, 1);
  });

  it('knows which families are there, whichever thread defined them', test => {
    const registry = new Registry();
    const { engine } = new PlayedThread(test, registry.share(), 901);
    assert.equal(engine.isDefined('c'), false);
    registry.counter({ name: 'c', help: 'C.' });
    assert.equal(engine.isDefined('c'), true);
    engine.removeFamily('c');
    engine.removeFamily('nothing');
    assert.deepEqual([engine.isDefined('c'), registry.cardinality().families], [false, 0]);
  });
});

describe('the handles of a thread', () => {
  it('of series that others removed are dropped with a heartbeat', test => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const registry = new Registry({ heartbeatMs: 50 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const thread = new PlayedThread(test, registry.share(), 901);
    const [gone, kept] = [counter.labels('gone'), counter.labels('kept')];
    gone.inc();
    kept.inc();
    thread.define('counter', { name: 'c', help: 'C.', labelNames: ['a'] }).remove(['gone']);
    assert.equal(counter.labels('gone'), gone);
    test.mock.timers.tick(50);
    assert.notEqual(counter.labels('gone'), gone);
    assert.equal(counter.labels('kept'), kept);
    registry.close();
  });
});
