import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  LagCollector,
  LoopTimeCollector,
  UtilizationSampler,
} from '../../../src/runtime/event-loop-collector.js';
import type { DelayHistogram, LoopTimes } from '../../../src/runtime/event-loop-collector.js';
import { newCollecting } from './collecting.js';

/** A histogram of delays in ms. */
class FakeDelays implements DelayHistogram {
  delays: number[] = [];
  isEnabled = false;

  get count(): number {
    return this.delays.length;
  }

  get min(): number {
    return this.delays.length === 0 ? 2 ** 63 : Math.min(...this.delays) * 1e6;
  }

  get max(): number {
    return Math.max(0, ...this.delays) * 1e6;
  }

  get mean(): number {
    return (this.delays.reduce((sum, delay) => sum + delay, 0) / this.count) * 1e6;
  }

  get stddev(): number {
    return 2e6;
  }

  percentile(percentile: number): number {
    return percentile * 1e6;
  }

  reset(): void {
    this.delays = [];
  }

  enable(): boolean {
    return (this.isEnabled = true);
  }

  disable(): boolean {
    return !(this.isEnabled = false);
  }
}

describe('the lag of the event loop', () => {
  it('is what Node.js has measured since the last scrape', test => {
    const { families, samples } = newCollecting(test);
    const delays = new FakeDelays();
    const precisions: number[] = [];
    const collector = new LagCollector(families, precision => {
      precisions.push(precision);
      return delays;
    });
    assert.deepEqual([precisions, delays.isEnabled], [[10], true]);
    delays.delays = [11, 15, 40];
    collector.collect();
    assert.deepEqual(samples(), {
      nodejs_eventloop_lag_seconds: 0.012,
      nodejs_eventloop_lag_min_seconds: 0.011,
      nodejs_eventloop_lag_max_seconds: 0.04,
      nodejs_eventloop_lag_mean_seconds: 0.022,
      nodejs_eventloop_lag_stddev_seconds: 0.002,
      nodejs_eventloop_lag_p50_seconds: 0.05,
      nodejs_eventloop_lag_p90_seconds: 0.09,
      nodejs_eventloop_lag_p99_seconds: 0.099,
    });
    assert.equal(delays.count, 0, 'the next scrape has its own');
    collector.stop();
    assert.equal(delays.isEnabled, false);
  });

  it('stays as it was when a scrape follows so soon that there is nothing new', test => {
    const { families, samples } = newCollecting(test, { eventLoopMonitoringPrecision: 5 });
    const delays = new FakeDelays();
    const collector = new LagCollector(families, () => delays);
    delays.delays = [4];
    collector.collect();
    const before = samples();
    assert.equal(before['nodejs_eventloop_lag_seconds'], 0, 'never below');
    collector.collect();
    assert.deepEqual(samples(), before);
  });

  it('is measured by Node.js itself unless a test has another measure', async test => {
    const { families, samples } = newCollecting(test, { eventLoopMonitoringPrecision: 1 });
    const collector = new LagCollector(families);
    test.after(() => collector.stop());
    // As many turns as the measure needs to see one.
    while (samples()['nodejs_eventloop_lag_max_seconds'] === 0) {
      await setTimeout(1);
      collector.collect();
    }
    assert.ok(samples()['nodejs_eventloop_lag_min_seconds']! < 10);
  });
});

describe('the time of the event loop', () => {
  function newTimes(): { now: { active: number; idle: number }; times: () => LoopTimes } {
    const now = { active: 0, idle: 0 };
    return { now, times: () => ({ ...now }) };
  }

  it('is counted from the beginning of the thread on, by state', test => {
    const { families, samples } = newCollecting(test);
    const { now, times } = newTimes();
    const collector = new LoopTimeCollector(families, { active: 0, idle: 0 }, times);
    Object.assign(now, { active: 1_000, idle: 3_000 });
    collector.collect();
    Object.assign(now, { active: 4_000, idle: 4_000 });
    collector.collect();
    assert.deepEqual(samples(), {
      'nodejs_eventloop_time_seconds_total{state="active"}': 4,
      'nodejs_eventloop_time_seconds_total{state="idle"}': 4,
      nodejs_eventloop_utilization_ratio: 0.75,
    });
  });

  it('is not counted twice by a later collector of the thread', test => {
    const { families, registry, samples } = newCollecting(test);
    const { now, times } = newTimes();
    const counted = { active: 0, idle: 0 };
    Object.assign(now, { active: 500, idle: 500 });
    new LoopTimeCollector(families, counted, times).collect();
    now.active = 700;
    new LoopTimeCollector(newCollecting(test, {}, registry).families, counted, times).collect();
    assert.equal(samples()['nodejs_eventloop_time_seconds_total{state="active"}'], 0.7);
  });

  it('does not go down with a clock, and has no share of nothing', test => {
    const { families, samples } = newCollecting(test);
    const { now, times } = newTimes();
    const collector = new LoopTimeCollector(families, { active: 0, idle: 0 }, times);
    Object.assign(now, { active: 2_000, idle: 0 });
    collector.collect();
    Object.assign(now, { active: 1_000, idle: -1 });
    collector.collect();
    assert.deepEqual(Object.values(samples()), [2, 0, 1]);
  });

  it('has the thread as a label when that is asked for', test => {
    const { families, samples } = newCollecting(test, { threads: 'label' });
    const collector = new LoopTimeCollector(families, { active: 0, idle: 0 }, () => ({ active: 1, idle: 1 }));
    collector.collect();
    assert.deepEqual(Object.keys(samples()), [
      'nodejs_eventloop_time_seconds_total{state="active",thread="0"}',
      'nodejs_eventloop_time_seconds_total{state="idle",thread="0"}',
      'nodejs_eventloop_utilization_ratio{thread="0"}',
    ]);
  });
});

describe('samples of the utilization', () => {
  it('are one for each interval, also for those in which the loop was blocked', test => {
    const { families, samples } = newCollecting(test, { eventLoopUtilizationTimeout: 60_000 });
    let now: LoopTimes = { active: 0, idle: 0 };
    const sampler = new UtilizationSampler(families, families.settings.utilization!, () => now);
    const startMs = performance.now();
    now = { active: 30, idle: 70 };
    sampler.sample(startMs + 60_000);
    now = { active: 330, idle: 70 };
    sampler.sample(startMs + 240_000);
    sampler.sample(startMs + 300_000);
    sampler.stop();
    const values = samples();
    assert.equal(values['nodejs_eventloop_utilization_histogram_bucket{le="0.25"}'], 0);
    assert.equal(values['nodejs_eventloop_utilization_histogram_bucket{le="0.5"}'], 1);
    assert.equal(values['nodejs_eventloop_utilization_histogram_count'], 4);
    assert.equal(values['nodejs_eventloop_utilization_summary_count'], 4);
    assert.ok(Math.abs(values['nodejs_eventloop_utilization_summary_sum']! - 3.3) < 1e-9);
  });
});
