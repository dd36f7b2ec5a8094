/** A real Prometheus stores names of any characters: from 3 on as they were defined, before as they are escaped for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Registry } from '../../src/index.js';
import { escapeLabelName, escapeMetricName } from '../../src/primitives/name-escaping.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer } from '../../src/server/index.js';
import { NO_PROMETHEUS, ScrapingPrometheus } from './scraping-prometheus.js';

const NAMES = [
  'http.server.requests',
  '日本',
  'say "hi"',
  'back\\slash',
  'two\nlines',
  '{a="x"} 1',
  '# EOF',
  'é, 😀',
];

/** Beside the labels of the series. */
const TARGET_LABELS = ['__name__', 'instance', 'job'];

const version = /version (\d+)\./.exec(
  spawnSync('prometheus', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);
const knowsUtf8 = Number(version?.[1] ?? 0) >= 3;

function seenName(name: string): string {
  return knowsUtf8 ? name : escapeMetricName(name, 'underscores');
}

function seenLabel(name: string): string {
  return knowsUtf8 ? name : escapeLabelName(name, 'underscores');
}

// Native histograms are scraped as protobuf, everything else as OpenMetrics.
for (const flags of [[], ['--enable-feature=native-histograms']]) {
  describe(`a real Prometheus ${flags.join('')}`, { skip: NO_PROMETHEUS }, () => {
    const registry = new Registry({ nameValidationScheme: 'utf8' });
    let server: MetricsServer;
    let prometheus: ScrapingPrometheus;

    before(async () => {
      NAMES.forEach((text, i) => {
        const label = `label ${text}`;
        registry
          .counter<string>({ name: `c${i}.${text}_total`, help: text, labelNames: [label] })
          .inc({ [label]: text }, i + 0.5);
        registry.histogram({ name: `h${i}.${text}`, help: text, buckets: [1, 2.5] }).observe(i);
      });
      server = await serveMetrics(registry, { port: 0 });
      prometheus = await ScrapingPrometheus.of(server, ...flags);
      await prometheus.queryUntilFound('up == 1');
    });

    after(async () => {
      await prometheus.stop();
      await server.close();
      registry.close();
    });

    test('stores every name of a metric and of a label, each once', async () => {
      const found = await prometheus.query('{__name__=~"c[0-9].*_total",job="t"}');
      const seen = new Map(
        found.map(({ metric, value }) => {
          const labels = Object.entries(metric).filter(([name]) => !TARGET_LABELS.includes(name));
          return [metric['__name__'], [labels, Number(value[1])]];
        }),
      );
      const expected = NAMES.map((text, i): [string, unknown] => [
        seenName(`c${i}.${text}_total`),
        [[[seenLabel(`label ${text}`), text]], i + 0.5],
      ]);
      assert.equal(found.length, NAMES.length);
      assert.deepEqual(seen, new Map(expected));
    });

    test('stores the samples of histograms, with one spelling of their bounds', async () => {
      const found = await prometheus.query('{__name__=~"h[0-9].*_bucket",job="t"}');
      const seen = found.map(({ metric, value }) => [metric['__name__'], metric['le'], value[1]].join(' '));
      const expected = NAMES.flatMap((text, i) =>
        [1, 2.5, Infinity].map((bound, at) =>
          [seenName(`h${i}.${text}_bucket`), ['1.0', '2.5', '+Inf'][at], i <= bound ? '1' : '0'].join(' '),
        ),
      );
      assert.deepEqual(seen.sort(), expected.sort());
    });
  });
}
