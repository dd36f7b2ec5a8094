import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Registry } from '../../../src/index.js';
import type { Sharing } from '../../../src/index.js';

/** A metric or handle for each class that users can hold, by the title that it must have. */
function heldObjects(): [title: string, held: object][] {
  const registry = new Registry();
  const held: [string, object][] = [];
  let count = 0;
  for (const sharing of ['striped', 'atomic'] as const satisfies Sharing[]) {
    const next = (): { name: string; help: string; sharing: Sharing } => ({
      name: `m${count++}`,
      help: 'M.',
      sharing,
    });
    held.push(
      ['CounterHandle', registry.counter(next()).labels()],
      ['CounterHandle', registry.counter({ ...next(), enableExemplars: true }).labels()],
      ['GaugeHandle', registry.gauge(next()).labels()],
      ['HistogramHandle', registry.histogram(next()).labels()],
      ['HistogramHandle', registry.histogram({ ...next(), enableExemplars: true }).labels()],
      ['HistogramHandle', registry.histogram({ ...next(), native: true }).labels()],
      ['HistogramHandle', registry.histogram({ ...next(), native: true, buckets: [1] }).labels()],
      ['SummaryHandle', registry.summary(next()).labels()],
      ['SummaryHandle', registry.summary({ ...next(), maxAgeSeconds: 60 }).labels()],
    );
  }
  held.push(['StateSetHandle', registry.stateSet({ name: 'phase', help: 'P.', states: ['a'] }).labels()]);
  return held;
}

describe('a handle in a log or in JSON', () => {
  it('is its title, and nothing of the arena', () => {
    for (const [title, handle] of heldObjects()) {
      assert.equal(inspect(handle), `${title} {}`);
      assert.equal(
        inspect({ in: { in: { in: handle } } }, { depth: 1, compact: 9 }),
        '{ in: { in: [Object] } }',
      );
      assert.equal(inspect({ handle }, { depth: 0 }), `{ handle: [${title}] }`);
      assert.equal(JSON.stringify({ handle }), '{"handle":{}}');
    }
  });

  it('has the methods for that on no object of its own', () => {
    for (const [title, handle] of heldObjects()) {
      assert.deepEqual(Object.getOwnPropertySymbols(handle), [], title);
      assert.ok(!Object.hasOwn(handle, 'toJSON'), title);
      const names: string[] = [];
      for (const name in handle) names.push(name);
      assert.ok(!names.includes('toJSON'), title);
    }
  });
});

describe('a metric in a log or in JSON', () => {
  it('is its class, its name and its label names', () => {
    const registry = new Registry();
    const named = (name: string): { name: string; help: string; labelNames: ['a'] } => ({
      name,
      help: 'M.',
      labelNames: ['a'],
    });
    const metrics = {
      Counter: registry.counter(named('c_total')),
      Gauge: registry.gauge(named('g')),
      Histogram: registry.histogram({ ...named('h'), native: true }),
      Summary: registry.summary(named('s')),
      Info: registry.info(named('build')),
      StateSet: registry.stateSet({ ...named('phase'), states: ['x'] }),
    };
    for (const [title, metric] of Object.entries(metrics)) {
      assert.equal(inspect(metric), `${title} { name: '${metric.name}', labelNames: [ 'a' ] }`);
      assert.equal(inspect([metric], { depth: 0 }), `[ [${title}] ]`);
      assert.equal(JSON.stringify(metric), `{"name":"${metric.name}","labelNames":["a"]}`);
    }
  });
});
