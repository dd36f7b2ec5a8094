import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineStreamProcessorMetrics } from '../../../src/catalog/index.js';
import { Registry } from '../../../src/index.js';

describe('defineStreamProcessorMetrics', () => {
  it('can be called again, in the same thread and in another registry over the same arena', () => {
    const registry = new Registry();
    const first = defineStreamProcessorMetrics(registry);
    const again = defineStreamProcessorMetrics(registry);
    assert.equal(again.eventsReceived, first.eventsReceived);
    defineStreamProcessorMetrics(Registry.attach(registry.share()));
  });

  it('follows the naming rules of Prometheus: _total for counters only, base units, a help text for all', () => {
    const families = Object.values(defineStreamProcessorMetrics(new Registry()));
    assert.ok(families.length > 35);
    for (const { name, help, constructor } of families) {
      assert.equal(name.endsWith('_total'), constructor.name === 'Counter', name);
      assert.doesNotMatch(
        name,
        /_(ms|milliseconds|us|ns|kb|mb|count|sum|bucket|info|gauge|counter|histogram)(_|$)/,
      );
      assert.match(help, /^[A-Z].*\.$/, name);
    }
    assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
  });
});
