/** Any registry in protobuf and in JSON: two encoders that share no line say the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DecodedRequest } from '../unit/otel/decoded-metrics.js';
import { PushReader } from '../unit/otel/pushed-registry.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { Registry } from '../../src/index.js';

silenceWarnings();

const NOW_MS = 1_900_000_000_999;

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', 'a', 'ä"\\\u0000', '\ud800'),
);
const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1, 2 ** 53, 1e300, -1e-300));
const recordings = fc.array(fc.record({ label: texts, value: numbers, trace: fc.boolean() }), {
  maxLength: 12,
});

const IDS = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

/** Everything that can be recorded, under labels and with values from anywhere. */
function fill(
  registry: Registry,
  recorded: readonly { label: string; value: number; trace: boolean }[],
): void {
  const labelNames = ['l'] as const;
  const counter = registry.counter({ name: 'c_total', help: 'C "ü".', labelNames, enableExemplars: true });
  const plain = registry.counter({ name: 'p_total', help: 'P.', labelNames });
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames });
  const classic = registry.histogram({ name: 'h', help: 'H.', labelNames, buckets: [-1, 0, 2.5] });
  const native = registry.histogram({
    name: 'n',
    help: 'N.',
    labelNames,
    native: true,
    enableExemplars: true,
  });
  const summary = registry.summary({ name: 's', help: 'S.', labelNames, percentiles: [0.5, 1] });
  const states = registry.stateSet({ name: 'st', help: 'S.', labelNames, states: ['on', 'off'] });
  for (const { label, value, trace } of recorded) {
    const labels = { l: label };
    gauge.set(labels, value);
    states.set(labels, value > 0 ? 'on' : 'off');
    const exemplarLabels = trace ? IDS : { other: label.slice(0, 5) };
    // Only gauges take what is not finite.
    if (!Number.isFinite(value)) continue;
    for (const metric of [classic, summary]) metric.observe(labels, value);
    native.observe({ labels, value, exemplarLabels });
    plain.inc(labels, Math.abs(value));
    counter.inc({ labels, value: Math.abs(value), exemplarLabels });
  }
}

/** Without what protobuf leaves out because it is nothing. Points in any order: those of a state set have none. */
function normalised(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normalised);
    return items.every(item => typeof item === 'object' && item !== null && 'timeUnixNano' in item)
      ? items.map(item => JSON.stringify(item)).sort()
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const isNothing = (key: string, inner: unknown): boolean =>
    (key !== 'asDouble' && (inner === 0 || inner === '0' || inner === '')) ||
    (Array.isArray(inner) && inner.length === 0) ||
    JSON.stringify(inner) === '{}';
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, normalised(inner)] as const)
      .filter(([key, inner]) => !isNothing(key, inner))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe('pushes in protobuf and JSON', () => {
  it('say the same of any registry, as sums and as differences', async () => {
    await fc.assert(
      fc.asyncProperty(
        recordings,
        recordings,
        fc.constantFrom('cumulative', 'delta'),
        async (first, second, temporality) => {
          const registry = new Registry({ seriesMax: 500, familiesMax: 30, threadsMax: 1 });
          const readers = (['protobuf', 'JSON'] as const).map(
            encoding => new PushReader({ encoding, temporality, wallMs: () => NOW_MS }),
          );
          for (const recorded of [first, second]) {
            fill(registry, recorded);
            const bodies: DecodedRequest[][] = [];
            for (const reader of readers) bodies.push(await reader.push(registry));
            assert.deepEqual(normalised(bodies[0]), normalised(bodies[1]));
          }
          registry.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
