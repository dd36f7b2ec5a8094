/** Rendering garbage: what a rendering leaves to the collector once V8 has compiled it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { Snapshot } from '../../../src/index.js';
import { OpenMetricsRenderer } from '../../../src/exposition/openmetrics-text.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import type { Engine } from '../../../src/registry/engine.js';
import { ExpositionRun } from '../../../src/registry/exposition-run.js';
import type { Renderer } from '../../../src/registry/renderers.js';
import { runToEnd } from '../../../src/registry/slices.js';
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

describe('a scrape of 1,000 series that are as they were', () => {
  const MANY = 1_000;
  const SCRAPE_BYTES_MAX = 2_048;
  /** The same promises take more from Node.js 24 on. */
  const RENDER_BYTES_MAX = Number.parseInt(process.versions.node) >= 24 ? 3_072 : SCRAPE_BYTES_MAX;
  const LIMITS = { familySeriesMax: 2 * MANY, seriesMax: 20 * MANY, stripeBytes: 2 ** 25 };
  const LABELS = { labelNames: ['a'], help: 'H.' } as const;
  const labels = Array.from({ length: MANY }, (_, i) => ({ a: `v${i}` }));
  type Fill = (registry: Registry) => void;

  /** With numbers of few decimals: the text of any other double is made by the engine. */
  const FILLS: Readonly<Record<string, Fill>> = {
    counters: registry => {
      const counter = registry.counter({ name: 'c', ...LABELS });
      labels.forEach((label, i) => counter.inc(label, i + 0.5));
    },
    gauges: registry => {
      const gauge = registry.gauge({ name: 'g', ...LABELS });
      labels.forEach((label, i) => gauge.set(label, -i / 4));
    },
    'gauges of an average': registry => {
      const gauge = registry.gauge({ name: 'g', ...LABELS, aggregator: 'average' });
      labels.forEach((label, i) => gauge.set(label, i / 8));
    },
    'state sets': registry => {
      const states = registry.stateSet({ name: 's', ...LABELS, states: ['on', 'off'] });
      for (const label of labels) states.set(label, 'off');
    },
    histograms: registry => {
      const histogram = registry.histogram({ name: 'h', ...LABELS });
      labels.forEach((label, i) => histogram.observe(label, i / 8));
    },
    'native histograms': registry => {
      const histogram = registry.histogram({ name: 'h', ...LABELS, native: { maxBuckets: 40 } });
      labels.forEach((label, i) => [1, 3, 9].forEach(times => histogram.observe(label, (i * times) / 8)));
    },
    summaries: registry => {
      const summary = registry.summary({ name: 's', ...LABELS, maxBuckets: 40 });
      labels.forEach((label, i) => summary.observe(label, i / 8));
    },
  };

  /** True when reading and rendering come to make less than SCRAPE_BYTES_MAX. */
  function comesToMakeLittle(fill: Fill, renderer: Renderer, rounds = ROUNDS_MAX): boolean {
    const registry = new Registry(LIMITS);
    fill(registry);
    const { engine } = registry as unknown as { engine: Engine };
    let quiet = 0;
    for (let round = 0; round < rounds && quiet < QUIET_ROUNDS; round++) {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < RENDERINGS; i++)
        runToEnd(new ExpositionRun(engine, { renderer, names: undefined }).steps).release();
      const grown = process.memoryUsage().heapUsed - before;
      quiet = grown >= 0 && grown < RENDERINGS * SCRAPE_BYTES_MAX ? quiet + 1 : 0;
    }
    registry.close();
    return quiet === QUIET_ROUNDS;
  }

  const RENDERERS: Readonly<Record<string, () => Renderer>> = {
    text: () => new PrometheusTextRenderer(),
    OpenMetrics: () => new OpenMetricsRenderer(),
    protobuf: () => new PrometheusProtobufRenderer(),
  };
  for (const [what, fill] of Object.entries(FILLS)) {
    for (const [format, newRenderer] of Object.entries(RENDERERS)) {
      // Quantiles of exponential buckets have as many decimals as there are.
      if (what === 'summaries' && format !== 'protobuf') continue;
      it(`${what}: makes less than 2 kB in reading and rendering ${format}`, () => {
        assert.ok(comesToMakeLittle(fill, newRenderer()));
      });
    }
  }

  it('would be seen to make an object for a series, as of the number of a thread with many decimals', () => {
    const many: Fill = registry => {
      const gauge = registry.gauge({ name: 'g', ...LABELS, aggregator: 'thread' });
      labels.forEach((label, i) => gauge.set(label, Math.sqrt(i + 2)));
      // More numbers than the engine keeps texts of.
      const more = registry.gauge({ name: 'more', ...LABELS, aggregator: 'thread' });
      labels.forEach((label, i) => more.set(label, Math.sqrt(i + 5_000.5)));
    };
    assert.equal(comesToMakeLittle(many, new PrometheusTextRenderer(), WASTEFUL_ROUNDS), false);
  });

  it('makes no more than 2 kB in all of render(), with what it returns; 3 kB on Node.js 24', () => {
    // In a process of its own: what checks renderings, and tells tests apart, makes more for each promise.
    const file = join(import.meta.dirname, 'render-garbage-process.js');
    // V8 makes more while it counts for the coverage.
    const env = { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' };
    const bytes = Number(execFileSync(process.execPath, [file], { encoding: 'utf8', env }));
    assert.ok(bytes > 0 && bytes <= RENDER_BYTES_MAX, `${bytes} bytes`);
  });
});
