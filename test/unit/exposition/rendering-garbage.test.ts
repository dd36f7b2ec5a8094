/** Rendering garbage: what a rendering leaves to the collector once V8 has compiled it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { Snapshot } from '../../../src/index.js';
import { PrometheusProtobufRenderer } from '../../../src/exposition/prometheus-protobuf.js';
import { withUncheckedRenderings } from '../../conformance/checked-renderings.js';
import { silenceWarnings } from '../registry/played-thread.js';

silenceWarnings();

const SERIES = 500;
const RENDERINGS = 20;
/** Smaller than any object; what a rendering makes once is a fraction of it for each series. */
const BYTES_PER_SERIES = 2;
/** In a row, so that one into which a collection fell does not count. */
const QUIET_ROUNDS = 3;
/** The first ones are not compiled yet. */
const ROUNDS_MAX = 300;
const WASTEFUL_ROUNDS = 40;

function snapshotOf(registry: Registry): Snapshot {
  const labels = { labelNames: ['a'], help: 'H.' };
  const counter = registry.counter({ name: 'c', ...labels });
  const gauge = registry.gauge({ name: 'g', ...labels });
  const histogram = registry.histogram({ name: 'h', ...labels, native: { maxBuckets: 40 } });
  const summary = registry.summary({ name: 's', ...labels });
  for (let i = 0; i < SERIES; i++) {
    const a = `v${i}`;
    counter.inc({ a }, i + 0.5);
    gauge.set({ a }, -i / 3);
    for (let k = 1; k < 20; k++) histogram.observe({ a }, (k * k) / 7);
    summary.observe({ a }, i / 7);
  }
  return registry.snapshot();
}

/** True when renderings come to make less than BYTES_PER_SERIES for each series. */
function comesToMakeNothing(
  renderer: PrometheusProtobufRenderer,
  snapshot: Snapshot,
  rounds = ROUNDS_MAX,
): boolean {
  const limit = BYTES_PER_SERIES * RENDERINGS * snapshot.families.length * SERIES;
  let quiet = 0;
  for (let round = 0; round < rounds && quiet < QUIET_ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed;
    withUncheckedRenderings('what a rendering leaves to the collector is measured', () => {
      for (let i = 0; i < RENDERINGS; i++) renderer.render(snapshot).release();
    });
    const grown = process.memoryUsage().heapUsed - before;
    quiet = grown >= 0 && grown < limit ? quiet + 1 : 0;
  }
  return quiet === QUIET_ROUNDS;
}

describe('the protobuf renderer', () => {
  const registry = new Registry();
  const snapshot = snapshotOf(registry);

  it('makes no object for a series', () => {
    assert.ok(comesToMakeNothing(new PrometheusProtobufRenderer(), snapshot));
  });

  it('would be seen to make one, as for each exemplar', () => {
    const withExemplars = new Registry();
    const options = { name: 'c', help: 'C.', labelNames: ['a'], enableExemplars: true } as const;
    const counter = withExemplars.counter(options);
    for (let i = 0; i < SERIES; i++) counter.inc({ labels: { a: `v${i}` }, exemplarLabels: { id: 'x' } });
    const renderer = new PrometheusProtobufRenderer();
    assert.equal(comesToMakeNothing(renderer, withExemplars.snapshot(), WASTEFUL_ROUNDS), false);
  });
});
