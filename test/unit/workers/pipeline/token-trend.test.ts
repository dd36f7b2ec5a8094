import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WindowAggregator, type WindowSummary } from '../../../../workers/pipeline/aggregator.js';
import { judgeCall } from '../../../../workers/pipeline/call-judge.js';
import { TokenTrend } from '../../../../workers/pipeline/token-trend.js';
import { addUsage, profileKeyOf } from '../../../../workers/pipeline/usage-profile.js';
import { makeEvent } from '../events.js';

const INTERVAL_MS = 10_000;

function summaryOf(count: number, contextTokens: number, generatedTokens: number): WindowSummary {
  const aggregator = new WindowAggregator();
  for (let index = 0; index < count; index++) aggregator.add(contextTokens, generatedTokens);
  return aggregator.summarize();
}

function createTrend(): TokenTrend {
  return new TokenTrend({ intervalMs: INTERVAL_MS, gapIntervalsMax: 12 });
}

describe('TokenTrend', () => {
  it('stays at the level of a steady series', () => {
    const trend = createTrend();
    for (let index = 0; index < 20; index++) trend.push(index * INTERVAL_MS, summaryOf(20, 100, 10));
    assert.equal(trend.requestsPerSecond, 2);
    assert.equal(trend.contextLevel, 100);
    assert.equal(trend.generatedLevel, 10);
  });

  it('lets the rate fall over intervals without events, and keeps the level of the tokens', () => {
    const trend = createTrend();
    trend.push(0, summaryOf(20, 100, 10));
    const step = trend.push(5 * INTERVAL_MS, summaryOf(20, 100, 10));
    assert.deepEqual(
      step.map(({ strategy, normalized }) => [strategy, normalized.fillCount]),
      [
        ['zero', 4],
        ['forward_fill', 4],
        ['linear', 4],
      ],
    );
    assert.ok(trend.requestsPerSecond > 0 && trend.requestsPerSecond < 2);
    assert.equal(trend.contextLevel, 100);
    assert.equal(trend.generatedLevel, 10);
  });

  it('gives rates whose sum does not depend on the order of addition', () => {
    const trend = createTrend();
    trend.push(0, summaryOf(7, 1, 1));
    trend.push(INTERVAL_MS, summaryOf(4, 1, 1));
    assert.ok(Number.isInteger(trend.requestsPerSecond * 1024));
  });
});

describe('judgeCall', () => {
  const trend = createTrend();
  trend.push(0, summaryOf(20, 100, 50));
  const call = makeEvent({ contextTokens: 100, generatedTokens: 10 });
  const profileOf = (calls: number) => ({ calls, contextTokens: 100 * calls, generatedTokens: 20 * calls });

  it('finds nothing in a usual call', () => {
    assert.deepEqual(judgeCall(call, profileOf(50), trend), {
      contextOutlier: false,
      generatedOutlier: false,
    });
  });

  it('finds a context far above the level', () => {
    assert.equal(judgeCall({ ...call, contextTokens: 401 }, undefined, trend).contextOutlier, true);
    assert.equal(judgeCall({ ...call, contextTokens: 400 }, undefined, trend).contextOutlier, false);
  });

  it('finds an output far above that of calls alike, once there are enough of them', () => {
    const long = { ...call, generatedTokens: 81 };
    assert.equal(judgeCall(long, profileOf(20), trend).generatedOutlier, true);
    assert.equal(judgeCall(long, profileOf(19), trend).generatedOutlier, false);
    assert.equal(judgeCall(long, undefined, trend).generatedOutlier, false);
    assert.equal(judgeCall({ ...call, generatedTokens: 80 }, profileOf(20), trend).generatedOutlier, false);
  });

  it('finds nothing before there is a level', () => {
    const verdict = judgeCall({ ...call, contextTokens: 1_000_000 }, undefined, createTrend());
    assert.deepEqual(verdict, { contextOutlier: false, generatedOutlier: false });
  });
});

describe('profileKeyOf', () => {
  it('puts contexts of the same power of two together, by model', () => {
    const keyOf = (contextTokens: number, model = 'm'): string =>
      profileKeyOf(makeEvent({ contextTokens, model }));
    assert.equal(keyOf(1_024), keyOf(2_047));
    assert.notEqual(keyOf(1_024), keyOf(2_048));
    assert.notEqual(keyOf(0), keyOf(1));
    assert.notEqual(keyOf(1), keyOf(1, 'other'));
  });

  it('goes with a profile that sums up', () => {
    const one = addUsage(undefined, { model: 'm', contextTokens: 3, generatedTokens: 4 });
    const two = addUsage(one, { model: 'm', contextTokens: 10, generatedTokens: 20 });
    assert.deepEqual(two, { calls: 2, contextTokens: 13, generatedTokens: 24 });
  });
});
