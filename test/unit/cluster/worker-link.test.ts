/** The worker: what it sends, when, and in what form. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DefinitionPool } from '../../../src/cluster/definition-pool.js';
import { PUSH_INTERVAL_MS } from '../../../src/cluster/cluster-state.js';
import { PROBE, bytesOf } from '../../../src/cluster/messages.js';
import { decodeSnapshot } from '../../../src/cluster/snapshot-format.js';
import { WorkerLink } from '../../../src/cluster/worker-link.js';
import type { Counter, Registry } from '../../../src/index.js';
import { FakeProcess } from './fake-cluster.js';
import type { Serialization } from './fake-cluster.js';
import { newRegistry } from './processes.js';

class Worker {
  readonly registry: Registry;
  readonly counter: Counter;
  readonly link: WorkerLink;

  constructor(
    test: TestContext,
    readonly process: FakeProcess,
  ) {
    test.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
    this.registry = newRegistry(test);
    this.counter = this.registry.counter({ name: 'c_total', help: 'C.' });
    this.link = new WorkerLink(process, () => [this.registry]).open();
  }

  /** What the counter is in the message that went last. */
  get lastCount(): number | undefined {
    const [family] = decodeSnapshot(bytesOf(this.process.sent.at(-1)!['body']), new DefinitionPool());
    return family!.series[0]!.numbers[0];
  }

  /** A message of the primary, over the channel. */
  receive(message: object): void {
    const probed = { ...message, probe: PROBE };
    const isJson = this.process.serialization === 'json';
    this.process.emit('message', isJson ? JSON.parse(JSON.stringify(probed)) : structuredClone(probed));
  }

  async ask(id: string): Promise<Record<string, unknown>> {
    const before = this.process.sent.length;
    this.receive({ type: 'threadtally:collect', id, timeoutMs: 50 });
    for (let turns = 0; turns < 100 && this.process.sent.length === before; turns++) await setImmediate();
    return this.process.sent.at(-1)!;
  }
}

describe('a worker', () => {
  it('says hello again when a primary comes later', test => {
    const worker = new Worker(test, new FakeProcess());
    worker.receive({ type: 'threadtally:greet' });
    assert.deepEqual(worker.process.types, ['threadtally:hello']);
  });

  for (const [serialization, form] of [
    ['json', 'string'],
    ['advanced', 'object'],
  ] as const satisfies readonly (readonly [Serialization, string])[]) {
    it(`answers over a channel that serializes as ${serialization}`, async test => {
      const worker = new Worker(test, new FakeProcess(serialization));
      worker.counter.inc(7);
      const answer = await worker.ask('r1');
      assert.equal(answer['id'], 'r1');
      assert.equal(typeof answer['body'], form);
      assert.equal(worker.lastCount, 7);
    });
  }

  it('runs collect callbacks when it is asked, and not for what it sends by itself', async test => {
    const worker = new Worker(test, new FakeProcess());
    let runs = 0;
    worker.registry.gauge({ name: 'g', help: 'G.', collect: () => void runs++ });
    worker.link.push();
    assert.equal(runs, 0);
    await worker.ask('r1');
    assert.equal(runs, 1);
  });

  it('sends a snapshot now and then, when there is something new', test => {
    const worker = new Worker(test, new FakeProcess());
    test.mock.timers.tick(PUSH_INTERVAL_MS);
    test.mock.timers.tick(PUSH_INTERVAL_MS);
    assert.equal(worker.process.sent.length, 1);
    worker.counter.inc(3);
    test.mock.timers.tick(PUSH_INTERVAL_MS);
    assert.equal(worker.process.sent.length, 2);
    assert.equal(worker.lastCount, 3);
  });

  it('sends its values to a primary that came after they had gone', test => {
    const worker = new Worker(test, new FakeProcess());
    worker.counter.inc(3);
    test.mock.timers.tick(PUSH_INTERVAL_MS);
    worker.receive({ type: 'threadtally:greet' });
    worker.process.emit('exit');
    assert.deepEqual(worker.process.types, [
      'threadtally:snapshot',
      'threadtally:hello',
      'threadtally:snapshot',
    ]);
    assert.equal(worker.lastCount, 3);
  });

  it('lets one snapshot wait in a full channel, and not more', test => {
    const worker = new Worker(test, new FakeProcess());
    worker.process.isFull = true;
    for (let i = 0; i < 3; i++) {
      worker.counter.inc();
      test.mock.timers.tick(PUSH_INTERVAL_MS);
    }
    assert.equal(worker.process.sent.length, 1);
    worker.process.drain();
    test.mock.timers.tick(PUSH_INTERVAL_MS);
    assert.equal(worker.lastCount, 3);
  });

  it('sends a last snapshot when its process exits, also when another one waits', test => {
    const worker = new Worker(test, new FakeProcess());
    worker.process.isFull = true;
    worker.counter.inc();
    worker.link.push();
    worker.counter.inc();
    worker.process.emit('exit');
    assert.equal(worker.lastCount, 2);
  });

  it('is not thrown at by a channel that is closed, or fails', async test => {
    const worker = new Worker(test, new FakeProcess());
    worker.process.failure = new Error('full');
    worker.counter.inc();
    worker.link.push();
    worker.receive({ type: 'threadtally:collect', id: 'r', timeoutMs: 1 });
    await setImmediate();
    worker.process.connected = false;
    worker.link.push();
    worker.process.emit('exit');
    assert.equal(worker.process.sent.length, 0);
  });

  it('ends its shutdown when the primary has its last snapshot', async test => {
    const worker = new Worker(test, new FakeProcess());
    worker.counter.inc(9);
    const ended = worker.link.shutdown(1_000);
    for (let turns = 0; turns < 100 && worker.process.sent.length < 1; turns++) await setImmediate();
    assert.equal(worker.lastCount, 9);
    worker.receive({ type: 'threadtally:kept', id: worker.process.sent.at(-1)!['farewell'] });
    await ended;
  });

  it('says that counts may be missing when the primary does not confirm', async test => {
    const worker = new Worker(test, new FakeProcess());
    const ended = worker.link.shutdown(1_000);
    const refused = assert.rejects(ended, {
      code: 'ERR_CLUSTER_TIMEOUT',
      message: /within 1000 ms; what was counted/,
    });
    for (let turns = 0; turns < 100 && worker.process.sent.length < 1; turns++) await setImmediate();
    test.mock.timers.tick(1_000);
    await refused;
  });
});
