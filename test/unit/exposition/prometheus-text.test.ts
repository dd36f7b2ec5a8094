import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withBoundForm } from '../../conformance/checked-renderings.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import { Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from '../registry/played-thread.js';
import { sampleLines, textOf } from '../sample-lines.js';

silenceWarnings();

describe('a family', () => {
  it('starts with HELP and TYPE, also without samples, in the order of definition', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'] });
    registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
    registry.gauge({ name: 'a', help: 'A.', labelNames: ['a'] });
    assert.equal(
      textOf(registry),
      '# HELP h H.\n# TYPE h histogram\n# HELP c_total C.\n# TYPE c_total counter\n# HELP a A.\n# TYPE a gauge\n',
    );
  });

  it('escapes backslashes and line feeds of its help, and nothing else', () => {
    const HELPS: readonly [string, string][] = [
      ['a "quoted" text', 'a "quoted" text'],
      ['C:\\new\\\\dir', 'C:\\\\new\\\\\\\\dir'],
      ['two\nlines\n', 'two\\nlines\\n'],
      ['\\n is no line feed', '\\\\n is no line feed'],
      ['tab\t cr\r nul\0 é 日本 😀', 'tab\t cr\r nul\0 é 日本 😀'],
      ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
    ];
    for (const [help, escaped] of HELPS) {
      const registry = new Registry();
      registry.counter({ name: 'c', help });
      assert.equal(textOf(registry), `# HELP c ${escaped}\n# TYPE c counter\nc 0\n`);
    }
  });
});

describe('label values', () => {
  const VALUES: readonly [string, string][] = [
    ['plain', 'plain'],
    ['say "hi"', 'say \\"hi\\"'],
    ['C:\\dir\\', 'C:\\\\dir\\\\'],
    ['two\nlines', 'two\\nlines'],
    ['\\n', '\\\\n'],
    ['\\"\n', '\\\\\\"\\n'],
    ['"', '\\"'],
    ['}, {a="x"} 1', '}, {a=\\"x\\"} 1'],
    ['tab\t cr\r', 'tab\t cr\r'],
    ['nul\0', 'nul\0'],
    ['é 日本 😀', 'é 日本 😀'],
    ['lone \ud800', 'lone \ufffd'],
    ['\udc00\ud800', '\ufffd\ufffd'],
    ['\u2028\ufeff', '\u2028\ufeff'],
  ];
  for (const [value, escaped] of VALUES) {
    it(`are escaped: ${JSON.stringify(value)}`, () => {
      const registry = new Registry();
      registry.counter({ name: 'c', help: 'C.', labelNames: ['a', 'b'] }).inc({ a: value, b: value });
      registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [] }).observe({ a: value }, 1);
      const labels = `a="${escaped}"`;
      assert.deepEqual(
        textOf(registry)
          .split(/\n(?=[ch]|$)/)
          .filter(line => line !== '' && !line.startsWith('#')),
        [
          `c{${labels},b="${escaped}"} 1\n# HELP h H.\n# TYPE h histogram`,
          `h_bucket{le="+Inf",${labels}} 1`,
          `h_sum{${labels}} 1`,
          `h_count{${labels}} 1`,
        ],
      );
    });
  }

  it('of every length come out whole, on the first and on later scrapes', () => {
    const registry = new Registry({ seriesMax: 5_000, familySeriesMax: 2_000, labelValueMax: 2_000 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a', 'b'] });
    const expected: string[] = [];
    for (let length = 1; length <= 64; length++) {
      for (const end of ['', 'é', '€', '😀', '"', '\\']) {
        const value = 'x'.repeat(length) + end;
        counter.inc({ a: value, b: String(length) }, length);
        const escaped = value.replace('\\', '\\\\').replace('"', '\\"');
        expected.push(`c{a="${escaped}",b="${length}"} ${length}`);
      }
    }
    counter.inc({ a: '€'.repeat(2_000) }, 7);
    expected.push(`c{a="${'€'.repeat(2_000)}"} 7`);
    assert.deepEqual(sampleLines(registry), expected);
    assert.deepEqual(sampleLines(registry), expected);
  });

  it('that are empty are left out, with no braces when nothing is left', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a', 'b', 'c'] });
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [] });
    counter.inc({ b: 'x' });
    counter.inc({ a: 'x', c: 'y' });
    counter.inc({});
    histogram.observe({}, 2);
    assert.deepEqual(sampleLines(registry), [
      'c{b="x"} 1',
      'c{a="x",c="y"} 1',
      'c 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum 2',
      'h_count 1',
    ]);
  });

  it('stand in the order of the label names', () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.', labelNames: ['z', 'a'] }).inc({ a: '1', z: '2' });
    assert.deepEqual(sampleLines(registry), ['c{z="2",a="1"} 1']);
  });
});

describe('values', () => {
  it('are spelled as the format wants them', () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] });
    const values = [0, -0, 2 ** 32, 2 ** 53, 1e21, 1e-7, 5e-324, -1.5, NaN, Infinity, -Infinity];
    values.forEach((value, i) => gauge.set({ a: `v${i}` }, value));
    const spelled = sampleLines(registry).map(line => line.split(' ')[1]);
    assert.deepEqual(
      spelled.join(' '),
      '0 0 4294967296 9007199254740992 1e+21 1e-7 5e-324 -1.5 NaN +Inf -Inf',
    );
  });

  it('of bounds have one spelling, which values do not share', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [-1e21, -0.5, 0, 1e-7, 0.1, 1, 2.5, 1e21] });
    const bounds = sampleLines(registry).flatMap(line => /le="([^"]*)"/.exec(line)?.[1] ?? []);
    assert.equal(bounds.join(' '), '-1e+21 -0.5 0.0 1e-07 0.1 1.0 2.5 1e+21 +Inf');
  });

  it('change from scrape to scrape while the lines stay in place', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    for (const value of ['x', 'y', 'z']) counter.inc({ a: value });
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 1', 'c{a="y"} 1', 'c{a="z"} 1']);
    counter.inc({ a: 'y' }, 999_999_999);
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 1', 'c{a="y"} 1000000000', 'c{a="z"} 1']);
  });
});

describe('a gauge shown by thread', () => {
  it('has the thread as its last label', test => {
    const registry = new Registry();
    const bare = { name: 'bare', help: 'B.', aggregator: 'thread' } as const;
    const labelled = { name: 'labelled', help: 'L.', labelNames: ['a'], aggregator: 'thread' } as const;
    registry.gauge(bare).set(1);
    registry.gauge(labelled).set({ a: 'x"y' }, 2);
    registry.gauge(labelled).set({}, 3);
    const thread = new PlayedThread(test, registry.share(), 901);
    thread.gauge(bare).set(-0.5);
    thread.gauge(labelled, 'x"y').set(NaN);
    assert.deepEqual(sampleLines(registry), [
      'bare{thread="0"} 1',
      'bare{thread="901"} -0.5',
      'labelled{a="x\\"y",thread="0"} 2',
      'labelled{a="x\\"y",thread="901"} NaN',
      'labelled{thread="0"} 3',
    ]);
  });

  it('calls the value that belongs to no thread shared', () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.', aggregator: 'thread', sharing: 'atomic' }).set(5);
    assert.deepEqual(sampleLines(registry), ['g{thread="shared"} 5']);
  });
});

describe('many scrapes while series come and go', () => {
  it('stay correct, over every clearing of what was encoded', () => {
    const registry = new Registry({ labelValueMax: 1_000, seriesMax: 500, familySeriesMax: 200 });
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1] });
    counter.inc({ a: 'stays' });
    histogram.observe({ a: 'stays' }, 0.5);
    // Each round encodes some 40 KB that the next one does not use.
    for (let round = 0; round < 30; round++) {
      const values = Array.from({ length: 40 }, (_, i) => `${round}-${i}-${'x'.repeat(900)}`);
      for (const value of values) counter.inc({ a: value }, round);
      histogram.observe({ a: `${round}` }, 2);
      assert.deepEqual(sampleLines(registry), [
        'c{a="stays"} 1',
        ...values.map(value => `c{a="${value}"} ${round}`),
        'h_bucket{le="1.0",a="stays"} 1',
        'h_bucket{le="+Inf",a="stays"} 1',
        'h_sum{a="stays"} 0.5',
        'h_count{a="stays"} 1',
        `h_bucket{le="1.0",a="${round}"} 0`,
        `h_bucket{le="+Inf",a="${round}"} 1`,
        `h_sum{a="${round}"} 2`,
        `h_count{a="${round}"} 1`,
      ]);
      for (const value of values) counter.remove(value);
      histogram.remove(`${round}`);
    }
  });
});

describe('the memory of a rendering', () => {
  it('is not used again before it is released, and then once', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.' });
    const first = await registry.render();
    counter.inc(123);
    const second = await registry.render();
    assert.notEqual(second.body.buffer, first.body.buffer);
    assert.match(Buffer.from(first.body).toString(), /^c 0$/m);
    first.release();
    first.release();
    counter.inc(1_000_000);
    const [third, fourth] = [await registry.render(), await registry.render()];
    assert.equal(third.body.buffer, first.body.buffer);
    assert.notEqual(fourth.body.buffer, first.body.buffer);
    assert.match(Buffer.from(second.body).toString(), /^c 123$/m);
    for (const { body } of [third, fourth]) assert.equal(Buffer.from(body).toString(), textOf(registry));
  });

  it('holds a later exposition that is shorter or longer', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    for (const count of [100, 1, 1_000, 0, 10]) {
      counter.reset();
      for (let i = 0; i < count; i++) counter.inc({ a: `v${i}` }, i);
      const { body, release } = await registry.render();
      const lines = Array.from({ length: count }, (_, i) => `c{a="v${i}"} ${i}\n`);
      assert.equal(Buffer.from(body).toString(), `# HELP c C.\n# TYPE c counter\n${lines.join('')}`);
      release();
    }
  });
});

describe('a text renderer', () => {
  it('writes bounds and quantiles as prom-client does when it is told to, and values as ever', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, 1e6] }).observe(2);
    registry.summary({ name: 's', help: 'S.', percentiles: [1] }).observe(0);
    const renderer = new PrometheusTextRenderer({ labelNumbers: 'prom-client' });
    const { body } = withBoundForm('prom-client', () => renderer.render(registry.snapshot()));
    const text = Buffer.from(body).toString();
    assert.deepEqual(
      text.split('\n').filter(line => /^[hs]\w*\{/.test(line)),
      ['h_bucket{le="1"} 0', 'h_bucket{le="1000000"} 1', 'h_bucket{le="+Inf"} 1', 's{quantile="1"} 0'],
    );
    assert.match(text, /^h_sum 2$/m);
  });
});
