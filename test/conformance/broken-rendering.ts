/**
 * Broken rendering: a process whose renderers have a mutant in them, or none, for the test of the check.
 *
 *   node broken-rendering.js FORMAT [valid] [worker] [swallow]
 */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { BucketSpans } from '../../src/exposition/bucket-spans.js';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { TotalLine } from '../../src/exposition/text-lines.js';
import { Registry } from '../../src/index.js';
import type { Renderer } from '../../src/registry/renderers.js';

const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  text: () => new PrometheusTextRenderer(),
  openmetrics: () => new OpenMetricsRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
};

/** A count that is one too many, and a delta that is missing. */
function plantMutants(): void {
  const { write } = TotalLine.prototype;
  TotalLine.prototype.write = function (out, value) {
    write.call(this, out, value + 1);
  };
  const { layOut } = BucketSpans.prototype;
  BucketSpans.prototype.layOut = function (...args) {
    layOut.apply(this, args);
    this.deltaCount = Math.max(0, this.deltaCount - 1);
  };
}

function render(words: readonly string[]): void {
  const [format = 'text'] = words;
  const registry = new Registry();
  registry.histogram({ name: 'h', help: 'H.', buckets: [1], native: true }).observe(1);
  if (!words.includes('valid')) plantMutants();
  try {
    RENDERERS[format]!().render(registry.snapshot());
    console.log('rendered');
  } catch (error) {
    if (!words.includes('swallow')) throw error;
    console.log('swallowed');
  }
}

if (!isMainThread) render(workerData as string[]);
else {
  const words = process.argv.slice(2);
  if (words.includes('worker')) {
    const worker = new Worker(new URL(import.meta.url), { workerData: words });
    worker.on('error', error => console.log(`worker: ${error.message}`));
  } else render(words);
}
