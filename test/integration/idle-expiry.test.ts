/** Idle series of real threads expire whichever of them is there to look, and when nobody scrapes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import { engineOf } from '../torture/churn.js';
import { defineSessions } from './idle-expiry-worker.js';

/** Ends a wait that would not end by itself. */
const BEATS_MAX = 2_000;

/** Waits from beat to beat of this thread until the registry has no series. */
async function untilEmpty(registry: Registry): Promise<void> {
  const { attachment } = engineOf(registry);
  // The heartbeat alone keeps no process alive.
  const stayAlive = setInterval(() => undefined, 1_000);
  for (let beat = 0; registry.cardinality().series > 0; beat++) {
    assert.ok(beat < BEATS_MAX, `a series is there after ${beat} beats`);
    await new Promise<void>(resolve => {
      const stop = attachment.onBeat(() => {
        stop();
        resolve();
      });
    });
  }
  clearInterval(stayAlive);
}

it('expire by the thread that was first, by the next while that one is blocked, and after its end', async test => {
  const first = new Registry({ heartbeatMs: 10 });
  const token = first.share();
  first.close();
  const worker = new Worker(new URL('./idle-expiry-worker.js', import.meta.url), { workerData: token });
  test.after(() => worker.terminate());
  await once(worker, 'message');
  const registry = Registry.attach(token);
  assert.deepEqual(
    registry.threads().map(({ threadId }) => threadId),
    [worker.threadId, 0],
  );
  await untilEmpty(registry);
  const sessions = defineSessions(registry);
  worker.postMessage('block');
  await once(worker, 'message');
  sessions.inc({ of: 'main, beside a blocked worker' });
  await untilEmpty(registry);
  await worker.terminate();
  sessions.inc({ of: 'main alone' });
  await untilEmpty(registry);
  assert.deepEqual(registry.seriesByFamily(), { sessions_total: 0 });
  registry.close();
});
