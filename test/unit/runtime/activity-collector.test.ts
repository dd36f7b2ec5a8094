import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import {
  ActivityCollector,
  activeHandles,
  activeRequests,
  activeResources,
} from '../../../src/runtime/activity-collector.js';
import { ACTIVE_HANDLES, ACTIVE_HANDLES_TOTAL } from '../../../src/runtime/default-names.js';
import { newCollecting } from './collecting.js';

describe('what is active', () => {
  it('is counted by type and in all; a type of which nothing is left is 0', test => {
    const { families, samples } = newCollecting(test);
    let types = ['Timeout', 'TCPWRAP', 'Timeout'];
    const collector = new ActivityCollector(families, ACTIVE_HANDLES, ACTIVE_HANDLES_TOTAL, () => types);
    collector.collect();
    assert.deepEqual(samples(), {
      'nodejs_active_handles{type="Timeout"}': 2,
      'nodejs_active_handles{type="TCPWRAP"}': 1,
      nodejs_active_handles_total: 3,
    });
    types = ['TCPWRAP'];
    collector.collect();
    assert.deepEqual(Object.values(samples()), [0, 1, 1]);
  });

  it('is what Node.js says', async test => {
    const server = createServer().listen(0);
    test.after(() => server.close());
    await once(server, 'listening');
    assert.ok(activeResources()!().some(type => type.startsWith('TCP')));
    assert.ok(activeHandles()!().includes('Server'));
    assert.ok(Array.isArray(activeRequests()!()));
  });
});
