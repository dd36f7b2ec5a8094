import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client } from '../../../src/server/client.js';

describe('the client of a request', () => {
  it('leaves once, and whoever listens last is told', () => {
    const client = new Client();
    const told: string[] = [];
    client.listen(() => told.push('first'));
    client.listen(() => told.push('last'));
    assert.equal(client.isGone, false);
    client.leave();
    client.leave();
    assert.deepEqual([client.isGone, told], [true, ['last']]);
  });

  it('leaves alone who listens no more', () => {
    const client = new Client();
    client.listen(() => assert.fail('nobody listens'));
    client.listen(undefined);
    client.leave();
    assert.equal(client.isGone, true);
  });
});
