/** What comes while the sides of a cluster are being loaded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterState } from '../../../src/cluster/cluster-state.js';
import { openPrimary, openWorker } from '../../../src/cluster/cluster-sides.js';
import { bodyOf } from '../../../src/cluster/messages.js';
import { encodeSnapshot } from '../../../src/cluster/snapshot-format.js';
import { FakeCluster, FakeProcess, FakeRemote } from './fake-cluster.js';
import { newRegistry, partsOf } from './processes.js';

describe('a side of a cluster that is being loaded', () => {
  it('says hello at once, and answers what it was asked meanwhile, once', async test => {
    const registry = newRegistry(test);
    const process = new FakeProcess();
    const loaded = openWorker(process, () => [registry]);
    test.after(() => delete clusterState.worker);
    assert.deepEqual(process.types, ['threadtally:hello']);
    process.emit('message', { type: 'threadtally:greet' });
    process.emit('message', 'of the program');
    assert.deepEqual(process.types, ['threadtally:hello']);
    await loaded;
    assert.deepEqual(process.types, ['threadtally:hello', 'threadtally:hello']);
    assert.equal(process.listenerCount('message'), 1);
    assert.equal(
      openWorker(new FakeProcess(), () => []),
      loaded,
    );
  });

  it('keeps what it heard of workers meanwhile, their ends included', async test => {
    const registry = newRegistry(test);
    registry.counter({ name: 'c_total', help: 'C.' }).inc();
    registry.gauge({ name: 'g', help: 'G.' }).set(1);
    const cluster = new FakeCluster();
    const loaded = openPrimary(cluster);
    test.after(() => delete clusterState.primary);
    const body = bodyOf(encodeSnapshot(partsOf(registry)), false);
    const remote = new FakeRemote(1);
    cluster.emit('message', remote, { type: 'threadtally:snapshot', body });
    cluster.emit('message', remote, { type: 'of the program' });
    cluster.emit('exit', remote);
    cluster.emit('disconnect', remote);
    const link = await loaded;
    const names = link.inputs().flatMap(({ families }) => families.map(({ descriptor }) => descriptor.name));
    assert.deepEqual(names, ['c_total']);
    for (const event of ['message', 'exit', 'disconnect'])
      assert.equal(cluster.listenerCount(event), 1, event);
  });
});
