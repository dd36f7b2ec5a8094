/** Limits of the default registry are set where they can still hold for everyone, and never split the totals. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { configureRegister, register } from '../../src/index.js';
import { withBoundForm } from '../conformance/checked-renderings.js';

const PACKAGE = new URL('../../src/index.js', import.meta.url).href;
const CHECKER = new URL('../conformance/checked-renderings.js', import.meta.url).href;
const WORKER = `
  const { parentPort } = require('node:worker_threads');
  Promise.all([import('${PACKAGE}'), import('${CHECKER}')]).then(([{ configureRegister, register }, checker]) => {
    configureRegister({ seriesMax: 7 });
    register.histogram({ name: 'wait.seconds', help: 'Wait.', buckets: [1] }).observe(1);
    register.counter({ name: 'events_total', help: 'Events.' }).inc(100);
    const text = checker.withBoundForm('prom-client', () => Buffer.from(register.renderNow()).toString());
    parentPort.postMessage([register.cardinality().seriesMax, text]);
  });`;

describe('configureRegister', () => {
  test('sets the limits that workers inherit, does nothing in them, and is refused once they exist', async () => {
    configureRegister({ seriesMax: 50, labelNumbers: 'prom-client', nameValidationScheme: 'utf8' });
    const worker = new Worker(WORKER, { eval: true });
    const [[seriesMax, text]] = (await once(worker, 'message')) as [[number, string]];
    assert.equal(seriesMax, 50, 'the worker has the limits of its parent');
    assert.match(text, /^wait_seconds_bucket\{le="1"\} 1$/m, 'and its names and spellings');
    assert.throws(() => configureRegister({ seriesMax: 60 }), {
      code: 'ERR_CONFIGURATION',
      message: /workers have inherited it; configure it before they are created/,
    });
    register.counter({ name: 'events_total', help: 'Events.' }).inc();
    const both = await withBoundForm('prom-client', () => register.metrics());
    assert.match(both, /^events_total 101$/m, 'one total for both threads');
    await worker.terminate();
  });
});
