import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { silenceWarnings } from './played-thread.js';

silenceWarnings();

describe('onCollect', () => {
  it('runs before values are read, until it is ended', async () => {
    const registry = new Registry();
    const [a, b] = ['a', 'b'].map(name => registry.gauge({ name, help: 'G.' }));
    let runs = 0;
    const end = registry.onCollect('a', async () => {
      runs++;
      a!.set(runs);
      await Promise.resolve();
      b!.set(-runs);
    });
    assert.match(await registry.metrics(), /^a 1$[^]*^b -1$/m);
    assert.match(await registry.metrics(), /^a 2$[^]*^b -2$/m);
    end();
    end();
    assert.match(await registry.metrics(), /^a 2$/m);
    registry.close();
  });

  it('takes the place of an earlier callback of the family, whose end then ends nothing', async () => {
    const registry = new Registry();
    const ran: string[] = [];
    const endFirst = registry.onCollect('a', () => void ran.push('first'));
    registry.onCollect('a', () => void ran.push('second'));
    endFirst();
    await registry.metrics();
    assert.deepEqual(ran, ['second']);
    registry.clear();
    await registry.metrics();
    assert.deepEqual(ran, ['second']);
    registry.close();
  });

  it('is told of by the name of its family when it fails, and spoils no scrape', async () => {
    const registry = new Registry();
    registry.onCollect('a', () => Promise.reject(new Error('no')));
    const text = await registry.metrics();
    assert.match(text, /^threadtally_collect_errors_total\{family="a"\} 1$/m);
    registry.close();
  });
});
