/** Released buffers: their memory is used again, and never before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Registry } from '../../../src/index.js';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

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

  for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0', PROTOBUF]) {
    for (const isReleased of [false, true]) {
      const then = isReleased ? ', and released then' : '';
      it(`may be handed over to another thread${then}: ${accept}`, async () => {
        const registry = registryWith(1);
        registry.gauge({ name: 'g', help: 'G.' }).set(2);
        const bodies: Buffer[] = [];
        for (let i = 0; i < 6; i++) {
          const { body, release } = await registry.render({ accept });
          bodies.push(Buffer.from(body));
          if (i % 2 === 0) handOver(body);
          if (isReleased) release();
        }
        for (const body of bodies) assert.deepEqual(body, bodies[0]);
        registry.close();
      });
    }
  }
});

describe('a rendering at once', () => {
  it("is its reader's: what is written to it is in no other one", () => {
    const registry = registryWith(1);
    registry.gauge({ name: 'g', help: 'G.' }).set(2);
    const bytes = registry.renderNow();
    const text = Buffer.from(bytes).toString();
    bytes.fill(0x58);
    assert.equal(Buffer.from(registry.renderNow()).toString(), text);
    registry.close();
  });
});

function handOver({ buffer }: Uint8Array): void {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(buffer, [buffer as ArrayBuffer]);
  assert.equal(buffer.byteLength, 0);
  port1.close();
  port2.close();
}
