import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefinitionConflictError, Registry } from '../../../src/index.js';
import { PlayedThread } from './played-thread.js';

const INFO = { name: 'build', help: 'B.', labelNames: ['v'] };

function refusal(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof DefinitionConflictError, String(error));
    return error.message;
  }
  return 'none';
}

describe('the sample of an info', () => {
  it('has the name of no other family, whichever thread defined that', test => {
    const registry = new Registry();
    new PlayedThread(test, registry.share(), 901).define('gauge', { name: 'build_info', help: 'G.' });
    assert.equal(
      refusal(() => registry.info(INFO)),
      'the info build shows a sample build_info, which is the name of another metric; rename one of them',
    );
    assert.equal(registry.cardinality().families, 1);
    registry.removeSingleMetric('build_info');
    assert.equal(registry.info(INFO).name, 'build');
  });

  it('keeps its name free', () => {
    const registry = new Registry();
    registry.info(INFO);
    const message = 'build_info is the sample that the info build shows; rename one of them';
    assert.equal(
      refusal(() => registry.gauge({ name: 'build_info', help: 'G.' })),
      message,
    );
    assert.equal(
      refusal(() => registry.info({ ...INFO, name: 'build_info_info' })),
      message,
    );
    assert.match(
      refusal(() => registry.gauge({ name: 'build', help: 'G.' })),
      /type is "info", this definition has "gauge"/,
    );
    assert.equal(registry.cardinality().families, 1);
    registry.clear();
    assert.equal(registry.gauge({ name: 'build_info', help: 'G.' }).name, 'build_info');
  });

  it('leaves names alone that only look alike', () => {
    const registry = new Registry();
    registry.gauge({ name: 'other', help: 'G.' });
    for (const name of ['other_info', '_info', 'info', 'x_info']) registry.gauge({ name, help: 'G.' });
    registry.info(INFO);
    registry.counter({ name: 'build_info_total', help: 'C.' });
    assert.equal(registry.cardinality().families, 7);
  });
});
