import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { InFlight } from '../../../src/server/in-flight.js';

describe('requests in flight', () => {
  it('are none at first', async () => {
    assert.equal(await new InFlight().idleWithin(0), true);
  });

  it('are waited for until the last one ends, each counted once', async () => {
    const inFlight = new InFlight();
    const endFirst = inFlight.begin();
    const endSecond = inFlight.begin();
    const idle = inFlight.idleWithin(600_000);
    let isIdle = false;
    void idle.then(() => (isIdle = true));
    endFirst();
    endFirst();
    await setImmediate();
    assert.equal(isIdle, false);
    endSecond();
    assert.equal(await idle, true);
  });

  it('are waited for no longer than asked', async () => {
    const inFlight = new InFlight();
    inFlight.begin();
    assert.equal(await inFlight.idleWithin(1), false);
  });

  it('wake everyone who waits', async () => {
    const inFlight = new InFlight();
    const end = inFlight.begin();
    const waits = [inFlight.idleWithin(600_000), inFlight.idleWithin(600_000)];
    end();
    assert.deepEqual(await Promise.all(waits), [true, true]);
  });
});
