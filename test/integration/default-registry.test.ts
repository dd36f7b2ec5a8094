/** Registries over real workers: found with no wiring, connected by a token, and left by workers that end in any way. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Registry } from '../../src/index.js';
import { PACKAGE_URL, RegistryWorker } from './registry-worker-host.js';
import type { SeenWarning } from './registry-worker.js';

type Package = typeof import('../../src/index.js');

/** The values of all samples by name and labels. */
async function valuesOf(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

// Not imported at the top: the first tests need workers that start before this thread has loaded the package.
const load = (): Promise<Package> => import(PACKAGE_URL) as Promise<Package>;

describe('a worker that was created before its parent loaded the package', () => {
  it('records into a registry of its own, and warns how to attach it', async test => {
    const early = new RegistryWorker(test);
    await early.worker.getHeapSnapshot; // The worker exists; what it inherits is fixed.
    const { register } = await load();
    const [warning, ...others] = (await early.ask({ do: 'record', amount: 5 })) as [SeenWarning];
    assert.equal(others.length, 0);
    assert.equal(warning.code, 'THREADTALLY_SPLIT_REGISTRY');
    assert.match(warning.message, /^worker \d+ records into a registry of its own, its metrics are missing from the others: /);
    assert.match(warning.message, /it was created before its parent loaded threadtally/);
    for (const advice of ['register.share()', 'attachRegister(token)', 'register.watch(worker)']) {
      assert.ok(warning.message.includes(advice), `${advice} is missing in: ${warning.message}`);
    }
    assert.equal((await valuesOf(register))['worker_events_total'], undefined);
  });
});
