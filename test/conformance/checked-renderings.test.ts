/** The check of renderings that the test run installs: it sees every way to render, and whatever is wrong fails the run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { Registry } from '../../src/index.js';
import type { Renderer } from '../../src/registry/renderers.js';
import { metricsHandler } from '../../src/server/index.js';
import { sampleOf } from './body-sample.js';
import { checkExposition } from './check-exposition.js';
import {
  areRenderingsChecked,
  checkRendered,
  renderingsChecked,
  withBoundForm,
  withUncheckedRenderings,
} from './checked-renderings.js';
import { problemsIn } from './ledger-report.js';
import { LEDGER_VARIABLE, noCounts, readLedger, writeLedger } from './ledger.js';
import type { LedgerReport } from './ledger.js';
import type { BoundForm, ConformanceFormat } from './rules.js';

const skip = areRenderingsChecked() ? false : 'run by dist/test/run.js, which installs the check';
const BROKEN = fileURLToPath(new URL('broken-rendering.js', import.meta.url));
const PRELOAD = new URL('preload.js', import.meta.url).href;

const FORMATS: Readonly<
  Record<string, { accept: string; renderer: () => Renderer; format: ConformanceFormat }>
> = {
  text: { accept: 'text/plain', renderer: () => new PrometheusTextRenderer(), format: 'text-0.0.4' },
  openmetrics: {
    accept: 'application/openmetrics-text',
    renderer: () => new OpenMetricsRenderer(),
    format: 'openmetrics-1.0.0',
  },
  protobuf: {
    accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    renderer: () => new PrometheusProtobufRenderer(),
    format: 'protobuf',
  },
};

function ledgerFor(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadtally-ledger-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly report: LedgerReport;
}

/** A process with a ledger of its own, so that its violations are not those of this run. */
function runBroken(
  test: TestContext,
  words: readonly string[],
  nodeOptions = `--import=${PRELOAD}`,
): Outcome {
  const ledger = ledgerFor(test);
  const { status, stdout, stderr } = spawnSync(process.execPath, [BROKEN, ...words], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: nodeOptions, [LEDGER_VARIABLE]: ledger },
  });
  return { status, output: stdout + stderr, report: readLedger(ledger) };
}

function registryOfAllTypes(seriesCount: number): Registry {
  const registry = new Registry();
  const options = { help: 'H.', labelNames: ['a'] } as const;
  const counter = registry.counter({ ...options, name: 'c_total' });
  const gauge = registry.gauge({ ...options, name: 'g' });
  const histogram = registry.histogram({ ...options, name: 'h', native: true });
  const summary = registry.summary({ ...options, name: 's' });
  for (let i = 0; i < seriesCount; i++) {
    const a = String(i);
    counter.inc({ a });
    gauge.set({ a }, i / 3);
    histogram.observe({ a }, i);
    summary.observe({ a }, i);
  }
  return registry;
}

describe('the check of renderings', { skip }, () => {
  for (const [name, { accept, renderer }] of Object.entries(FORMATS)) {
    it(`sees every rendering in the format ${name}`, async () => {
      const registry = registryOfAllTypes(2);
      const before = renderingsChecked();
      await registry.render({ accept });
      await registry.render({ accept, names: ['g'] });
      renderer().render(registry.snapshot());
      assert.equal(renderingsChecked(), before + 3);
    });

    it(`fails whoever renders what is no valid ${name}`, test => {
      const { output, report, status } = runBroken(test, [name]);
      assert.notEqual(status, 0, output);
      assert.match(output, /Error: a rendering is no valid [^]*(?:count-of-buckets|native-deltas) at /);
      assert.equal(report.violations.length, 1);
      assert.deepEqual(problemsIn(report, [BROKEN]), report.violations);
    });

    it(`finds nothing in a valid ${name}`, test => {
      const { output, report, status } = runBroken(test, [name, 'valid']);
      assert.equal(status, 0, output);
      assert.deepEqual(report.counts, { ...noCounts(), rendered: 1, checked: 1 });
      assert.deepEqual(problemsIn(report, [BROKEN]), []);
    });
  }

  it('sees what is rendered without waiting, as a text, and for a server', async () => {
    const registry = registryOfAllTypes(2);
    const before = renderingsChecked();
    registry.renderNow();
    await registry.metrics();
    await registry.metrics({ names: ['g'] });
    const server = createServer(metricsHandler(registry)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
    server.close();
    assert.equal(renderingsChecked(), before + 4);
  });

  it('fails the run for a violation in a worker, and for one whose error a test swallows', test => {
    for (const words of [
      ['text', 'worker'],
      ['text', 'swallow'],
      ['text', 'worker', 'swallow'],
    ]) {
      const { output, report, status } = runBroken(test, words);
      assert.equal(status, 0, output);
      assert.match(output, words.includes('swallow') ? /swallowed/ : /worker: a rendering is no valid/);
      assert.equal(problemsIn(report, [BROKEN]).length, 1, words.join());
    }
  });

  it('fails the run for a test file in whose process it is missing', test => {
    const { output, report } = runBroken(test, ['text'], '');
    assert.match(output, /rendered/);
    assert.deepEqual(problemsIn(report, [BROKEN]), [`${BROKEN} ran without the check of its expositions`]);
  });

  it('fails the run for a process that rendered and checked nothing, unless a test asked for it', test => {
    const folder = ledgerFor(test);
    writeLedger(folder, { kind: 'installed', entry: 'a.test.js' });
    writeLedger(folder, { kind: 'counts', thread: 0, counts: { ...noCounts(), rendered: 2, exempt: 2 } });
    assert.deepEqual(problemsIn(readLedger(folder), ['a.test.js']), []);
    writeLedger(folder, {
      kind: 'counts',
      thread: 0,
      counts: { ...noCounts(), rendered: 3, exempt: 2, passedOver: 1 },
    });
    assert.deepEqual(problemsIn(readLedger(folder), ['a.test.js']), [
      'a.test.js rendered expositions, and none of them was checked',
    ]);
    writeLedger(folder, { kind: 'counts', thread: 1, counts: { ...noCounts(), rendered: 1, checked: 1 } });
    assert.deepEqual(problemsIn(readLedger(folder), ['a.test.js']), []);
  });

  it('leaves out what a test asks for, as long as that takes, and counts it', async () => {
    const { families } = registryOfAllTypes(1).snapshot();
    const twice = { families: [...families, ...families] };
    const before = renderingsChecked();
    await withUncheckedRenderings('the test of this', async () => {
      new PrometheusTextRenderer().render(twice);
      await nextTurn();
      new PrometheusTextRenderer().render(twice);
    });
    assert.equal(renderingsChecked(), before);
    new PrometheusTextRenderer().render({ families });
    assert.equal(renderingsChecked(), before + 1);
  });

  it('wants the spelling of le that a registry was asked for', () => {
    const registry = new Registry();
    registry.histogram({ name: 'h', help: 'H.', buckets: [1] });
    const { body } = new OpenMetricsRenderer().render(registry.snapshot());
    const rulesFor = (boundForm: BoundForm): string[] =>
      withBoundForm(boundForm, () => checkRendered(body, { format: 'openmetrics-1.0.0' })).map(
        ({ rule }) => rule,
      );
    assert.deepEqual(rulesFor('canonical'), []);
    assert.deepEqual(rulesFor('prom-client'), ['bound-form']);
  });
});

describe('the sample of a large body', () => {
  const SIZES = [1_000, 10_000, 60_000];
  for (const [name, { format, renderer }] of Object.entries(FORMATS)) {
    it(`is an exposition in ${name}, another one each time`, () => {
      const { body } = renderer().render(registryOfAllTypes(300).snapshot());
      for (const bytesMax of SIZES) {
        const samples = [0, 1, 2, 3].map(turn => sampleOf(body, format, bytesMax, turn));
        for (const { bytes, isCut, leftOut } of samples) {
          const found = checkRendered(bytes, { format, isCut });
          assert.deepEqual(found, [], `${bytesMax}: ${Buffer.from(bytes).toString().slice(-300)}`);
          assert.ok(bytes.length > bytesMax / 10 && bytes.length <= bytesMax + 100, `${bytes.length}`);
          assert.equal(leftOut, body.length - bytes.length);
        }
        const different = new Set(samples.map(({ bytes }) => Buffer.from(bytes).toString('latin1')));
        assert.ok(different.size > 1);
      }
    });
  }

  it('is all of a small one', () => {
    const bytes = Buffer.from('# EOF\n');
    assert.deepEqual(sampleOf(bytes, 'openmetrics-1.0.0', 6, 3), { bytes, isCut: false, leftOut: 0 });
  });

  it('keeps what is wrong at the end of OpenMetrics', () => {
    const body = Buffer.from(`${'# TYPE g gauge\n# HELP g G.\ng 1\n'.repeat(3)}g{a="x"} 2\n`);
    const { bytes, isCut } = sampleOf(body, 'openmetrics-1.0.0', 40, 0);
    const rules = checkExposition(bytes, { format: 'openmetrics-1.0.0', isCut }).map(({ rule }) => rule);
    assert.ok(rules.includes('eof'), rules.join());
  });
});
