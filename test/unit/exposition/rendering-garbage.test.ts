/** Rendering garbage: what a rendering leaves to the collector once V8 has compiled it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { Snapshot } from '../../../src/index.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import { PrometheusProtobufRenderer } from '../../../src/exposition/prometheus-protobuf.js';
import { withUncheckedRenderings } from '../../conformance/checked-renderings.js';
import { silenceWarnings } from '../registry/played-thread.js';
import {
  comesToMakeLess,
  comesToMakeLittle,
  FILLS,
  LABELS,
  labels,
  RENDERERS,
  SCRAPE_BYTES_MAX,
} from './scrape-garbage.js';
import type { Fill } from './scrape-garbage.js';

silenceWarnings();

const SERIES = 500;
/** Smaller than any object; what a rendering makes once is a fraction of it for each series. */
const BYTES_PER_SERIES = 2;
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
  rounds?: number,
): boolean {
  const bytesMax = BYTES_PER_SERIES * snapshot.families.length * SERIES;
  let makesNothing = false;
  withUncheckedRenderings('what a rendering leaves to the collector is measured', () => {
    makesNothing = comesToMakeLess(bytesMax, () => renderer.render(snapshot).release(), rounds);
  });
  return makesNothing;
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

/** What a process of its own prints. */
function runFile(file: string, ...args: string[]): string {
  // V8 makes more while it counts for the coverage.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' };
  return execFileSync(process.execPath, [join(import.meta.dirname, file), ...args], {
    encoding: 'utf8',
    env,
  });
}

describe('a scrape of 1,000 series that are as they were', () => {
  /** The same promises take more from Node.js 24 on. */
  const RENDER_BYTES_MAX = Number.parseInt(process.versions.node) >= 24 ? 3_072 : SCRAPE_BYTES_MAX;

  /** Seen once, on a busy machine: V8 never made this code fast. What the code makes is the same in a fresh process. */
  const comesToMakeLittleAlone = (what: string, format: string): boolean =>
    runFile('scrape-garbage-process.js', what, format) === 'true\n';

  for (const [what, fill] of Object.entries(FILLS)) {
    for (const [format, newRenderer] of Object.entries(RENDERERS)) {
      // Quantiles of exponential buckets have as many decimals as there are.
      if (what === 'summaries' && format !== 'protobuf') continue;
      it(`${what}: makes less than 2 kB in reading and rendering ${format}`, () => {
        assert.ok(comesToMakeLittle(fill, newRenderer()) || comesToMakeLittleAlone(what, format));
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
    const bytes = Number(runFile('render-garbage-process.js'));
    assert.ok(bytes > 0 && bytes <= RENDER_BYTES_MAX, `${bytes} bytes`);
  });
});
