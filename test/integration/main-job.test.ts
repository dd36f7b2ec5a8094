import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { register } from '../../src/index.js';
import type { LlmEvent } from '../../workers/event.js';
import { parseOptions } from '../../workers/options.js';
import type { WindowResult } from '../../workers/pipeline/model-windows.js';
import { eventDrivenSamples, samplesOf } from '../unit/workers/samples.js';
import { csvOf, generateEvents, jsonLinesOf } from './job-inputs.js';
import { JobProcess, runInProcess } from './job-process.js';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const RECEIVED = 'stream_processor_events_received_total{event_type="llm_call"}';
const SERVING = 'serving the metrics until Ctrl-C';
const WORKER_COUNTS = ['1', '2', '5'];

/** Real traces are no part of the project; whoever has them beside it runs this as well. */
const TRACE_FOLDER = join(import.meta.dirname, '../../../../shared/data');
const TRACES = [
  {
    name: 'AzureLLMInferenceTrace_conv',
    events: 19_366,
    contextTokens: 22_361_870,
    generatedTokens: 4_088_665,
  },
  { name: 'AzureLLMInferenceTrace_code', events: 8_819, contextTokens: 18_059_974, generatedTokens: 245_896 },
];

function start(context: TestContext, ...args: string[]): JobProcess {
  const job = new JobProcess(['--port', '0', ...args]);
  context.after(() => job.kill());
  return job;
}

/** Starts a job, waits until the input is through, scrapes, and stops it. */
async function scrapeWhenDone(context: TestContext, ...args: string[]): Promise<string> {
  const job = start(context, ...args);
  await job.says(SERVING);
  const text = await job.scrape();
  job.signal('SIGINT');
  assert.equal((await job.exit()).status, 0);
  return text;
}

/** Each answer of the job is the handshake for the next look; the test runner's timeout ends it. */
async function scrapeUntil(
  job: JobProcess,
  isThere: (samples: Map<string, number>) => boolean,
): Promise<void> {
  while (!isThere(samplesOf(await job.scrape()))) continue;
}

function sumOf(samples: Map<string, number>, prefix: string): number {
  return [...samples].reduce((sum, [series, value]) => (series.startsWith(prefix) ? sum + value : sum), 0);
}

describe('main job', () => {
  let folder = '';
  let events: LlmEvent[] = [];
  const fileOf = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threadtally-'));
    events = await generateEvents(6_000);
    await writeFile(fileOf('calls.csv'), csvOf(events));
    await writeFile(fileOf('calls.jsonl'), jsonLinesOf(events));
  });

  after(() => rm(folder, { recursive: true }));

  it('serves exactly the totals of a file when it is through, and ends with status 0 on Ctrl-C', async context => {
    const samples = samplesOf(
      await scrapeWhenDone(context, '--input', fileOf('calls.csv'), '--workers', '2'),
    );
    const sum = (pick: (event: LlmEvent) => number): number =>
      events.reduce((total, event) => total + pick(event), 0);
    assert.equal(samples.get(RECEIVED), events.length);
    assert.equal(
      samples.get('llm_tokens_consumed_total{model="calls",token_type="input"}'),
      sum(event => event.contextTokens),
    );
    assert.equal(
      samples.get('llm_tokens_consumed_total{model="calls",token_type="output"}'),
      sum(event => event.generatedTokens),
    );
  });

  for (const name of ['calls.csv', 'calls.jsonl']) {
    it(`counts everything in ${name} the same for ${WORKER_COUNTS.join(', ')} workers`, async context => {
      const [first, ...others] = await Promise.all(
        WORKER_COUNTS.map(async count =>
          eventDrivenSamples(await scrapeWhenDone(context, '--input', fileOf(name), '--workers', count)),
        ),
      );
      assert.ok(first.size > 100);
      assert.ok(sumOf(first, 'stream_processor_late_events_total') > 0);
      for (const other of others) assert.deepEqual(other, first);
    });
  }

  it('filters the copies in JSON lines by their ids', async context => {
    const samples = samplesOf(
      await scrapeWhenDone(context, '--input', fileOf('calls.jsonl'), '--workers', '3'),
    );
    const distinct = new Map(events.map(event => [event.id, event]));
    assert.equal(samples.get('dedup_duplicates_found_total'), events.length - distinct.size);
    assert.equal(sumOf(samples, 'llm_requests_total'), distinct.size);
    const contextTokens = [...distinct.values()].reduce((total, event) => total + event.contextTokens, 0);
    assert.equal(
      samples.get('llm_tokens_consumed_total{model="synthetic-code",token_type="input"}')! +
        samples.get('llm_tokens_consumed_total{model="synthetic-conversation",token_type="input"}')!,
      contextTokens,
    );
  });

  it('writes the same windows for any number of workers, with each on-time event in them', async context => {
    const outputs = await Promise.all(
      WORKER_COUNTS.map(async count => {
        const output = fileOf(`windows-${count}.jsonl`);
        const job = start(
          context,
          '--input',
          fileOf('calls.csv'),
          '--workers',
          count,
          '--output',
          output,
          '--exit-when-done',
        );
        const { status, stderr } = await job.exit();
        assert.equal(status, 0);
        const lateCount = Number(/late events +(\d+)/.exec(stderr)?.[1]);
        return { lateCount, lines: (await readFile(output, 'utf8')).trimEnd().split('\n').sort() };
      }),
    );
    assert.deepEqual(outputs[1], outputs[0]);
    assert.deepEqual(outputs[2], outputs[0]);
    const [{ lateCount, lines }] = outputs;
    const windows = lines.map(line => JSON.parse(line) as WindowResult);
    const countOf = (type: string): number =>
      windows.filter(({ windowType }) => windowType === type).reduce((total, { count }) => total + count, 0);
    assert.equal(countOf('sliding'), 6 * countOf('tumbling'));
    assert.equal(countOf('session'), countOf('tumbling'));
    assert.ok(lateCount > 0);
    assert.equal(countOf('tumbling'), events.length - lateCount);
  });

  it('ends by itself with a summary, after malformed rows that it reports with their place', async context => {
    const file = fileOf('broken.csv');
    await writeFile(
      file,
      `${HEADER}\n2024-01-01 00:00:00,10,1\noops\n2024-01-01 00:00:01,x,1\n2024-01-01 00:00:02,20,2`,
    );
    const job = start(context, '--input', file, '--workers', '2', '--exit-when-done');
    const { status, stdout, stderr } = await job.exit();
    assert.equal(status, 0);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/metrics\n$/);
    assert.ok(stderr.includes(`${file}:3: skipped, column_count: `), stderr);
    assert.ok(stderr.includes(`${file}:4: skipped, bad_context_tokens: "x" is no token count`), stderr);
    assert.match(stderr, /events +2\n/);
    assert.match(stderr, /context tokens +30\n/);
    assert.match(stderr, /malformed rows +2 \(column_count 1, bad_context_tokens 1\)\n/);
  });

  it('counts malformed rows by reason', async context => {
    const file = fileOf('broken.jsonl');
    await writeFile(file, '{"timestamp":0,"context_tokens":1,"generated_tokens":1}\n{}\n{\n{\n');
    const samples = samplesOf(await scrapeWhenDone(context, '--input', file));
    assert.equal(samples.get('stream_processor_malformed_rows_total{reason="bad_timestamp"}'), 1);
    assert.equal(samples.get('stream_processor_malformed_rows_total{reason="bad_json"}'), 2);
    assert.equal(samples.get('stream_processor_errors_total{error_type="malformed_row"}'), 3);
  });

  it('processes what standard input has given so far, and stops while it waits for more', async context => {
    const job = start(context, '--input', '-', '--workers', '2');
    job.stdin.write(`${HEADER}\n2024-01-01 00:00:00,10,1\n2024-01-01 00:00:01,20,2\n`);
    await scrapeUntil(job, samples => samples.get(RECEIVED) === 2);
    job.signal('SIGTERM');
    const { status, stderr } = await job.exit();
    assert.equal(status, 0);
    assert.match(stderr, /stopped: stdin\n {2}events +2\n/);
  });

  it('generates the same for the same seed, for any number of workers', async context => {
    const args = ['--events', '3000', '--seed', '5', '--disorder', '0.05', '--speed', 'max'];
    const [one, three] = await Promise.all(
      ['1', '3'].map(async count =>
        eventDrivenSamples(await scrapeWhenDone(context, ...args, '--workers', count)),
      ),
    );
    assert.deepEqual(three, one);
    assert.equal(sumOf(one, 'stream_processor_events_received_total'), 3_000);
    assert.ok(sumOf(one, 'dedup_duplicates_found_total') > 0);
  });

  it('stops an endless run on a signal: closes its windows, says what it did, ends with status 0', async context => {
    const job = start(context, '--rate', '1000', '--workers', '2');
    await scrapeUntil(job, samples => (samples.get(RECEIVED) ?? 0) > 0);
    job.signal('SIGINT');
    const { status, stderr } = await job.exit();
    assert.equal(status, 0);
    assert.match(stderr, /SIGINT: stopping/);
    assert.match(stderr, /stopped: generator, seed 1\n/);
    assert.match(stderr, /closed windows +[1-9]/);
  });

  const otherSystem = process.platform !== 'linux' && 'only Linux has nice values of threads';
  it('lets its workers give way to the thread that serves', { skip: otherSystem }, async context => {
    const job = start(context, '--workers', '3', '--events', '500', '--speed', 'max');
    await job.says('done:');
    const values = job.niceValues();
    assert.deepEqual(values.filter(nice => nice !== 0).length, 3);
    assert.equal(values[0], 0);
    job.signal('SIGTERM');
    await job.exit();
  });

  it('is ready while it runs', async context => {
    const job = start(context, '--workers', '2');
    const ready = new URL('/ready', await job.url());
    while ((await fetch(ready)).status !== 200) await job.scrape();
    job.signal('SIGTERM');
    assert.equal((await job.exit()).status, 0);
  });

  it('ends with status 1 and a reason when the input cannot be read', async context => {
    for (const [file, reason] of [
      [fileOf('missing.csv'), 'ENOENT'],
      [folder, 'it is a directory'],
    ]) {
      const { status, stdout, stderr } = await start(context, '--input', file).exit();
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.ok(stderr.startsWith(`error: cannot read ${file}: ${reason}`), stderr);
    }
    const file = fileOf('header.csv');
    await writeFile(file, 'a,b\n1,2\n');
    const { status, stderr } = await start(context, '--input', file).exit();
    assert.equal(status, 1);
    assert.ok(stderr.includes(`error: ${file}:1: the header is "a,b"; expected the columns`), stderr);
  });

  it('ends with status 1 when the port is taken, and names it', async context => {
    const server = createServer().listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const job = new JobProcess(['--port', String(address.port)]);
    context.after(() => job.kill());
    const { status, stdout, stderr } = await job.exit();
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`error: .*${address.port}`));
  });

  it('lists every bad option and ends with status 1, and helps with status 0', async context => {
    const wrong = await start(context, '--workers', '99', '--speed', 'fast').exit();
    assert.equal(wrong.status, 1);
    assert.equal(wrong.stderr.split('\n').filter(line => line.startsWith('error: --')).length, 2);
    const help = await start(context, '--help').exit();
    assert.equal(help.status, 0);
    assert.match(help.stdout, /--input FILE/);
  });

  it('reports a worker that crashes and ends with status 1 instead of waiting for it', async () => {
    const parsed = parseOptions(['--port', '0', '--workers', '2', '--input', fileOf('calls.csv')]);
    assert.ok(parsed.kind === 'run');
    const { status, stderr } = await runInProcess(parsed.options, './crashing-processor.js');
    assert.equal(status, 1);
    assert.match(stderr, /error: worker \d ended unexpectedly: Error: planted bug/);
    const samples = samplesOf(await register.metrics());
    assert.equal(samples.get('stream_processor_errors_total{error_type="worker"}'), 1);
  });

  it('passes the check of promtool', async context => {
    if (spawnSync('promtool', ['--version']).error !== undefined) {
      context.skip('promtool is not installed');
      return;
    }
    const text = await scrapeWhenDone(context, '--input', fileOf('calls.jsonl'));
    const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(check.status, 0, check.stderr + check.stdout);
  });

  for (const trace of TRACES) {
    const file = join(TRACE_FOLDER, `${trace.name}.csv`);
    const skip = existsSync(file) ? false : `${trace.name}.csv is not in ../shared/data`;
    it(`counts ${trace.name} exactly, with ${WORKER_COUNTS.join(', ')} workers`, { skip }, async context => {
      for (const workers of WORKER_COUNTS) {
        const samples = samplesOf(await scrapeWhenDone(context, '--input', file, '--workers', workers));
        const tokens = (type: string): number | undefined =>
          samples.get(`llm_tokens_consumed_total{model="${trace.name}",token_type="${type}"}`);
        assert.equal(samples.get(RECEIVED), trace.events);
        assert.equal(tokens('input'), trace.contextTokens);
        assert.equal(tokens('output'), trace.generatedTokens);
      }
    });
  }
});
