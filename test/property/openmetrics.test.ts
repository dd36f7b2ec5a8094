/** OpenMetrics and the text format 0.0.4 say the same of any registry, and the official parser reads it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { Registry } from '../../src/index.js';
import { readOpenMetrics, skip } from '../integration/openmetrics-parser.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

const LONG = 10_000;
/** There are hundreds of registries in this process, and address space is not for nothing. */
const SMALL = { labelValueMax: LONG, seriesMax: 100, threadsMax: 2, stripeBytes: 1_048_576 };
const label = fc.oneof(
  { weight: 20, arbitrary: hostileText() },
  { weight: 1, arbitrary: fc.constant('x'.repeat(LONG)) },
);
const help = hostileText().filter(text => text !== '');
const number = fc.oneof(anyDouble(), fc.constantFrom(NaN, Infinity, -Infinity, 2 ** 53, 1e308, -1e308));

interface Given {
  readonly help: string;
  readonly bounds: readonly number[];
  readonly labels: readonly string[];
  readonly numbers: readonly number[];
}

const given: fc.Arbitrary<Given> = fc.record({
  help,
  bounds: fc
    .uniqueArray(
      anyDouble()
        .filter(Number.isFinite)
        .map(bound => bound + 0),
      { maxLength: 8 },
    )
    .map(bounds => bounds.sort((a, b) => a - b)),
  labels: fc.uniqueArray(label, { minLength: 1, maxLength: 12, selector: asEncoded }),
  numbers: fc.array(number, { minLength: 1, maxLength: 12 }),
});

function registryOf({ help: text, bounds, labels, numbers }: Given): Registry {
  const registry = new Registry(SMALL);
  const options = { help: text, labelNames: ['a', 'b'] } as const;
  const gauge = registry.gauge({ ...options, name: 'g' });
  const counter = registry.counter({ ...options, name: 'c_total' });
  const histogram = registry.histogram({ ...options, name: 'h', buckets: bounds });
  const native = registry.histogram({ ...options, name: 'n', buckets: [], native: true });
  const summary = registry.summary({ ...options, name: 's', percentiles: [0, 0.5, 0.99, 1] });
  labels.forEach((b, i) => {
    gauge.set({ b }, numbers[i % numbers.length]!);
    for (const value of numbers.slice(i)) {
      if (!Number.isFinite(value)) continue;
      counter.inc({ b }, Math.abs(value));
      for (const metric of [histogram, native, summary]) metric.observe({ a: 'x', b }, value);
    }
  });
  return registry;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

/** Lines that OpenMetrics leaves out: sums and counts of histograms that went down, negative quantiles. */
function isUnsigned(line: string, { bounds }: Given, negativeSums: ReadonlySet<string>): boolean {
  if (/^[hns]_(?:sum|count)/.test(line)) {
    if (line.startsWith('h') && bounds.some(bound => bound < 0)) return false;
    const series = line.replace(/^(.)_(?:sum|count)(.*) \S+$/s, '$1$2');
    return !negativeSums.has(series) || line.startsWith('s_count');
  }
  return !/^s\{.* -\S+$/s.test(line);
}

describe('OpenMetrics and 0.0.4', () => {
  it('agree on every sample of any registry', () => {
    fc.assert(
      fc.property(given, input => {
        const snapshot = registryOf(input).snapshot();
        const textOf = (renderer: OpenMetricsRenderer): string =>
          Buffer.from(renderer.render(snapshot).body).toString();
        const classic = linesOf(textOf(new PrometheusTextRenderer()));
        const negativeSums = new Set(
          classic.flatMap(line => /^(.)_sum(.*) (?:-\S+|NaN)$/s.exec(line)?.slice(1).join('') ?? []),
        );
        const open = linesOf(textOf(new OpenMetricsRenderer())).filter(line => !/^[chns]_created/.test(line));
        assert.deepEqual(
          open,
          classic.filter(line => isUnsigned(line, input, negativeSums)),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('the official OpenMetrics parser', () => {
  it('reads back the help, the labels and the values of any registry', { skip }, () => {
    fc.assert(
      fc.property(given, input => {
        const { help: text, labels, numbers } = input;
        const registry = registryOf(input);
        const families = readOpenMetrics(new OpenMetricsRenderer().render(registry.snapshot()).body);
        assert.deepEqual(
          families.map(({ name, type, help: read }) => [name, type, read]),
          Object.entries({ g: 'gauge', c: 'counter', h: 'histogram', n: 'histogram', s: 'summary' }).map(
            ([name, type]) => [name, type, asEncoded(text)],
          ),
        );
        assert.deepEqual(
          families[0]!.samples.map(({ labels: read, value }) => [read['b'] ?? '', value]),
          labels.map((value, i) => [asEncoded(value), numbers[i % numbers.length]! + 0]),
        );
      }),
      { numRuns: 30 },
    );
  });
});
