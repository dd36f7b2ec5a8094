/** Leases of real workers end with them, whoever created them and however they end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry, register } from '../../src/index.js';

const PACKAGE = new URL('../../src/index.js', import.meta.url).href;

/** Records into the default registry, tells its parent, and stays. `body` runs before it tells. */
function worker(body = ''): Worker {
  const source = `
    const { parentPort, Worker, workerData } = require('node:worker_threads');
    const { once } = require('node:events');
    import('${PACKAGE}').then(async ({ register, Registry }) => {
      register.gauge({ name: 'alive', help: 'Alive.' }).inc();
      register.counter({ name: 'starts_total', help: 'Starts.' }).inc();
      ${body}
      parentPort.postMessage('ready');
      setInterval(() => undefined, 1000);
    });`;
  return new Worker(source, { eval: true });
}

function inner(): string {
  const source = JSON.stringify(`
    const { parentPort } = require('node:worker_threads');
    import('${PACKAGE}').then(({ register }) => {
      register.gauge({ name: 'alive', help: 'Alive.' }).inc();
      register.counter({ name: 'starts_total', help: 'Starts.' }).inc();
      parentPort.postMessage('ready');
      setInterval(() => undefined, 1000);
    });`);
  return `const child = new Worker(${source}, { eval: true }); await once(child, 'message');`;
}

async function ready(one: Worker): Promise<Worker> {
  await once(one, 'message');
  return one;
}

/** What the text says about a sample without labels. */
async function valueOf(registry: Registry, name: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find(one => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

describe('a lease of a worker', () => {
  test('ends although its parent has never used the registry', async () => {
    const workers = await Promise.all([worker(), worker(), worker()].map(ready));
    await Promise.all(workers.map(one => one.terminate()));
    // The first use of the default registry in this thread.
    assert.equal(await valueOf(register, 'alive'), 0);
    assert.equal(await valueOf(register, 'starts_total'), 3);
    assert.deepEqual(
      register.threads().map(thread => thread.threadId),
      [0],
    );
  });

  for (const [how, end] of [
    ['terminated', (one: Worker) => one.terminate()],
    ['ended by process.exit()', (one: Worker) => (one.postMessage('exit'), once(one, 'exit'))],
  ] as const) {
    test(`ends with the worker that created its thread, ${how}`, async () => {
      const before = await valueOf(register, 'starts_total');
      const outer = await ready(worker(`parentPort.once('message', () => process.exit()); ${inner()}`));
      assert.equal(await valueOf(register, 'alive'), 2);
      await end(outer);
      assert.equal(await valueOf(register, 'alive'), 0);
      assert.equal(await valueOf(register, 'starts_total'), before + 2);
      assert.deepEqual(
        register.threads().map(thread => thread.threadId),
        [0],
      );
    });
  }

  test('ends with an ancestor, when a thread in between has only loaded the package', async () => {
    const between = JSON.stringify(`
      const { parentPort, Worker } = require('node:worker_threads');
      const { once } = require('node:events');
      import('${PACKAGE}').then(async () => {
        ${inner()}
        parentPort.postMessage('ready');
        setInterval(() => undefined, 1000);
      });`);
    const outer = new Worker(
      `const { parentPort, Worker } = require('node:worker_threads');
       const { once } = require('node:events');
       import('${PACKAGE}').then(async () => {
         await once(new Worker(${between}, { eval: true }), 'message');
         parentPort.postMessage('ready');
         setInterval(() => undefined, 1000);
       });`,
      { eval: true },
    );
    await ready(outer);
    assert.equal(await valueOf(register, 'alive'), 1);
    await outer.terminate();
    assert.equal(await valueOf(register, 'alive'), 0);
    assert.deepEqual(
      register.threads().map(thread => thread.threadId),
      [0],
    );
  });

  test('ends after its registry was closed in the thread that created the worker', async () => {
    const registry = new Registry();
    const token = registry.share();
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      import('${PACKAGE}').then(({ Registry }) => {
        Registry.attach(workerData).gauge({ name: 'alive', help: 'Alive.' }).inc();
        parentPort.postMessage('ready');
        setInterval(() => undefined, 1000);
      });`;
    const one = await ready(new Worker(source, { eval: true, workerData: token }));
    registry.close();
    await one.terminate();
    const again = Registry.attach(token);
    assert.equal(again.gauge({ name: 'alive', help: 'Alive.' }).name, 'alive');
    assert.equal(await valueOf(again, 'alive'), 0);
    assert.equal(again.threads().length, 1);
    again.close();
  });

  test('is kept while listeners that follow ours may still record, and no count is lost', async () => {
    const before = await valueOf(register, 'starts_total');
    const one = worker(`
      process.on('exit', () => register.counter({ name: 'starts_total', help: 'Starts.' }).inc(10));
      parentPort.once('message', () => process.exit());`);
    await ready(one);
    one.postMessage('exit');
    await once(one, 'exit');
    assert.equal(await valueOf(register, 'starts_total'), before + 11);
    assert.equal(register.threads().length, 1);
  });
});
