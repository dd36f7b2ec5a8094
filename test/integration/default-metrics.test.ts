/** Default metrics over real threads: what belongs to the process is there once, what belongs to a thread ends with it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Registry, collectDefaultMetrics } from '../../src/index.js';
import type { Rendering, ThreadMetrics } from '../../src/index.js';
import { samplesOf, textOf } from '../unit/runtime/collecting.js';
import type { Command, DefaultMetricsSetup } from './default-metrics-worker.js';

process.removeAllListeners('warning');

const LONG_MS = 60_000;
const LIMITS = { timeout: 50_000 };
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LAG = 'nodejs_eventloop_lag_seconds';

class MetricsWorker {
  readonly worker: Worker;
  readonly gate = new Int32Array(new SharedArrayBuffer(4));

  constructor(test: TestContext, registry: Registry, threads?: ThreadMetrics) {
    const workerData: DefaultMetricsSetup = { token: registry.share(), threads, gate: this.gate };
    this.worker = new Worker(new URL('./default-metrics-worker.js', import.meta.url), { workerData });
    this.worker.on('error', () => undefined);
    test.after(() => this.worker.terminate());
  }

  ready(): Promise<unknown> {
    return once(this.worker, 'message');
  }

  async ask(command: Command): Promise<void> {
    const answered = once(this.worker, 'message');
    this.worker.postMessage(command);
    await answered;
  }

  async end(how: 'return' | 'throw' | 'terminate'): Promise<void> {
    // Not once(), which is rejected by an error that the worker ends with.
    const ended = new Promise(resolve => this.worker.once('exit', resolve));
    if (how === 'terminate') void this.worker.terminate();
    else this.worker.postMessage(how satisfies Command);
    await ended;
  }

  /** Lets a blocked worker go on. */
  open(): void {
    Atomics.store(this.gate, 0, 1);
    Atomics.notify(this.gate, 0);
  }
}

interface Threads {
  readonly registry: Registry;
  readonly workers: MetricsWorker[];
  /** A scrape that waits for every thread. */
  scrape(): Promise<Record<string, number>>;
}

async function startThreads(
  test: TestContext,
  count: number,
  { threads, inMain = true }: { readonly threads?: ThreadMetrics; readonly inMain?: boolean } = {},
): Promise<Threads> {
  const registry = new Registry();
  test.after(() => registry.close());
  if (inMain) {
    const handle = collectDefaultMetrics({ register: registry, threads });
    test.after(() => handle.stop());
  }
  const workers = Array.from({ length: count }, () => new MetricsWorker(test, registry, threads));
  await Promise.all(workers.map(worker => worker.ready()));
  const scrape = async (): Promise<Record<string, number>> =>
    samplesOf(await registry.metrics({ collectTimeoutMs: LONG_MS }));
  // A loop that has just begun has no delay yet.
  if (threads === 'label') while (countOf(await scrape(), LAG) < count + Number(inMain)) await turn(1);
  return { registry, workers, scrape };
}

function countOf(samples: Record<string, number>, name: string): number {
  return Object.keys(samples).filter(sample => sample.startsWith(`${name}{`)).length;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

describe('the process, of which five threads collect the metrics', LIMITS, () => {
  it('is there once: memory, descriptors and CPU time are those of the process', async test => {
    const { scrape, workers } = await startThreads(test, 4);
    await workers[0]!.ask('burn');
    const before = cpuSeconds();
    const samples = await scrape();
    const after = cpuSeconds();
    const cpu = samples['process_cpu_seconds_total']!;
    assert.ok(cpu >= before && cpu <= after, `${before} <= ${cpu} <= ${after}`);
    const resident = samples['process_resident_memory_bytes']!;
    const now = process.memoryUsage.rss();
    assert.ok(Math.abs(resident / now - 1) < 0.3, `${resident} of ${now}`);
    const series = Object.keys(samples).filter(name => name.startsWith('process_'));
    assert.equal(new Set(series).size, series.length);
    assert.ok(series.every(name => !name.includes('{')));
    if (process.platform === 'linux') assert.ok(samples['process_threads']! >= 5);
  });

  it('is shown by the threads that are left when the one that began it ends, whatever way', async test => {
    const { scrape, workers } = await startThreads(test, 4, { inMain: false });
    let last = (await scrape())['process_cpu_seconds_total']!;
    for (const [index, how] of (['terminate', 'throw', 'return'] as const).entries()) {
      await workers[index]!.end(how);
      await workers[3]!.ask('burn');
      const before = cpuSeconds();
      const cpu = (await scrape())['process_cpu_seconds_total']!;
      assert.ok(cpu >= last && cpu >= before, `${how}: ${last} <= ${cpu}, ${before} <= ${cpu}`);
      last = cpu;
    }
    await workers[3]!.end('terminate');
    const samples = await scrape();
    assert.equal(samples['process_cpu_seconds_total'], last, 'nobody is left to read it');
  });

  it('is shown while a thread that collects it is blocked', async test => {
    const { registry, workers } = await startThreads(test, 2);
    await workers[0]!.ask('block');
    await workers[1]!.ask('burn');
    const before = cpuSeconds();
    const blocked = [workers[0]!.worker.threadId];
    let rendering: Rendering;
    // On a busy machine others are late too, until they have answered.
    do rendering = await registry.render({ collectTimeoutMs: 100 });
    while (rendering.late.length > blocked.length);
    assert.deepEqual(
      rendering.late.map(({ threadId }) => threadId),
      blocked,
    );
    const samples = samplesOf(Buffer.from(rendering.body).toString());
    assert.ok(samples['process_cpu_seconds_total']! >= before);
    workers[0]!.open();
  });
});

describe('the threads of a process', LIMITS, () => {
  it('have a value each, with the label thread, when that is asked for', async test => {
    const { scrape, workers } = await startThreads(test, 4, { threads: 'label' });
    const samples = await scrape();
    const ids = [0, ...workers.map(({ worker }) => worker.threadId)];
    for (const name of [LAG, 'nodejs_heap_size_used_bytes', 'nodejs_eventloop_utilization_ratio'])
      for (const id of ids) assert.ok(`${name}{thread="${id}"}` in samples, `${name} of ${id}`);
    for (const id of ids)
      assert.ok(samples[`nodejs_eventloop_time_seconds_total{state="active",thread="${id}"}`]! > 0);
  });

  it('have one value together by default, without a label', async test => {
    const { scrape, workers } = await startThreads(test, 3);
    const samples = await scrape();
    const heap = samples['nodejs_heap_size_used_bytes']!;
    const own = process.memoryUsage().heapUsed;
    assert.ok(heap > own, `${heap} of four heaps, this one has ${own}`);
    assert.equal(Object.keys(samples).filter(name => name.includes('thread')).length, 1, 'process_threads');
    const idle = samples['nodejs_eventloop_time_seconds_total{state="idle"}']!;
    assert.ok(idle > 0 && workers.length === 3);
  });

  it('take their gauges with them, and leave what they have counted, whatever way they end', async test => {
    const { scrape, workers } = await startThreads(test, 3, { threads: 'label' });
    await Promise.all(workers.map(worker => worker.ask('burn')));
    const before = await scrape();
    for (const [index, how] of (['terminate', 'throw', 'return'] as const).entries()) {
      const { threadId } = workers[index]!.worker;
      await workers[index]!.end(how);
      const after = await scrape();
      assert.ok(`${LAG}{thread="${threadId}"}` in before && !(`${LAG}{thread="${threadId}"}` in after), how);
      const active = `nodejs_eventloop_time_seconds_total{state="active",thread="${threadId}"}`;
      assert.ok(after[active]! >= before[active]!, how);
      if (how === 'return') assert.ok(after[active]! > before[active]!, 'it has counted up to its end');
    }
    assert.ok(`${LAG}{thread="0"}` in (await scrape()));
  });

  it('stop one by one', async test => {
    const { registry, scrape, workers } = await startThreads(test, 2, { threads: 'label' });
    const [stopped, other] = workers.map(({ worker }) => worker.threadId);
    await scrape();
    await workers[0]!.ask('stop');
    const samples = await scrape();
    assert.ok(!(`${LAG}{thread="${stopped}"}` in samples) && `${LAG}{thread="${other}"}` in samples);
    const callbacks = registry.threads().filter(thread => thread.hasCollectCallbacks);
    const ids = callbacks.map(({ threadId }) => threadId);
    assert.deepEqual(new Set(ids), new Set([0, other]));
  });

  it('show their last values while they are blocked', async test => {
    const { registry, scrape, workers } = await startThreads(test, 1, { threads: 'label' });
    await scrape();
    const sample = `${LAG}{thread="${workers[0]!.worker.threadId}"}`;
    await workers[0]!.ask('block');
    const before = samplesOf(textOf(registry))[sample];
    const { late } = await registry.render({ collectTimeoutMs: 50 });
    assert.equal(late.length, 1);
    assert.equal(samplesOf(textOf(registry))[sample], before);
    workers[0]!.open();
  });
});

describe('a program with threadtally/defaults', LIMITS, () => {
  const MAIN = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const workers = [1, 2].map(() => new Worker(new URL('./worker.js', import.meta.url)));
    await Promise.all(workers.map(worker => once(worker, 'message')));
    const { register } = await import('threadtally');
    const collecting = () => register.threads().filter(thread => thread.hasCollectCallbacks).length;
    while (collecting() < 3) await new Promise(resolve => setTimeout(resolve, 1));
    console.log(await register.metrics({ collectTimeoutMs: 30_000 }));
    console.error(JSON.stringify({ threads: register.threads(), cpu: process.cpuUsage() }));
    process.exit();
  `;
  const WORKER = `
    import { parentPort } from 'node:worker_threads';
    setInterval(() => {}, 1_000);
    parentPort.postMessage('ready');
  `;

  async function runProgram(
    test: TestContext,
    { main = MAIN, worker = WORKER, flags = [] as string[] },
  ): Promise<{ samples: Record<string, number>; said: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'threadtally-defaults-'));
    test.after(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'threadtally'), 'junction');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(folder, 'main.js'), main);
    await writeFile(join(folder, 'worker.js'), worker);
    const options = { cwd: folder, timeout: 40_000 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, 'main.js'], options);
    return { samples: samplesOf(stdout), said: stderr };
  }

  function checkThreeThreads(samples: Record<string, number>, said: string): void {
    const { threads, cpu } = JSON.parse(said) as {
      threads: { hasCollectCallbacks: boolean }[];
      cpu: NodeJS.CpuUsage;
    };
    assert.deepEqual(
      threads.map(({ hasCollectCallbacks }) => hasCollectCallbacks),
      [true, true, true],
    );
    const shown = samples['process_cpu_seconds_total']!;
    assert.ok(shown > 0 && shown <= (cpu.user + cpu.system) / 1e6, `${shown}`);
  }

  it('collects in every thread when it is started with --import', async test => {
    const { samples, said } = await runProgram(test, { flags: ['--import', 'threadtally/defaults'] });
    checkThreeThreads(samples, said);
  });

  it('collects in the threads that import it', async test => {
    const load = "import 'threadtally/defaults';\n";
    const { samples, said } = await runProgram(test, { main: load + MAIN, worker: load + WORKER });
    checkThreeThreads(samples, said);
  });

  it('does not keep a program alive', async test => {
    const collecting = "import 'threadtally/defaults';";
    assert.deepEqual(await runProgram(test, { main: collecting }), { samples: {}, said: '' });
  });
});

describe('beside prom-client and its successor', LIMITS, () => {
  interface Peer {
    readonly Registry: new () => { metrics(): Promise<string>; clear(): void };
    readonly collectDefaultMetrics: (config: object) => void;
  }

  const OPTIONS = { prefix: 'app_', labels: { zone: 'a', rack: 7 }, gcDurationBuckets: [0.01, 1] };
  /** What they do not have. */
  const OURS = [
    'app_nodejs_eventloop_time_seconds_total',
    'app_nodejs_eventloop_utilization_ratio',
    'app_process_network_receive_bytes_total',
    'app_process_network_transmit_bytes_total',
    'app_process_threads',
    'app_process_virtual_memory_max_bytes',
  ];

  /** HELP and TYPE by family. */
  function headsOf(text: string): Map<string, string[]> {
    const heads = new Map<string, string[]>();
    for (const [line, name] of text.matchAll(/^# (?:HELP|TYPE) (\S+) .*$/gm))
      heads.set(name!, [...(heads.get(name!) ?? []), line]);
    return heads;
  }

  /** Label names by sample name; types of what is active depend on the moment. */
  function labelNamesOf(text: string): Map<string, string> {
    const found = [...text.matchAll(/^(\w+)\{([^}]*)\} /gm)].filter(
      ([, name]) => !name!.includes('_active_'),
    );
    return new Map(found.map(([, name, labels]) => [name!, labels!.replaceAll(/="[^"]*"/g, '')]));
  }

  async function textsOf(
    test: TestContext,
    name: string,
    options: object,
  ): Promise<[ours: string, theirs: string]> {
    const peer = createRequire(import.meta.url)(name) as Peer;
    const theirs = new peer.Registry();
    const ours = new Registry();
    test.after(() => ours.close());
    peer.collectDefaultMetrics({ register: theirs, ...OPTIONS, ...options });
    const handle = collectDefaultMetrics({ register: ours, ...OPTIONS, ...options });
    test.after(() => handle.stop());
    // A loop that has just begun has no delay yet.
    while (countOf(samplesOf(await ours.metrics()), `app_${LAG}`) === 0) await turn(1);
    return [await ours.metrics(), await theirs.metrics()];
  }

  for (const [name, options] of [
    ['prom-client', {}],
    ['@prometheus-io/client', { eventLoopUtilizationTimeout: 1_000 }],
  ] as const) {
    it(`has the families of ${name} with the same help, type and labels`, async test => {
      const [ours, theirs] = await textsOf(test, name, options);
      const [own, old] = [headsOf(ours), headsOf(theirs)];
      for (const [family, lines] of old) assert.deepEqual(own.get(family), lines, family);
      const added = [...own.keys()].filter(family => !old.has(family)).sort();
      assert.deepEqual(process.platform === 'linux' ? added : OURS, OURS);
      const [ownLabels, oldLabels] = [labelNamesOf(ours), labelNamesOf(theirs)];
      let compared = 0;
      for (const [sample, labels] of oldLabels) {
        // Garbage need not have been collected meanwhile.
        if (!ownLabels.has(sample) && sample.includes('_gc_')) continue;
        assert.equal(ownLabels.get(sample), labels, sample);
        compared++;
      }
      assert.ok(compared > 20, `${compared} samples`);
    });
  }
});
