/** Receivers that are down, refuse, or never answer: what is counted, what is sent, and that nobody waits. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { once } from 'node:events';
import { Registry } from '../../src/index.js';
import type { TracingConfig } from '../../src/otel/index.js';
import { startTracing, withSpan } from '../../src/otel/index.js';
import { samples } from '../unit/sample-lines.js';
import { MetricsReceiver } from './metrics-receiver.js';
import { OtlpReceiver, until } from './otlp-receiver.js';
import type { Answer } from './otlp-receiver.js';

/** One span for each export. The exporter makes no second attempt: none fits into its timeout. */
const BASE: TracingConfig = {
  timeoutMs: 750,
  batch: { queueSizeMax: 4, batchSizeMax: 1, delayMs: 0 },
  breaker: { failuresMax: 2, openMs: 20 },
};
const LONG_MS = 600_000;

async function startedFor(test: TestContext, config: TracingConfig) {
  const registry = new Registry();
  const tracing = await startTracing({ ...BASE, ...config, registry });
  test.after(() => tracing.shutdown());
  const count = (family: string, label = ''): number =>
    samples(registry)[`otel_exporter_${family}${tracesLabels(family, label)}`]!;
  const end = (spans: number): void => {
    for (let i = 0; i < spans; i++) withSpan(`span ${i}`, () => {});
  };
  return { tracing, registry, count, end };
}

async function receiverFor(test: TestContext, ...answers: Answer[]): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.start();
  receiver.answerWith(...answers);
  test.after(() => receiver.close());
  return receiver;
}

/** Labels of a family of all signals. */
function tracesLabels(family: string, label: string): string {
  if (family.startsWith('queue_')) return '';
  return label === '' ? '{signal="traces"}' : label.replace('{', '{signal="traces",');
}

/** Where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** The warnings of span exports that the process gives from now on. */
function warningsFor(test: TestContext): Error[] {
  const warnings: Error[] = [];
  const keep = (warning: Error): void => {
    if ((warning as { code?: string }).code === 'THREADTALLY_SPAN_EXPORT') warnings.push(warning);
  };
  process.on('warning', keep);
  test.after(() => process.off('warning', keep));
  return warnings;
}

describe('a receiver that is down', () => {
  it('is told of once, with its address and without its credentials', async test => {
    const warnings = warningsFor(test);
    const dead = new URL(await deadUrl());
    const endpoint = `http://name:secret@${dead.host}/base?key=secret`;
    const { tracing, count, end } = await startedFor(test, { endpoint });
    end(3);
    await until(() => count('failures_total', '{reason="connection"}') > 1);
    await tracing.shutdown();
    assert.equal(warnings.length, 1);
    const { message } = warnings[0]!;
    assert.ok(message.startsWith(`spans are not exported to http://${dead.host}/base`), message);
    assert.match(message, /no connection \(ECONNREFUSED\); .* 4318, not 4317/);
    assert.doesNotMatch(message, /secret/);
  });

  it('costs the spans that the queue has no room for, and opens the breaker', async test => {
    const breaker = { failuresMax: 2, openMs: LONG_MS };
    const { tracing, count, end } = await startedFor(test, { endpoint: await deadUrl(), breaker });
    end(6);
    assert.equal(count('dropped_items_total', '{reason="queue_full"}'), 2);
    await until(() => tracing.status().breaker === 'open');
    assert.equal(count('failures_total', '{reason="connection"}'), 2);
    assert.equal(count('dropped_items_total', '{reason="export_failed"}'), 2);
    assert.equal(count('breaker_state', '{state="open"}'), 1);
    assert.equal(count('breaker_state', '{state="closed"}'), 0);
    assert.equal(count('queue_size'), 2);
    assert.equal(await tracing.flush(), false);
    await tracing.shutdown();
    assert.equal(count('dropped_items_total', '{reason="shutdown"}'), 2);
    assert.equal(count('exported_items_total'), 0);
  });
});

describe('a receiver that answers 503', () => {
  it('is left alone, asked once at a time, and sent the rest when it answers', async test => {
    const receiver = await receiverFor(test, 503, 503, 503, 200);
    const { tracing, count, end } = await startedFor(test, {
      endpoint: receiver.url,
      batch: { ...BASE.batch, queueSizeMax: 5 },
    });
    end(5);
    await until(() => count('exported_items_total') === 2);
    assert.equal(receiver.requests.length, 5);
    assert.equal(count('failures_total', '{reason="unavailable"}'), 3);
    assert.equal(count('dropped_items_total', '{reason="export_failed"}'), 3);
    assert.equal(count('breaker_opened_total'), 2, 'after two failures, and after the first probe');
    assert.equal(tracing.status().breaker, 'closed');
    assert.equal(count('export_duration_seconds_count'), 5);
    assert.deepEqual(
      receiver.spans.map(({ name }) => name),
      ['span 3', 'span 4'],
    );
  });
});

describe('a circuit breaker', () => {
  it('opens, half-opens and closes as the metrics show it, with every span in one place', async test => {
    const receiver = await receiverFor(test, 503, 503, 'silence', 200);
    // Before the probe is answered nothing but its timeout would end it, and that is long.
    const breaker = { failuresMax: 2, openMs: 20, successesMin: 2 };
    const { count, end } = await startedFor(test, { endpoint: receiver.url, timeoutMs: LONG_MS, breaker });
    const statesNow = (): number[] =>
      ['closed', 'open', 'half_open'].map(state => count('breaker_state', `{state="${state}"}`));
    const placesNow = () => ({
      exported: count('exported_items_total'),
      failed: count('dropped_items_total', '{reason="export_failed"}'),
      full: count('dropped_items_total', '{reason="queue_full"}'),
      queued: count('queue_size'),
    });
    assert.deepEqual(statesNow(), [1, 0, 0]);
    end(6);
    assert.deepEqual(placesNow(), { exported: 0, failed: 0, full: 2, queued: 4 });
    await until(() => receiver.unanswered.length === 1);
    assert.deepEqual(statesNow(), [0, 0, 1]);
    assert.deepEqual(placesNow(), { exported: 0, failed: 1, full: 2, queued: 2 });
    assert.equal(count('breaker_opened_total'), 1);
    receiver.unanswered[0]!.end('{}');
    await until(() => count('exported_items_total') === 3);
    assert.deepEqual(statesNow(), [1, 0, 0]);
    assert.deepEqual(placesNow(), { exported: 3, failed: 1, full: 2, queued: 0 });
    assert.equal(count('breaker_opened_total'), 1);
    assert.equal(count('failures_total', '{reason="unavailable"}'), 1);
  });
});

describe('attempts that the exporter repeats', () => {
  const breaker = { failuresMax: 2, openMs: LONG_MS };

  for (const [what, reason] of [
    ['answers 503', 'unavailable'],
    ['is down', 'connection'],
  ] as const) {
    it(`open the breaker in the middle of an export when the receiver ${what}`, async test => {
      const receiver = await receiverFor(test, 503);
      const endpoint = reason === 'connection' ? await deadUrl() : receiver.url;
      const { tracing, count, end } = await startedFor(test, { endpoint, timeoutMs: LONG_MS, breaker });
      end(3);
      await until(() => tracing.status().breaker === 'open');
      await until(() => count('export_duration_seconds_count') === 1);
      assert.equal(count('failures_total', `{reason="${reason}"}`), 1, 'one export');
      assert.equal(count('dropped_items_total', '{reason="export_failed"}'), 1);
      assert.equal(count('queue_size'), 2);
      if (reason === 'unavailable') assert.equal(receiver.requests.length, 2, 'attempts');
    });
  }

  it('are forgotten by the breaker when one of them arrives', async test => {
    const receiver = await receiverFor(test, 503, 200, 503, 200);
    const { tracing, count, end } = await startedFor(test, {
      endpoint: receiver.url,
      timeoutMs: LONG_MS,
      breaker,
    });
    end(2);
    await until(() => count('exported_items_total') === 2);
    assert.equal(receiver.requests.length, 4);
    assert.deepEqual([count('breaker_opened_total'), tracing.status().breaker], [0, 'closed']);
  });
});

describe('a process', () => {
  const entry = new URL('../../src/otel/index.js', import.meta.url).href;

  async function run(program: string): Promise<string> {
    const options = ['--input-type=module', '--eval', program];
    return (await promisify(execFile)(process.execPath, options)).stdout;
  }

  /** Runs until it ends by itself. */
  async function runUntilEnd(endpoint: string): Promise<void> {
    // The pause before the exporter's second attempt is longer than the shutdown: only then is it too late for one.
    const program = `
      import { startTracing, withSpan } from ${JSON.stringify(entry)};
      const tracing = await startTracing({ endpoint: '${endpoint}', timeoutMs: ${LONG_MS}, shutdownTimeoutMs: 300 });
      withSpan('a', () => {});
      await tracing.shutdown();
    `;
    await run(program);
  }

  it('that awaits a flush does not end before it, also when nothing of its exporter keeps it alive', async () => {
    const shown = await run(`
      import { startTracing, withSpan } from ${JSON.stringify(entry)};
      const exporter = { export: () => {}, shutdown: () => Promise.resolve() };
      const tracing = await startTracing({ exporter, batch: { exportTimeoutMs: 100 } });
      withSpan('a', () => {});
      console.log(await tracing.flush());
      await tracing.shutdown();
    `);
    assert.equal(shown, 'false\n');
  });

  it('whose receiver answers 503 ends after its shutdown, without another attempt', async test => {
    const receiver = await receiverFor(test, 503);
    await runUntilEnd(receiver.url);
    assert.ok(receiver.requests.length <= 1, `${receiver.requests.length} attempts`);
  });

  it('whose receiver never answers ends after its shutdown, long before the exporter would', async test => {
    const receiver = await receiverFor(test, 'silence');
    await runUntilEnd(receiver.url);
    assert.ok(receiver.requests.length <= 1, `${receiver.requests.length} attempts`);
  });
});

describe('a receiver that refuses a batch', () => {
  it('is counted as such, and the next batch goes', async test => {
    const receiver = await receiverFor(test, 400, 200);
    const { tracing, count, end } = await startedFor(test, { endpoint: receiver.url });
    end(2);
    assert.equal(await tracing.flush(), false);
    assert.equal(count('failures_total', '{reason="rejected"}'), 1);
    assert.equal(count('exported_items_total'), 1);
    assert.equal(tracing.status().breaker, 'closed');
  });
});

describe('the answer of a receiver', () => {
  for (const [status, what] of [
    [401, 'it refuses them'],
    [503, 'it answers that it cannot take them'],
  ] as const)
    it(`(${status}) is in the warning, without what it was sent as a secret`, async test => {
      const warnings = warningsFor(test);
      const receiver = await MetricsReceiver.start();
      test.after(() => receiver.close());
      receiver.answerWith({ status, body: 'not with\ntoken-1 at this hour' });
      const { tracing, end } = await startedFor(test, {
        endpoint: receiver.url,
        headers: { authorization: 'Bearer token-1' },
      });
      end(1);
      assert.equal(await tracing.flush(), false);
      // A warning is given in a later turn.
      await until(() => warnings.length > 0);
      const shown = `: ${what} (HTTP ${status}: not with *** at this hour)`;
      assert.ok(warnings[0]!.message.includes(shown), warnings[0]!.message);
    });

  it('is in the warning when the circuit breaker ends what the exporter repeats', async test => {
    const warnings = warningsFor(test);
    const receiver = await MetricsReceiver.start();
    test.after(() => receiver.close());
    receiver.answerWith({ status: 429, body: 'slow down' });
    const breaker = { failuresMax: 1, openMs: LONG_MS };
    const { end } = await startedFor(test, { endpoint: receiver.url, timeoutMs: LONG_MS, breaker });
    end(1);
    await until(() => warnings.length > 0);
    assert.match(warnings[0]!.message, /\(HTTP 429: slow down\)/);
  });
});

describe('a receiver that never answers', () => {
  it('is given up, and then left alone', async test => {
    const receiver = await receiverFor(test, 'silence');
    const { tracing, count, end } = await startedFor(test, {
      endpoint: receiver.url,
      batch: { ...BASE.batch, exportTimeoutMs: 20 },
      breaker: { failuresMax: 2, openMs: LONG_MS },
    });
    end(3);
    await until(() => tracing.status().breaker === 'open');
    // A request may have been given up before it arrived.
    await until(() => receiver.unanswered.length === 2);
    assert.equal(count('failures_total', '{reason="timeout"}'), 2);
    assert.equal(count('queue_size'), 1);
    await until(() => receiver.unanswered.every(({ closed }) => closed));
  });

  it('holds up neither those who end spans, nor a scrape, nor a shutdown', async test => {
    const receiver = await receiverFor(test, 'silence');
    const { tracing, registry, count, end } = await startedFor(test, {
      endpoint: receiver.url,
      timeoutMs: LONG_MS,
      batch: { ...BASE.batch, exportTimeoutMs: LONG_MS },
      shutdownTimeoutMs: 30,
    });
    end(1);
    await until(() => receiver.unanswered.length === 1);
    end(6);
    assert.match(await registry.metrics(), /otel_exporter_queue_size 4/);
    await tracing.shutdown();
    assert.equal(count('dropped_items_total', '{reason="queue_full"}'), 2);
    assert.equal(count('dropped_items_total', '{reason="shutdown"}'), 5);
    await until(() => receiver.unanswered[0]!.closed);
    assert.equal(receiver.unanswered.length, 1, 'the request was ended, and not repeated');
    assert.equal(count('exported_items_total'), 0);
  });
});
