/**
 * Event loop collectors: how late the loop of this thread is, and how much of its time it is busy.
 *
 * Node.js measures both by itself, between scrapes and without this thread's doing: a scrape reads what it has and never
 * measures its own arrival.
 */
import type { IntervalHistogram } from 'node:perf_hooks';
import type { CounterHandle } from '../primitives/counter.js';
import { builtinModule } from './builtin-modules.js';
import type { DefaultCollector } from './default-collector.js';
import type { DefaultFamilies, ThreadGauge } from './default-families.js';
import {
  LAG,
  LAG_MAX,
  LAG_MEAN,
  LAG_MIN,
  LAG_PERCENTILES,
  LAG_STDDEV,
  LOOP_TIME,
  LOOP_UTILIZATION,
  UTILIZATION_HISTOGRAM,
  UTILIZATION_SUMMARY,
  lagPercentile,
} from './default-names.js';
import type { UtilizationSettings } from './default-metrics-options.js';

const NS_PER_SECOND = 1e9;
const MS_PER_SECOND = 1_000;

/** Times of an event loop since it began, in ms; as performance.eventLoopUtilization() has them. */
export interface LoopTimes {
  readonly active: number;
  readonly idle: number;
}

/** What monitorEventLoopDelay() returns, as far as it is needed; times in ns. */
export type DelayHistogram = Pick<
  IntervalHistogram,
  'count' | 'min' | 'max' | 'mean' | 'stddev' | 'percentile' | 'reset' | 'enable' | 'disable'
>;

/** The delays since the last scrape. A scrape without any, as one right after another, leaves the values as they are. */
export class LagCollector implements DefaultCollector {
  readonly named = LAG;
  private readonly delays: DelayHistogram;
  private readonly precisionNs: number;
  private readonly shows: readonly (() => void)[];

  constructor(families: DefaultFamilies, newHistogram = monitorDelay) {
    const { precisionMs } = families.settings;
    this.precisionNs = precisionMs * (NS_PER_SECOND / MS_PER_SECOND);
    const delays = newHistogram(precisionMs);
    this.delays = delays;
    const show = (gauge: ThreadGauge, nanoseconds: () => number) => (): void =>
      gauge.set(nanoseconds() / NS_PER_SECOND);
    this.shows = [
      // The others have the precision in them: they are times between two looks, which are that far apart in an idle loop.
      show(families.threadGauge(LAG, 'max'), () => Math.max(0, delays.mean - this.precisionNs)),
      show(families.threadGauge(LAG_MIN, 'min'), () => delays.min),
      show(families.threadGauge(LAG_MAX, 'max'), () => delays.max),
      show(families.threadGauge(LAG_MEAN, 'average'), () => delays.mean),
      show(families.threadGauge(LAG_STDDEV, 'max'), () => delays.stddev),
      ...LAG_PERCENTILES.map(percentile =>
        show(families.threadGauge(lagPercentile(percentile), 'max'), () => delays.percentile(percentile)),
      ),
    ];
    delays.enable();
  }

  collect(): void {
    // Of no delays the least one is the largest number there is, and the mean is none.
    if (this.delays.count === 0) return;
    for (const show of this.shows) show();
    this.delays.reset();
  }

  stop(): void {
    this.delays.disable();
  }
}

function monitorDelay(resolution: number): DelayHistogram {
  return builtinModule('node:perf_hooks').monitorEventLoopDelay({ resolution });
}

/** Seconds that the loop was active and idle, and the share of it since the last scrape. */
export class LoopTimeCollector implements DefaultCollector {
  readonly named = LOOP_TIME;
  private readonly active: CounterHandle;
  private readonly idle: CounterHandle;
  private readonly utilization: ThreadGauge;

  /**
   * @param counted what an earlier collector of this thread has counted; what this one counts is added to it
   * @param times since the loop began
   */
  constructor(
    families: DefaultFamilies,
    private readonly counted: { active: number; idle: number },
    private readonly times: () => LoopTimes = loopTimes,
  ) {
    const handleOf = families.threadCounter(LOOP_TIME, 'state');
    this.active = handleOf('active');
    this.idle = handleOf('idle');
    this.utilization = families.threadGauge(LOOP_UTILIZATION, 'max');
  }

  collect(): void {
    const { active, idle } = this.times();
    // Never less, whatever a clock says: a counter does not go down.
    const wasActive = Math.max(0, active - this.counted.active);
    const wasIdle = Math.max(0, idle - this.counted.idle);
    this.counted.active += wasActive;
    this.counted.idle += wasIdle;
    this.active.inc(wasActive / MS_PER_SECOND);
    this.idle.inc(wasIdle / MS_PER_SECOND);
    if (wasActive + wasIdle > 0) this.utilization.set(wasActive / (wasActive + wasIdle));
  }
}

function loopTimes(): LoopTimes {
  return performance.eventLoopUtilization();
}

/** Samples of the utilization. Only when they are asked for: unlike all others they need a timer. */
export class UtilizationSampler implements DefaultCollector {
  readonly named = UTILIZATION_SUMMARY;
  private readonly timer: NodeJS.Timeout;
  private readonly observe: (utilization: number) => void;
  private last: LoopTimes;
  private lastMs = performance.now();

  constructor(
    families: DefaultFamilies,
    private readonly sampling: UtilizationSettings,
    private readonly times: () => LoopTimes = loopTimes,
  ) {
    const summary = families.sampledSummary(UTILIZATION_SUMMARY, sampling);
    const histogram = families.sampledHistogram(UTILIZATION_HISTOGRAM, sampling);
    this.observe = utilization => {
      summary.observe(utilization);
      histogram.observe(utilization);
    };
    this.last = times();
    this.timer = setInterval(() => this.sample(performance.now()), sampling.timeoutMs);
    this.timer.unref();
  }

  /** A loop that was blocked for several intervals was as busy in each of them. */
  sample(nowMs: number): void {
    const { last } = this;
    const now = this.times();
    const [active, idle] = [now.active - last.active, now.idle - last.idle];
    const intervals = Math.max(1, Math.round((nowMs - this.lastMs) / this.sampling.timeoutMs));
    this.last = now;
    this.lastMs = nowMs;
    if (!(active + idle > 0)) return;
    for (let i = 0; i < intervals; i++) this.observe(active / (active + idle));
  }

  collect(): void {}

  stop(): void {
    clearInterval(this.timer);
  }
}
