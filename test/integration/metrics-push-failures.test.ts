/** Receivers of metrics that are down, refuse, break off, or never answer: what is counted, what is sent, and that nobody waits. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Registry } from '../../src/index.js';
import type { MetricsPush, MetricsPushConfig } from '../../src/otel/index.js';
import { startMetricsPush } from '../../src/otel/index.js';
import { decodeRequest, metricsIn, pointsOf } from '../unit/otel/decoded-metrics.js';
import { samples } from '../unit/sample-lines.js';
import { MetricsReceiver } from './metrics-receiver.js';
import type { Answer } from './metrics-receiver.js';
import { CERTIFICATE, KEY } from './test-certificate.js';

const LONG_MS = 600_000;

async function receiverFor(test: TestContext, ...answers: Answer[]): Promise<MetricsReceiver> {
  const receiver = await MetricsReceiver.start();
  receiver.answerWith(...answers);
  test.after(() => receiver.close());
  return receiver;
}

interface Started {
  readonly push: MetricsPush;
  readonly registry: Registry;
  /** A family of the exports, with the labels besides the signal. */
  readonly count: (family: string, labels?: string) => number;
}

function startedFor(test: TestContext, config: MetricsPushConfig): Started {
  const registry = new Registry();
  registry.counter({ name: 'c_total', help: 'C.' }).inc(5);
  const push = startMetricsPush({ intervalMs: LONG_MS, shutdownTimeoutMs: 0, ...config, registry });
  test.after(() => push.shutdown());
  const count = (family: string, labels = ''): number =>
    samples(registry)[`otel_exporter_${family}{signal="metrics"${labels}}`]!;
  return { push, registry, count };
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

/** The warnings of pushes that the process gives from now on. */
function warningsFor(test: TestContext): Error[] {
  const warnings: Error[] = [];
  const keep = (warning: Error): void => {
    if ((warning as { code?: string }).code === 'THREADTALLY_METRICS_PUSH') warnings.push(warning);
  };
  process.on('warning', keep);
  test.after(() => process.off('warning', keep));
  return warnings;
}

/** Of the counter, in what has arrived so far. */
function valuesIn({ bodies }: MetricsReceiver): unknown[] {
  return bodies.map(({ body }) => pointsOf(metricsIn([decodeRequest(body)]).get('c_total'))[0]?.asDouble);
}

describe('a receiver that is down', () => {
  it('is told of once, with its address and without its credentials, and then left alone', async test => {
    const warnings = warningsFor(test);
    const dead = new URL(await deadUrl());
    const endpoint = `http://name:secret@${dead.host}/base?key=secret`;
    const breaker = { failuresMax: 2, openMs: LONG_MS };
    const { push, count } = startedFor(test, { endpoint, timeoutMs: 3_000, breaker });
    for (let i = 0; i < 3; i++) assert.equal(await push.flush(), false);
    assert.deepEqual(push.status(), { isPushing: false, breaker: 'open', lastFailure: 'connection' });
    assert.equal(count('failures_total', ',reason="connection"'), 2, 'the third was not tried');
    assert.equal(count('breaker_opened_total'), 1);
    assert.equal(count('breaker_state', ',state="open"'), 1);
    assert.equal(count('exported_items_total'), 0);
    assert.ok(count('dropped_items_total', ',reason="export_failed"') > 10);
    assert.equal(warnings.length, 1);
    assert.ok(
      warnings[0]!.message.startsWith(`data points are not exported to http://${dead.host}/base/v1/metrics`),
    );
    assert.match(warnings[0]!.message, /: no connection \(ECONNREFUSED\); /);
    assert.doesNotMatch(warnings[0]!.message, /secret/);
  });

  it('does not hide how another receiver of the same thread is doing', async test => {
    const receiver = await receiverFor(test, { status: 200 });
    const endpoint = await deadUrl();
    const breaker = { failuresMax: 1, openMs: LONG_MS };
    const { push, registry, count } = startedFor(test, { endpoint, timeoutMs: 1, breaker });
    const states = (): number[] =>
      ['closed', 'open', 'half_open'].map(state => count('breaker_state', `,state="${state}"`));
    const other = startMetricsPush({
      endpoint: receiver.url,
      intervalMs: LONG_MS,
      registry: registry.share(),
    });
    test.after(() => other.shutdown());
    assert.deepEqual(states(), [2, 0, 0]);
    assert.equal(await push.flush(), false);
    assert.deepEqual(states(), [1, 1, 0]);
    await other.shutdown();
    assert.deepEqual(states(), [0, 1, 0]);
    await push.shutdown();
    assert.deepEqual(states(), [0, 0, 0]);
  });

  it('is tried again when it is up, and told of everything', async test => {
    const receiver = await receiverFor(test, 'reset', { status: 200 });
    const { push } = startedFor(test, { endpoint: receiver.url, temporality: 'delta' });
    assert.equal(await push.flush(), true, 'the second attempt of the same push');
    assert.deepEqual(valuesIn(receiver), [5, 5]);
    assert.deepEqual(receiver.bodies[0]!.body, receiver.bodies[1]!.body);
    assert.equal(receiver.connections, 2);
  });
});

describe('a receiver that breaks off', () => {
  it('has not taken anything, as far as anybody knows', async test => {
    const receiver = await receiverFor(test, 'reset');
    const { push, count } = startedFor(test, { endpoint: receiver.url, timeoutMs: 1_000 });
    assert.equal(await push.flush(), false);
    assert.equal(count('failures_total', ',reason="connection"'), 1);
    assert.equal(push.status().lastFailure, 'connection');
  });

  for (const [answer, settings] of [
    ['half', {}],
    ['endless', { timeoutMs: 1_000 }],
    ['endless', { timeoutMs: LONG_MS, exportTimeoutMs: 1_000 }],
  ] as const)
    it(`(${answer}, ${JSON.stringify(settings)}) has taken what it has said that it has, and is told it once`, async test => {
      const receiver = await receiverFor(test, answer);
      const config: MetricsPushConfig = { endpoint: receiver.url, temporality: 'delta', ...settings };
      const { push, registry, count } = startedFor(test, config);
      assert.equal(await push.flush(), true);
      assert.ok(count('exported_items_total') > 0);
      registry.counter({ name: 'c_total', help: 'C.' }).inc(2);
      assert.equal(await push.flush(), true);
      assert.deepEqual(valuesIn(receiver), [5, 2]);
    });
});

describe('a receiver that is overloaded', () => {
  for (const status of [429, 503] as const)
    it(`(${status}) is asked again when it wants to be`, async test => {
      const busy = { status, headers: { 'retry-after': '0' } };
      const receiver = await receiverFor(test, busy, busy, { status: 200 });
      const { push, count } = startedFor(test, { endpoint: receiver.url });
      assert.equal(await push.flush(), true);
      assert.equal(receiver.bodies.length, 3);
      assert.equal(receiver.connections, 1, 'all over one connection');
      assert.equal(count('failures_total', ',reason="unavailable"'), 0);
    });

  it('is not asked again before it wants to be, not by the next push either', async test => {
    const receiver = await receiverFor(
      test,
      { status: 429, headers: { 'retry-after': '3600' } },
      { status: 200 },
    );
    const { push, count } = startedFor(test, { endpoint: receiver.url });
    assert.equal(await push.flush(), false);
    assert.equal(await push.flush(), false);
    assert.equal(receiver.bodies.length, 1);
    assert.equal(count('failures_total', ',reason="unavailable"'), 1);
  });
});

describe('a receiver that refuses', () => {
  it('is not asked again for the same, and the next push goes', async test => {
    const receiver = await receiverFor(test, { status: 400, body: 'no' }, { status: 200 });
    const { push, count } = startedFor(test, { endpoint: receiver.url, temporality: 'delta' });
    assert.equal(await push.flush(), false);
    assert.equal(receiver.bodies.length, 1);
    assert.equal(count('failures_total', ',reason="rejected"'), 1);
    assert.equal(await push.flush(), true);
    assert.deepEqual(valuesIn(receiver), [5, 5], 'nothing is lost');
    assert.deepEqual([push.status().breaker, push.status().lastFailure], ['closed', undefined]);
  });

  it('is told of in its own words, without what it was sent as a secret', async test => {
    const warnings = warningsFor(test);
    const body = 'no tenant for token-1,\r\nBearer token-1 or \u001B[2Jpassword';
    const receiver = await receiverFor(test, { status: 401, body });
    const endpoint = receiver.url.replace('//', '//name:password@');
    const { push } = startedFor(test, { endpoint, headers: { 'x-token': 'Bearer token-1' } });
    assert.equal(await push.flush(), false);
    // A warning is given in a later turn.
    await loopTurn();
    assert.equal(warnings.length, 1);
    const { message } = warnings[0]!;
    assert.match(message, /: it refuses them \(HTTP 401: no tenant for \*\*\*, \*\*\* or \[2J\*\*\*\); /);
    assert.doesNotMatch(message, /token-1|password/);
  });

  it('a part is told of once, in its own words, and not sent that part again', async test => {
    const warnings = warningsFor(test);
    const body = JSON.stringify({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: 'name is too long' },
    });
    const receiver = await receiverFor(test, {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body,
    });
    const { push, registry, count } = startedFor(test, { endpoint: receiver.url, temporality: 'delta' });
    assert.equal(await push.flush(), true);
    registry.counter({ name: 'c_total', help: 'C.' }).inc(1);
    assert.equal(await push.flush(), true);
    assert.equal(count('dropped_items_total', ',reason="rejected"'), 4);
    assert.deepEqual(valuesIn(receiver), [5, 1]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!.message, /without 2 of its data points; it says: name is too long/);
  });
});

describe('a receiver that never answers', () => {
  it('is given up, one request for a push, and then left alone', async test => {
    const receiver = await receiverFor(test, 'silence');
    const { push, count } = startedFor(test, {
      endpoint: receiver.url,
      timeoutMs: 100,
      pointsMax: 5,
      breaker: { failuresMax: 1, openMs: LONG_MS },
    });
    assert.equal(await push.flush(), false);
    assert.equal(receiver.bodies.length, 1, 'the other requests are not tried');
    assert.equal(count('failures_total', ',reason="timeout"'), 1);
    assert.equal(push.status().breaker, 'open');
  });

  it('is given up when the time of the push is over', async test => {
    const receiver = await receiverFor(test, 'silence');
    const { push, count } = startedFor(test, {
      endpoint: receiver.url,
      timeoutMs: LONG_MS,
      exportTimeoutMs: 100,
    });
    assert.equal(await push.flush(), false);
    assert.equal(count('failures_total', ',reason="timeout"'), 1);
  });

  it('holds up neither a recording, nor a scrape, nor a shutdown', async test => {
    const receiver = await receiverFor(test, 'silence');
    const { push, registry, count } = startedFor(test, {
      endpoint: receiver.url,
      timeoutMs: LONG_MS,
      exportTimeoutMs: LONG_MS,
      shutdownTimeoutMs: 30,
    });
    const flushed = push.flush();
    await once(receiver, 'received');
    assert.equal(push.status().isPushing, true);
    registry.counter({ name: 'c_total', help: 'C.' }).inc(1);
    assert.match(await registry.metrics(), /c_total 6/);
    await push.shutdown();
    assert.equal(await flushed, false);
    assert.equal(receiver.bodies.length, 1);
    assert.ok(count('dropped_items_total', ',reason="shutdown"') > 10);
    assert.equal(count('failures_total', ',reason="timeout"'), 0);
  });
});

describe('a process that pushes', () => {
  const entry = (name: string): string => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href);
  const start = (program: string, env: NodeJS.ProcessEnv = {}) => {
    const options = { env: { ...process.env, ...env } };
    return promisify(execFile)(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { startMetricsPush } from ${entry('otel/index.js')};
       ${program}`,
      ],
      options,
    );
  };
  const run = async (program: string, env?: NodeJS.ProcessEnv): Promise<string> =>
    (await start(program, env)).stdout.trim();

  it('ends by itself, also while a push is unanswered', async test => {
    const receiver = await receiverFor(test, 'silence');
    const config = `{ endpoint: '${receiver.url}', intervalMs: 1, timeoutMs: ${LONG_MS}, exportTimeoutMs: ${LONG_MS} }`;
    // Until its input ends, that keeps it alive.
    const running = start(`startMetricsPush(${config}); process.stdin.resume();`);
    await once(receiver, 'received');
    running.child.stdin!.end();
    await running;
    assert.equal(receiver.bodies.length, 1);
  });

  it('ends after a flush and a shutdown that it has waited for, which have pushed', async test => {
    const receiver = await receiverFor(test, { status: 200 });
    const printed = await run(`
      const push = startMetricsPush({ endpoint: '${receiver.url}' });
      const isDone = await push.flush();
      await push.shutdown();
      console.log(isDone, push.status().lastFailure);`);
    assert.equal(printed, 'true undefined');
    assert.equal(receiver.bodies.length, 2);
  });

  it('pushes over HTTPS to a receiver whose certificate it knows, and to no other', async test => {
    const receiver = await MetricsReceiver.start({ key: KEY, cert: CERTIFICATE });
    const folder = await mkdtemp(join(tmpdir(), 'metrics-push-'));
    test.after(async () => {
      await receiver.close();
      await rm(folder, { recursive: true });
    });
    const file = join(folder, 'certificate.pem');
    await writeFile(file, CERTIFICATE);
    const program = `
      const push = startMetricsPush({ endpoint: '${receiver.url}', timeoutMs: 1000, shutdownTimeoutMs: 0 });
      process.on('warning', ({ message }) => console.log(/\\((\\w+)\\)/.exec(message)?.[1]));
      console.log(await push.flush(), push.status().lastFailure);
      await push.shutdown();`;
    assert.equal(await run(program), 'false connection\nDEPTH_ZERO_SELF_SIGNED_CERT');
    assert.equal(receiver.bodies.length, 0);
    assert.equal(await run(program, { NODE_EXTRA_CA_CERTS: file }), 'true undefined');
    assert.ok(receiver.bodies.length >= 1);
  });

  it('waits for the shutdown until its deadline, where nobody answers', async test => {
    const receiver = await receiverFor(test, 'silence');
    const printed = await run(`
      const push = startMetricsPush({ endpoint: '${receiver.url}', shutdownTimeoutMs: 200 });
      await push.shutdown();
      console.log('shut down');`);
    assert.equal(printed, 'shut down');
    assert.equal(receiver.bodies.length, 1);
  });
});
