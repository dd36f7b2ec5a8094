/** Released buffers: their memory is used again, and never before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';

function registryWith(count: number): Registry {
  const registry = new Registry();
  registry.counter({ name: 'c_total', help: 'C.' }).inc(count);
  return registry;
}

describe('a rendering', () => {
  it('is not written to before it is released, however often the registry is rendered', async () => {
    const registry = registryWith(1);
    const { body } = await registry.render();
    const before = Buffer.from(body).toString();
    registry.counter({ name: 'c_total', help: 'C.' }).inc(5);
    for (let i = 0; i < 5; i++) (await registry.render()).release();
    assert.equal(Buffer.from(body).toString(), before);
    assert.match(await registry.metrics(), /^c_total 6$/m);
    registry.close();
  });

  it('goes to the memory of the last one, once that is released', async () => {
    const registry = registryWith(1);
    const first = await registry.render();
    first.release();
    const second = await registry.render();
    second.release();
    assert.equal(second.body.buffer, first.body.buffer);
    registry.close();
  });

  it('goes elsewhere while the last one is being sent, and uses released memory for it', async () => {
    const registry = registryWith(1);
    const [first, second] = [await registry.render(), await registry.render()];
    assert.notEqual(second.body.buffer, first.body.buffer);
    first.release();
    const third = await registry.render();
    assert.equal(third.body.buffer, first.body.buffer);
    registry.close();
  });

  it('released twice is given back once: two renderings never share memory', async () => {
    const registry = registryWith(1);
    const first = await registry.render();
    first.release();
    first.release();
    const [second, third] = [await registry.render(), await registry.render()];
    assert.notEqual(second.body.buffer, third.body.buffer);
    registry.close();
  });

  it('grows in released memory that is too small', async () => {
    const registry = registryWith(1);
    (await registry.render()).release();
    const wide = registry.counter({ name: 'wide_total', help: 'W.', labelNames: ['a'] });
    for (let i = 0; i < 900; i++) wide.inc({ a: `value-${i}` });
    const { body } = await registry.render();
    const lines = Buffer.from(body).toString().trim().split('\n');
    assert.equal(lines.length, 2 + 1 + 2 + 900);
    assert.equal(lines.at(-1), 'wide_total{a="value-899"} 1');
    registry.close();
  });
});
