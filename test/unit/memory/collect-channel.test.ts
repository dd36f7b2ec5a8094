import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CollectChannel } from '../../../src/memory/collect-channel.js';

/** An end of a channel that counts its wake-ups. */
class Listening {
  wakes = 0;
  readonly channel: CollectChannel;

  constructor(test: TestContext, identity: string) {
    this.channel = new CollectChannel(identity, () => this.wakes++);
    this.channel.open();
    test.after(() => this.channel.close());
  }

  async woken(): Promise<void> {
    while (this.wakes === 0) await setImmediate();
  }
}

describe('a collect channel', () => {
  it('wakes those that have it open, and neither itself nor those of another arena', async test => {
    const [one, two, three] = ['a1', 'a1', 'a1'].map(identity => new Listening(test, identity));
    const [other, another] = ['b2', 'b2'].map(identity => new Listening(test, identity));
    one!.channel.wake();
    await Promise.all([two!.woken(), three!.woken()]);
    other!.channel.wake();
    await another!.woken();
    assert.deepEqual(
      [one!, two!, three!, other!, another!].map(({ wakes }) => wakes),
      [0, 1, 1, 0, 1],
    );
  });

  it('delivers what was sent before it was closed, and opens when it is needed', async test => {
    const listening = new Listening(test, 'c3');
    const sender = new CollectChannel('c3', () => assert.fail('nobody answers'));
    assert.equal(sender.isOpen, false);
    sender.wake();
    assert.equal(sender.isOpen, true);
    sender.close();
    sender.close();
    sender.wake();
    assert.equal(sender.isOpen, false, 'it stays closed');
    await listening.woken();
    assert.equal(listening.wakes, 1);
  });
});
