/** The default registry over real workers: found with no wiring, or by a token where it cannot be found. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { copyOfPackage } from './package-copy.js';
import { PACKAGE_URL, RegistryWorker, valuesOf } from './registry-worker-host.js';
import type { SeenWarning } from './registry-worker.js';

type Package = typeof import('../../src/index.js');

// Before the import: these inherit nothing of the default registry.
const early = [new RegistryWorker({ after }), new RegistryWorker({ after })] as const;
const { Registry, register } = (await import(PACKAGE_URL)) as Package;

const EVENTS = 'worker_events_total';

async function events(registry = register): Promise<number | undefined> {
  return (await valuesOf(registry))[EVENTS];
}

function threadIds(registry = register): number[] {
  return registry.threads().map(thread => thread.threadId);
}

describe('a worker that was created before its parent loaded the package', () => {
  it('records into a registry of its own, and warns how to attach it', async () => {
    const [warning, ...others] = (await early[0].ask({ do: 'record', amount: 5 })) as [SeenWarning];
    assert.equal(others.length, 0);
    assert.equal(warning.code, 'THREADTALLY_SPLIT_REGISTRY');
    assert.match(
      warning.message,
      /^worker thread \d+: it records into a registry of its own, its metrics are missing from the others/,
    );
    assert.match(warning.message, /it was created before its parent loaded threadtally/);
    for (const advice of ['register.share()', 'attachRegister(token)', 'register.watch(worker)']) {
      assert.ok(warning.message.includes(advice), `${advice} is missing in: ${warning.message}`);
    }
    assert.equal(await events(), undefined);
    assert.match((await early[0].ask({ do: 'metrics' })) as string, /^worker_events_total 5$/m);
  });

  it('shares the registry of its own with the workers that it creates', async () => {
    await early[0].ask({ do: 'nest', amount: 3 });
    assert.match((await early[0].ask({ do: 'metrics' })) as string, /^worker_events_total 8$/m);
  });

  it('joins its parent as the warning says, without a warning, and is then watched as any other', async () => {
    const [, worker] = early;
    register.watch(worker.worker);
    await worker.ask({ do: 'attachRegister', token: register.share() });
    assert.deepEqual(await worker.ask({ do: 'record', amount: 5 }), []);
    assert.equal(await events(), 5);
    assert.equal(threadIds().length, 2);
    await worker.worker.terminate();
    assert.deepEqual(threadIds(), [0]);
    assert.equal(await events(), 5);
  });

  it('cannot join once it has recorded', async () => {
    const refused = early[0].ask({ do: 'attachRegister', token: register.share() });
    await assert.rejects(refused, /metrics of this thread are in another registry already/);
  });
});

describe('a worker of a parent with another layout version', () => {
  it('records into a registry of its own, and names both versions', async test => {
    const inherited = getEnvironmentData('threadtally.register') as unknown as RegistryToken;
    const arena = new SharedArrayBuffer(inherited.arena.byteLength);
    const header = new Uint8Array(arena, 0, 2_048);
    header.set(new Uint8Array(inherited.arena, 0, 2_048));
    header[4] = 99;
    setEnvironmentData('threadtally.register', { ...inherited, arena } as never);
    const worker = new RegistryWorker(test);
    setEnvironmentData('threadtally.register', inherited as never);
    const [warning, ...others] = (await worker.ask({ do: 'record', amount: 5 })) as [SeenWarning];
    assert.equal(others.length, 0);
    assert.equal(warning.code, 'THREADTALLY_SPLIT_REGISTRY');
    assert.match(
      warning.message,
      /the arena has layout version 99, this copy of threadtally reads version \d+;/,
    );
  });
});

describe('a worker of a parent that has loaded the package', () => {
  it('records into the same registry without a warning', async test => {
    const before = (await events())!;
    const workers = [new RegistryWorker(test), new RegistryWorker(test)];
    const warnings = await Promise.all(
      workers.map(worker => worker.ask({ do: 'record', amount: 2.5, times: 10 })),
    );
    assert.deepEqual(warnings, [[], []]);
    assert.equal(await events(), before + 50);
    assert.match(
      (await workers[0]!.ask({ do: 'metrics' })) as string,
      new RegExp(`^${EVENTS} ${before + 50}$`, 'm'),
    );
  });

  it('hands the registry on to workers of its own', async test => {
    const before = (await events())!;
    const worker = new RegistryWorker(test);
    await worker.ask({ do: 'load' });
    await worker.ask({ do: 'nest', amount: 7 });
    assert.equal(await events(), before + 7);
    const message = 'the worker between them holds a lease, through which those of its workers are found';
    assert.deepEqual(threadIds(), [0, worker.worker.threadId], message);
  });
});

describe('two copies of the package in one process', () => {
  it('record into one registry, through one stripe of each thread', async test => {
    const copyUrl = await copyOfPackage(test);
    const copy = (await import(copyUrl)) as Package;
    assert.notEqual(copy.register, register);
    const before = (await events())!;
    const options = { name: EVENTS, help: 'Events.' };
    const [ours, theirs] = [register, copy.register].map(one => one.counter(options));
    assert.notEqual(ours, theirs);
    ours!.inc();
    theirs!.inc(10);
    assert.equal(await events(), before + 11);
    assert.equal(await events(copy.register), before + 11);
    assert.deepEqual(threadIds(), [0]);
  });

  it('meet across threads: a worker that loads the other copy records into the same registry', async test => {
    const before = (await events())!;
    const worker = new RegistryWorker(test, { packageUrl: await copyOfPackage(test) });
    assert.deepEqual(await worker.ask({ do: 'record', amount: 4 }), []);
    assert.equal(await events(), before + 4);
    await worker.end({ do: 'processExit' });
    assert.deepEqual(threadIds(), [0]);
  });
});

describe('a registry that is shared by its token', () => {
  it('has the recordings of every worker that attaches, and the default registry has none of them', async test => {
    const registry = new Registry({ seriesMax: 50 });
    const before = await events();
    const workers = Array.from({ length: 3 }, () => new RegistryWorker(test, { token: registry.share() }));
    await Promise.all(workers.map((worker, i) => worker.ask({ do: 'record', amount: i + 1 })));
    assert.deepEqual(await valuesOf(registry), {
      [EVENTS]: 6,
      'worker_sizes_bucket{le="1.0"}': 1,
      'worker_sizes_bucket{le="10.0"}': 3,
      'worker_sizes_bucket{le="+Inf"}': 3,
      worker_sizes_sum: 6,
      worker_sizes_count: 3,
      workers_busy: 3,
    });
    assert.equal(await events(), before);
  });
});
