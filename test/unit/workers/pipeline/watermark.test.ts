import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Watermark } from '../../../../workers/pipeline/watermark.js';
import { eventTimes } from '../events.js';

describe('Watermark', () => {
  it('tells in order, out of order and late apart at the exact limits', () => {
    const watermark = new Watermark({ outOfOrderMs: 5, allowedLatenessMs: 10 });
    assert.equal(watermark.observe(100), 'in_order');
    assert.equal(watermark.timeMs, 95);
    assert.equal(watermark.observe(100), 'in_order');
    assert.equal(watermark.observe(99), 'out_of_order');
    assert.equal(watermark.observe(85), 'out_of_order');
    assert.equal(watermark.observe(84), 'late');
  });

  it('takes the first event, however old', () => {
    assert.equal(new Watermark({ outOfOrderMs: 5, allowedLatenessMs: 10 }).observe(0), 'in_order');
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(eventTimes(60_000), timesMs => {
        const watermark = new Watermark({ outOfOrderMs: 5_000, allowedLatenessMs: 5_000 });
        let lastMs = -Infinity;
        for (const timeMs of timesMs) {
          watermark.observe(timeMs);
          assert.ok(watermark.timeMs >= lastMs);
          lastMs = watermark.timeMs;
        }
      }),
    );
  });
});
