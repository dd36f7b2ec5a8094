import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import * as sdk from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import type { SamplerConfig } from '../../../src/otel/index.js';
import { samplerOf } from '../../../src/otel/samplers.js';
import { SpanBudget } from '../../../src/otel/span-budget.js';
import { withMutant } from '../../model/stepping.js';

/** By its first half a ratio below 0.5 leaves it out. */
const HIGH_TRACE_ID = 'ffffffffffffffff8000000000000000';
const LOW_TRACE_ID = '00000000000000010000000000000001';

function childOf(traceFlags: TraceFlags): Context {
  const span = { traceId: HIGH_TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags, isRemote: true };
  return trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(span));
}

function samplingBy(config: SamplerConfig) {
  const clock = { nowMs: 0, refused: 0 };
  const sampler = samplerOf(config, sdk, { nowMs: () => clock.nowMs, refused: () => void clock.refused++ });
  const isSampled = (parent: Context, traceId = HIGH_TRACE_ID): boolean =>
    sampler.shouldSample(parent, traceId, 'name', SpanKind.INTERNAL, {}, []).decision ===
    sdk.SamplingDecision.RECORD_AND_SAMPLED;
  return { clock, isSampled, sampler };
}

const ROOT = ROOT_CONTEXT;
const SAMPLED = childOf(TraceFlags.SAMPLED);
const UNSAMPLED = childOf(TraceFlags.NONE);

describe('a sampler', () => {
  const CASES: readonly [SamplerConfig, readonly boolean[]][] = [
    [{ strategy: 'always_on' }, [true, true, true, true]],
    [{ strategy: 'always_off' }, [false, false, false, false]],
    [{ strategy: 'trace_id_ratio', ratio: 0.5 }, [false, true, false, false]],
    [{ strategy: 'parent_based', ratio: 0.5 }, [false, true, true, false]],
    [{ strategy: 'rate_limited', spansPerSecond: 10 }, [true, true, true, false]],
  ];
  for (const [config, expected] of CASES) {
    it(`${config.strategy} decides over roots by their id, and over children`, () => {
      const { isSampled } = samplingBy(config);
      assert.deepEqual(
        [isSampled(ROOT), isSampled(ROOT, LOW_TRACE_ID), isSampled(SAMPLED), isSampled(UNSAMPLED)],
        expected,
      );
    });
  }

  it('by rate lets so many traces begin in a second, and tells of the others', () => {
    const { clock, isSampled, sampler } = samplingBy({ strategy: 'rate_limited', spansPerSecond: 2 });
    assert.deepEqual([isSampled(ROOT), isSampled(ROOT), isSampled(ROOT)], [true, true, false]);
    clock.nowMs = 499;
    assert.equal(isSampled(ROOT), false);
    clock.nowMs = 500;
    assert.deepEqual([isSampled(ROOT), isSampled(ROOT)], [true, false]);
    assert.equal(clock.refused, 3);
    assert.match(sampler.toString(), /2/);
  });

  it('by rate keeps traces whole, and charges their spans to the traces that come after', () => {
    const { clock, isSampled } = samplingBy({ strategy: 'rate_limited', spansPerSecond: 10 });
    assert.equal(isSampled(ROOT), true);
    for (let i = 0; i < 29; i++) assert.equal(isSampled(SAMPLED), true);
    clock.nowMs = 2_099;
    assert.equal(isSampled(ROOT), false);
    clock.nowMs = 2_100;
    assert.equal(isSampled(ROOT), true);
  });

  it('by rate lets traces begin again some seconds after the largest one', () => {
    const { clock, isSampled } = samplingBy({ strategy: 'rate_limited', spansPerSecond: 10 });
    for (let i = 0; i < 100_000; i++) isSampled(SAMPLED);
    clock.nowMs = 10_100;
    assert.equal(isSampled(ROOT), true);
  });

  it('by rate lets no trace begin while traces of others take more than the rate', () => {
    const { clock, isSampled } = samplingBy({ strategy: 'rate_limited', spansPerSecond: 10 });
    for (; clock.nowMs < 60_000; clock.nowMs += 50) isSampled(SAMPLED);
    assert.equal(isSampled(ROOT), false);
  });

  it('by rate lets one trace in eight seconds begin if that is the rate', () => {
    const { clock, isSampled } = samplingBy({ strategy: 'rate_limited', spansPerSecond: 1 / 8 });
    const begun: number[] = [];
    for (; clock.nowMs <= 24_000; clock.nowMs += 1_000) if (isSampled(ROOT)) begun.push(clock.nowMs);
    assert.deepEqual(begun, [0, 8_000, 16_000, 24_000]);
  });
});

/** Traces that come at any times, with any number of spans below what is owed at most. */
function checkRate(): void {
  const arrivals = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 800 }), children: fc.integer({ min: 0, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), arrivals, (rate, traces) => {
      let nowMs = 0;
      let spans = 0;
      let largest = 0;
      const budget = new SpanBudget(rate, () => nowMs);
      for (const { waitMs, children } of traces) {
        nowMs += waitMs;
        if (!budget.take()) continue;
        for (let i = 0; i < children; i++) budget.charge();
        spans += 1 + children;
        largest = Math.max(largest, 1 + children);
        // A second's worth may be held, and the last trace may go over.
        assert.ok(spans <= rate * (1 + nowMs / 1_000) + largest + 1e-6, `${spans} spans in ${nowMs} ms`);
      }
    }),
  );
}

describe('a rate of spans', () => {
  it('holds on average, whenever traces come', checkRate);

  it('is seen to be exceeded when children are not charged', () => {
    withMutant(
      SpanBudget.prototype,
      'charge',
      () => {},
      () => assert.throws(checkRate),
    );
  });
});
