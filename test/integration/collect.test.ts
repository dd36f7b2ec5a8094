/** Collect callbacks over real workers: where they run, who is waited for, and for how long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { Registry, register } from '../../src/index.js';
import type { RegistryOptions, Rendering } from '../../src/index.js';
import { CollectWorker } from './collect-worker-host.js';
import type { Command, Manner } from './collect-worker.js';
import { copyOfPackage } from './package-copy.js';
import { PACKAGE_URL } from './registry-worker-host.js';
import { ChildProgram } from './server-child-process.js';
import { rawRequest } from './server-raw-client.js';
import { describeBothTransports, startServer } from './server-transports.js';

process.removeAllListeners('warning');

/** Longer than the tests may take: a scrape that ends has not ended because of it. */
const LONG_MS = 60_000;
const LIMITS = { timeout: 50_000 };

function newRegistry(test: TestContext, options: RegistryOptions = {}): Registry {
  const registry = new Registry(options);
  test.after(() => registry.close());
  return registry;
}

async function newWorker(test: TestContext, registry: Registry, manner: Manner): Promise<CollectWorker> {
  const worker = new CollectWorker(test, { token: registry.share() });
  await worker.ask({ do: 'define', manner });
  return worker;
}

function textOf({ body }: Pick<Rendering, 'body'>): string {
  return Buffer.from(body).toString();
}

function valueIn(text: string, sample: string): number | undefined {
  const line = text.split('\n').find(one => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

function runsOf(
  rendering: Rendering,
  { threadId: thread }: { readonly threadId: number },
): number | undefined {
  return valueIn(textOf(rendering), `runs{thread="${thread}"}`);
}

describe('a scrape of the main thread', LIMITS, () => {
  it('runs the callback of each worker in that worker', async test => {
    const registry = newRegistry(test);
    const workers = await Promise.all(
      (['return', 'await', 'return'] as const).map(manner => newWorker(test, registry, manner)),
    );
    for (const expected of [1, 2]) {
      const rendering = await registry.render({ collectTimeoutMs: LONG_MS });
      assert.deepEqual(rendering.late, []);
      for (const worker of workers) {
        const sample = `ran_in{thread="${worker.threadId}"}`;
        assert.equal(valueIn(textOf(rendering), sample), worker.threadId);
        assert.equal(runsOf(rendering, worker), expected);
      }
    }
  });

  it('runs those of workers of workers', async test => {
    const registry = newRegistry(test);
    const outer = await newWorker(test, registry, 'return');
    const innerId = (await outer.ask({ do: 'nest' })) as number;
    const rendering = await registry.render({ collectTimeoutMs: LONG_MS });
    assert.deepEqual(
      [outer.threadId, innerId].map(thread => runsOf(rendering, { threadId: thread })),
      [1, 1],
    );
  });

  it('runs those of both copies of the package in a thread', async test => {
    const registry = newRegistry(test);
    const packageUrls = [PACKAGE_URL, await copyOfPackage(test)];
    const worker = new CollectWorker(test, { token: registry.share(), packageUrls });
    await worker.ask({ do: 'define', manner: 'return' });
    const text = await registry.metrics({ collectTimeoutMs: LONG_MS });
    const samples = ['runs', 'runs_1'].map(name => valueIn(text, `${name}{thread="${worker.threadId}"}`));
    assert.deepEqual(samples, [1, 1]);
    assert.equal(registry.threads().length, 2);
  });

  it('needs no wiring for the default registry', async test => {
    const worker = new CollectWorker(test);
    await worker.ask({ do: 'define', manner: 'return' });
    const rendering = await register.render({ collectTimeoutMs: LONG_MS });
    assert.equal(runsOf(rendering, worker), 1);
  });

  it('does not run those of a metric that was removed, or of a registry that was closed, and waits for neither', async test => {
    const registry = newRegistry(test);
    for (const command of ['removeAll', 'close'] as const) {
      const worker = await newWorker(test, registry, 'return');
      assert.equal(
        registry.threads().find(one => one.threadId === worker.threadId)!.hasCollectCallbacks,
        true,
      );
      await worker.ask({ do: command });
      const { late } = await registry.render({ collectTimeoutMs: LONG_MS });
      assert.deepEqual([late, worker.begun], [[], 0]);
      await worker.end('terminate');
    }
  });

  it('shares the answers of a thread with scrapes of other threads at the same time', async test => {
    const registry = newRegistry(test);
    const workers = await Promise.all([1, 2, 3].map(() => newWorker(test, registry, 'await')));
    const rounds = 10;
    const scrapes = Array.from({ length: rounds }, () => [
      registry.render({ collectTimeoutMs: LONG_MS }),
      ...workers.map(worker => worker.scrape(LONG_MS)),
    ]).flat();
    for (const { late } of await Promise.all(scrapes)) assert.deepEqual(late, []);
    const last = await registry.render({ collectTimeoutMs: LONG_MS });
    for (const worker of workers) {
      const runs = runsOf(last, worker)!;
      assert.ok(runs >= 1 && runs <= scrapes.length + 1, `${runs} runs for ${scrapes.length + 1} scrapes`);
    }
  });
});

describe('a scrape of a worker', LIMITS, () => {
  it('runs the callbacks of the main thread and of the other workers, each where it belongs', async test => {
    const registry = newRegistry(test);
    const ranIn: number[] = [];
    registry.gauge({
      name: 'main_runs',
      help: 'Runs.',
      collect() {
        ranIn.push(threadId);
        this.inc();
      },
    });
    const [scraper, other] = await Promise.all([1, 2].map(() => newWorker(test, registry, 'return')));
    const { text, late } = await scraper!.scrape(LONG_MS);
    assert.deepEqual([ranIn, late], [[0], []]);
    const SAMPLES = ['main_runs', `runs{thread="${scraper!.threadId}"}`, `runs{thread="${other!.threadId}"}`];
    assert.deepEqual(
      SAMPLES.map(sample => valueIn(text, sample)),
      [1, 1, 1],
    );
  });

  it('runs those of the main thread although it has none of its own, and no definition', async test => {
    const registry = newRegistry(test);
    registry.gauge({
      name: 'main_runs',
      help: 'Runs.',
      collect() {
        this.inc();
      },
    });
    const scraper = new CollectWorker(test, { token: registry.share() });
    const { text } = await scraper.scrape(LONG_MS);
    assert.equal(valueIn(text, 'main_runs'), 1);
  });
});

describeBothTransports('a worker that is blocked', transport => {
  it(
    'is named, and its last values are served; it is waited for once, and again after it has answered',
    LIMITS,
    async test => {
      // Enough for the worker that is not blocked, on a busy machine too.
      const registry = newRegistry(test, { collectTimeoutMs: 1_000 });
      const server = await startServer(test, registry, { transport });
      const blocked = await newWorker(test, registry, 'return');
      const other = await newWorker(test, registry, 'return');
      assert.deepEqual((await registry.render({ collectTimeoutMs: LONG_MS })).late, []);
      await blocked.startBlocking();

      const first = await registry.render();
      assert.equal(blocked.isBlocked, true, 'the answer came while the worker was blocked');
      assert.deepEqual(
        first.late.map(late => [late.threadId, late.waitedMs > 0]),
        [[blocked.threadId, true]],
      );
      assert.deepEqual([runsOf(first, blocked), runsOf(first, other)], [1, 2]);
      const lateSample = `threadtally_collect_late_total{thread="${blocked.threadId}"}`;
      assert.equal(valueIn(textOf(first), lateSample), 1, 'the scrape that was late shows it');
      assert.equal(registry.threads().find(one => one.threadId === blocked.threadId)!.isCollectLate, true);

      // Would last longer than the test if it waited.
      const second = await registry.render({ collectTimeoutMs: LONG_MS });
      assert.deepEqual(
        second.late.map(late => [late.threadId, late.waitedMs]),
        [[blocked.threadId, 0]],
      );
      assert.equal(runsOf(second, other), 3, 'the others are waited for');
      const { status, headers, body } = await rawRequest(server.port, 'GET', '/metrics');
      assert.deepEqual([status, headers.get('x-collect-late-threads')], [200, String(blocked.threadId)]);
      assert.equal(valueIn(body.toString(), lateSample), 3);
      assert.equal(blocked.isBlocked, true);

      await blocked.release();
      let rendering = await registry.render();
      while (rendering.late.length > 0) rendering = await registry.render();
      assert.ok(runsOf(rendering, blocked)! >= 2);
      const { headers: after } = await rawRequest(server.port, 'GET', '/metrics');
      assert.equal(after.has('x-collect-late-threads'), false);
    },
  );
});

describe('a scrape of three workers, of which one has crashed and one is blocked', LIMITS, () => {
  it('shows all that the three have counted, while the one is still blocked', async test => {
    const registry = newRegistry(test, { collectTimeoutMs: 100 });
    const [crashed, blocked, live] = await Promise.all(
      (['return', 'return', 'return'] as const).map(manner => newWorker(test, registry, manner)),
    );
    const counted = [100, 20, 3];
    for (const [i, worker] of [crashed, blocked, live].entries())
      await worker!.ask({ do: 'count', events: counted[i]! });
    await crashed!.end({ do: 'crash' });
    await blocked!.startBlocking();
    for (const scrape of ['first', 'next']) {
      const rendering = await registry.render();
      assert.equal(valueIn(textOf(rendering), 'events_total'), 123, scrape);
      assert.deepEqual(
        rendering.late.map(late => late.threadId),
        [blocked!.threadId],
        scrape,
      );
    }
    assert.equal(blocked!.isBlocked, true, 'no scrape has waited for its end');
    await blocked!.release();
  });
});

describe('a worker that ends while it is waited for', LIMITS, () => {
  const ENDS: Readonly<Record<string, Command | 'terminate'>> = {
    'is terminated': 'terminate',
    'calls process.exit': { do: 'exit' },
    crashes: { do: 'crash' },
    'has nothing left to do': { do: 'return' },
  };
  for (const [how, end] of Object.entries(ENDS)) {
    it(`(it ${how}) is waited for no more, and is not late`, async test => {
      const registry = newRegistry(test);
      const worker = await newWorker(test, registry, 'never settle');
      const running = worker.nextRun();
      const rendered = registry.render({ collectTimeoutMs: LONG_MS });
      await running;
      await worker.end(end);
      assert.deepEqual((await rendered).late, []);
    });

    it(`(it ${how}) is waited for no more by a worker that scrapes`, async test => {
      const registry = newRegistry(test);
      const worker = await newWorker(test, registry, 'never settle');
      const scraper = new CollectWorker(test, { token: registry.share() });
      await scraper.ask({ do: 'ping' });
      const running = worker.nextRun();
      const rendered = scraper.scrape(LONG_MS);
      await running;
      await worker.end(end);
      assert.deepEqual((await rendered).late, []);
    });
  }

  it('is not mistaken for the next thread that gets its lease', async test => {
    const registry = newRegistry(test, { collectTimeoutMs: 1 });
    const worker = await newWorker(test, registry, 'never settle');
    assert.equal((await registry.render()).late.length, 1);
    await worker.end('terminate');
    const next = await newWorker(test, registry, 'return');
    assert.equal(registry.threads()[1]!.threadId, next.threadId);
    const rendering = await registry.render({ collectTimeoutMs: LONG_MS });
    assert.deepEqual([rendering.late, runsOf(rendering, next)], [[], 1]);
  });
});

describe('a callback of a worker', LIMITS, () => {
  for (const manner of ['throw', 'reject'] as const) {
    it(`that fails (${manner}) is counted in the same scrape, and spoils nothing`, async test => {
      const registry = newRegistry(test);
      const failing = await newWorker(test, registry, manner);
      const other = await newWorker(test, registry, 'return');
      const rendering = await registry.render({ collectTimeoutMs: LONG_MS });
      assert.deepEqual([rendering.late, rendering.collectErrors], [[], []]);
      assert.deepEqual([runsOf(rendering, failing), runsOf(rendering, other)], [1, 1]);
      const sample = 'threadtally_collect_errors_total{family="runs"}';
      assert.equal(valueIn(textOf(rendering), sample), 1);
    });
  }

  it('that never settles makes its thread late in every scrape, and costs one deadline', async test => {
    const registry = newRegistry(test, { collectTimeoutMs: 1 });
    const stuck = await newWorker(test, registry, 'never settle');
    const first = await registry.render();
    const second = await registry.render({ collectTimeoutMs: LONG_MS });
    assert.deepEqual(
      [first, second].map(({ late }) => late.map(({ threadId: thread, waitedMs }) => [thread, waitedMs > 0])),
      [[[stuck.threadId, true]], [[stuck.threadId, false]]],
    );
  });
});

describe('a process with collect callbacks', LIMITS, () => {
  for (const [manner, output] of [
    ['settle', '0 late'],
    ['never', '2 late'],
  ] as const) {
    it(`(they ${manner}) ends by itself when it has nothing left to do`, async test => {
      const program = ChildProgram.start(test, 'collect-process.js', manner);
      const { code, signal, output: printed } = await program.ended;
      assert.deepEqual([code, signal], [0, null]);
      // A warning may come before it, from another stream.
      assert.ok(printed.split('\n').includes(output), printed);
    });
  }
});

describe('a registry that nobody scrapes', LIMITS, () => {
  it('runs no callback', async test => {
    const registry = newRegistry(test);
    const worker = await newWorker(test, registry, 'return');
    assert.match(Buffer.from(registry.renderNow()).toString(), /^# HELP runs Runs\./m);
    await worker.ask({ do: 'ping' });
    await setImmediate();
    assert.equal(worker.begun, 0);
  });
});
