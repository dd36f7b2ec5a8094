/** Limits of the default registry are set where they can still hold for everyone, and never split the totals. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { configureRegister, register } from '../../src/index.js';

const PACKAGE = new URL('../../src/index.js', import.meta.url).href;
const WORKER = `
  const { parentPort } = require('node:worker_threads');
  import('${PACKAGE}').then(({ configureRegister, register }) => {
    configureRegister({ seriesMax: 7 });
    register.counter({ name: 'events_total', help: 'Events.' }).inc(100);
    parentPort.postMessage(register.cardinality().seriesMax);
  });`;

describe('configureRegister', () => {
  test('sets the limits that workers inherit, does nothing in them, and is refused once they exist', async () => {
    configureRegister({ seriesMax: 50 });
    const worker = new Worker(WORKER, { eval: true });
    const [seriesMax] = (await once(worker, 'message')) as [number];
    assert.equal(seriesMax, 50, 'the worker has the limits of its parent');
    assert.throws(() => configureRegister({ seriesMax: 60 }), {
      code: 'ERR_CONFIGURATION',
      message: /workers have inherited it; configure it before they are created/,
    });
    register.counter({ name: 'events_total', help: 'Events.' }).inc();
    assert.match(await register.metrics(), /^events_total 101$/m, 'one total for both threads');
    await worker.terminate();
  });
});
