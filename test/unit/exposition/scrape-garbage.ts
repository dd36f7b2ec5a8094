/** Scrape garbage: what reading and rendering 1,000 series as they were leaves to the collector, once V8 has compiled it. */
import { Registry } from '../../../src/index.js';
import { OpenMetricsRenderer } from '../../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import type { Engine } from '../../../src/registry/engine.js';
import { ExpositionRun } from '../../../src/registry/exposition-run.js';
import type { Renderer } from '../../../src/registry/renderers.js';
import { runToEnd } from '../../../src/registry/slices.js';

const RENDERINGS = 20;
/** In a row, so that one into which a collection fell does not count. */
const QUIET_ROUNDS = 3;
/** The first ones are not compiled yet. */
const ROUNDS_MAX = 300;
const MANY = 1_000;
export const SCRAPE_BYTES_MAX = 2_048;
const LIMITS = { familySeriesMax: 2 * MANY, seriesMax: 20 * MANY, stripeBytes: 2 ** 25 };
export const LABELS = { labelNames: ['a'], help: 'H.' } as const;
export const labels = Array.from({ length: MANY }, (_, i) => ({ a: `v${i}` }));
export type Fill = (registry: Registry) => void;

/** With numbers of few decimals: the text of any other double is made by the engine. */
export const FILLS: Readonly<Record<string, Fill>> = {
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
export function comesToMakeLittle(fill: Fill, renderer: Renderer, rounds = ROUNDS_MAX): boolean {
  const registry = new Registry(LIMITS);
  fill(registry);
  const { engine } = registry as unknown as { engine: Engine };
  const render = (): void =>
    runToEnd(new ExpositionRun(engine, { renderer, names: undefined }).steps).release();
  const isLittle = comesToMakeLess(SCRAPE_BYTES_MAX, render, rounds);
  registry.close();
  return isLittle;
}

/** True when calls of a function come to leave less than so many bytes each to the collector. */
export function comesToMakeLess(bytesMax: number, render: () => void, rounds = ROUNDS_MAX): boolean {
  let quiet = 0;
  for (let round = 0; round < rounds && quiet < QUIET_ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < RENDERINGS; i++) render();
    const grown = process.memoryUsage().heapUsed - before;
    quiet = grown >= 0 && grown < RENDERINGS * bytesMax ? quiet + 1 : 0;
  }
  return quiet === QUIET_ROUNDS;
}

export const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  text: () => new PrometheusTextRenderer(),
  OpenMetrics: () => new OpenMetricsRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
};
