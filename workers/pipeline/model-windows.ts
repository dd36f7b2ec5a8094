/**
 * The windows of one model in one partition, and the trend that comes out of them.
 */
import type { LlmEvent } from '../event.js';
import { AGGREGATION_TYPES, type WindowSummary } from './aggregator.js';
import type { EventTrace } from './event-trace.js';
import { WINDOW_TYPES, type EventWindows, type TriggeredWindow, type WindowType } from './event-window.js';
import type { ModelMetrics, PipelineMetrics } from './pipeline-metrics.js';
import { SessionWindows } from './session-window.js';
import type { PipelineSettings } from './settings.js';
import { SlidingWindows } from './sliding-window.js';
import { TokenTrend, type TrendStep } from './token-trend.js';
import { TumblingWindows } from './tumbling-window.js';

/** A closed window as it leaves the pipeline. */
export interface WindowResult extends WindowSummary {
  readonly windowType: WindowType;
  readonly partition: number;
  readonly model: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface ModelWindowsOptions {
  readonly partition: number;
  readonly model: string;
  readonly settings: PipelineSettings;
  readonly metrics: PipelineMetrics;
  readonly onWindow: (result: WindowResult) => void;
}

export class ModelWindows {
  readonly trend: TokenTrend;
  private readonly windows: Readonly<Record<WindowType, EventWindows>>;
  private readonly modelMetrics: ModelMetrics;
  private readonly options: ModelWindowsOptions;
  private shownRate = 0;

  constructor(options: ModelWindowsOptions) {
    this.options = options;
    const { settings } = options;
    const { allowedLatenessMs } = settings;
    this.modelMetrics = options.metrics.forModel(options.model);
    this.trend = new TokenTrend({
      intervalMs: settings.tumblingSizeMs,
      gapIntervalsMax: settings.gapIntervalsMax,
    });
    this.windows = {
      tumbling: new TumblingWindows({ sizeMs: settings.tumblingSizeMs, allowedLatenessMs }),
      sliding: new SlidingWindows({
        sizeMs: settings.slidingSizeMs,
        slideMs: settings.slidingSlideMs,
        allowedLatenessMs,
      }),
      session: new SessionWindows({ gapMs: settings.sessionGapMs, allowedLatenessMs }),
    };
  }

  /** Takes on-time events only. */
  add(event: LlmEvent, trace?: EventTrace): void {
    for (const windowType of WINDOW_TYPES) {
      const { created, merged } = this.windows[windowType].add(event);
      if (created === 0 && merged === 0) continue;
      const metrics = this.options.metrics.windows[windowType];
      metrics.created.inc(created);
      metrics.merged.inc(merged);
      metrics.active.inc(created - merged);
      trace?.windowsChanged(windowType, created, merged);
    }
  }

  /** Closes the windows that the watermark has passed. */
  advance(watermarkMs: number, trace?: EventTrace): void {
    for (const windowType of WINDOW_TYPES) {
      const windows = this.windows[windowType];
      if (windows.dueMs > watermarkMs) continue;
      for (const window of windows.advance(watermarkMs)) this.close(windowType, window, trace);
    }
  }

  private close(windowType: WindowType, window: TriggeredWindow, trace: EventTrace | undefined): void {
    const { startMs, endMs } = window;
    const span = trace?.windowClose({ type: windowType, startMs, endMs });
    const { partition, model, metrics, onWindow } = this.options;
    const summary = window.aggregator.summarize();
    const windowMetrics = metrics.windows[windowType];
    windowMetrics.triggered.inc();
    windowMetrics.active.dec();
    windowMetrics.sizeEvents.observe(summary.count);
    for (const aggregationType of AGGREGATION_TYPES) metrics.aggregations[aggregationType].inc();
    if (windowType === 'tumbling') this.follow(this.trend.push(window.startMs, summary));
    onWindow({ windowType, partition, model, startMs, endMs, ...summary });
    span?.end();
  }

  private follow(step: TrendStep): void {
    const { normalization } = this.options.metrics;
    for (const { strategy, normalized } of step) {
      if (normalized.fillCount > 0) normalization.fills[strategy].inc(normalized.fillCount);
      if (normalized.gap !== 'none') normalization.gaps.inc();
      if (normalized.gap === 'too_long') normalization.gapsSkipped.inc();
    }
    // The gauge is the sum over partitions, so each one moves it by its own change.
    this.modelMetrics.requestsPerSecond.inc(this.trend.requestsPerSecond - this.shownRate);
    this.shownRate = this.trend.requestsPerSecond;
  }
}
