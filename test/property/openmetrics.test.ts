/** OpenMetrics and the text format 0.0.4 say the same of any registry, and the official parser reads it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { readOpenMetrics, skip } from '../integration/openmetrics-parser.js';
import type { Given } from './any-registry.js';
import { given, registryOf } from './any-registry.js';
import { asEncoded } from './arbitraries.js';

const TYPES = {
  g: 'gauge',
  t: 'gauge',
  c: 'counter',
  h: 'histogram',
  n: 'histogram',
  s: 'summary',
  i: 'info',
  p: 'stateset',
};

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
          Object.entries(TYPES).map(([name, type]) => [name, type, asEncoded(text)]),
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
