import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StopSignals } from '../../../workers/stop-signals.js';

function createSignals() {
  const seen: { stops: string[]; exits: number[]; nowMs: number } = { stops: [], exits: [], nowMs: 0 };
  const signals = new StopSignals({
    nowMs: () => seen.nowMs,
    onStop: signal => seen.stops.push(signal),
    exit: status => seen.exits.push(status),
  });
  return { signals, seen };
}

describe('StopSignals', () => {
  it('stops at the first signal and exits with its status at the second', () => {
    const { signals, seen } = createSignals();
    signals.receive('SIGINT');
    seen.nowMs = 2_000;
    signals.receive('SIGINT');
    signals.receive('SIGTERM');
    assert.deepEqual(seen, { stops: ['SIGINT'], exits: [130, 143], nowMs: 2_000 });
  });

  it('takes one Ctrl-C that npm passes on a second time as one', () => {
    const { signals, seen } = createSignals();
    signals.receive('SIGINT');
    seen.nowMs = 20;
    signals.receive('SIGINT');
    assert.deepEqual(seen.exits, []);
    assert.deepEqual(seen.stops, ['SIGINT']);
  });
});
