import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { DeliveredValues } from '../../../src/otel/delivered-values.js';
import { metricsIn, pointsOf } from './decoded-metrics.js';
import { ENCODINGS, PushReader } from './pushed-registry.js';

describe('a difference', () => {
  for (const encoding of ENCODINGS)
    it(`does not end before it starts, also when the clock was set back and pushes began anew (${encoding})`, async test => {
      const registry = new Registry();
      test.after(() => registry.close());
      const counter = registry.counter({ name: 'c_total', help: 'C.' });
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1] });
      const delivered = new DeliveredValues();
      const now = Date.now();
      for (const atMs of [now + 7_200_000, now + 3_600_000]) {
        const reader = new PushReader({ encoding, delivered, temporality: 'delta', wallMs: () => atMs });
        counter.inc();
        histogram.observe(1);
        const metrics = metricsIn(await reader.push(registry));
        for (const name of ['c_total', 'h']) {
          const { startTimeUnixNano, timeUnixNano } = pointsOf(metrics.get(name))[0]!;
          assert.equal(timeUnixNano, `${atMs}000000`);
          assert.ok(
            BigInt(startTimeUnixNano!) <= BigInt(timeUnixNano),
            `${startTimeUnixNano} ${timeUnixNano}`,
          );
        }
      }
    });
});
