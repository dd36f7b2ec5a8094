/**
 * One logical partition of the stream: its own deduplication cache, watermark, windows and state.
 *
 * Promises  The outcome depends on the events of the partition and their order alone: not on the clock, not on the
 *           thread, not on other partitions. Every event is counted as received, and ends as exactly one of success,
 *           filtered (a copy) or dropped (late).
 */
import type { LlmEvent } from '../event.js';
import { judgeCall } from './call-judge.js';
import { DedupCache } from './dedup-cache.js';
import type { EventTrace } from './event-trace.js';
import { ModelWindows, type WindowResult } from './model-windows.js';
import type { EventTypeMetrics, ModelMetrics, PipelineMetrics } from './pipeline-metrics.js';
import type { PipelineSettings } from './settings.js';
import { StateCache } from './state-cache.js';
import { emptyTally, type Tally } from './tally.js';
import { addUsage, profileKeyOf, type UsageProfile } from './usage-profile.js';
import { Watermark } from './watermark.js';

export interface PartitionOptions {
  readonly partition: number;
  readonly settings: PipelineSettings;
  readonly metrics: PipelineMetrics;
  readonly onWindow: (result: WindowResult) => void;
}

export class Partition {
  readonly tally: Tally = emptyTally();
  private readonly options: PartitionOptions;
  private readonly metrics: PipelineMetrics;
  private readonly dedup: DedupCache;
  private readonly watermark: Watermark;
  private readonly profiles: StateCache<UsageProfile>;
  private readonly windowsByModel = new Map<string, ModelWindows>();

  constructor(options: PartitionOptions) {
    const { settings, metrics } = options;
    this.options = options;
    this.metrics = metrics;
    this.dedup = new DedupCache(
      { ttlMs: settings.dedupTtlMs, entriesMax: settings.dedupEntriesMax },
      metrics.dedup,
    );
    this.watermark = new Watermark(settings);
    this.profiles = new StateCache(settings, metrics.state);
  }

  /** @param trace where the event is traced */
  process(event: LlmEvent, trace?: EventTrace): void {
    const eventTypeMetrics = this.metrics.forEventType(event.eventType);
    eventTypeMetrics.received.inc();
    this.tally.received++;
    if (!this.dedup.admit(event.id, event.timeMs)) {
      this.filter(eventTypeMetrics);
      trace?.result('filtered', 'duplicate');
      return;
    }
    const modelMetrics = this.metrics.forModel(event.model);
    this.countTokens(event, modelMetrics);
    const windows = this.windowsOf(event.model);
    this.updateProfile(event, windows, modelMetrics, trace);
    this.enterWindows(event, windows, eventTypeMetrics, trace);
  }

  /** The end of the input: nothing more is expected, so every window closes and the state is written. */
  flush(): void {
    for (const windows of this.windowsByModel.values()) windows.advance(Infinity);
    this.profiles.flush();
  }

  private filter(eventTypeMetrics: EventTypeMetrics): void {
    eventTypeMetrics.droppedDuplicate.inc();
    this.metrics.filtered.inc();
    this.tally.duplicates++;
  }

  private countTokens({ contextTokens, generatedTokens }: LlmEvent, metrics: ModelMetrics): void {
    metrics.requests.inc();
    metrics.inputTokens.inc(contextTokens);
    metrics.outputTokens.inc(generatedTokens);
    metrics.contextTokens.observe(contextTokens);
    metrics.generatedTokens.observe(generatedTokens);
    this.tally.contextTokens += contextTokens;
    this.tally.generatedTokens += generatedTokens;
  }

  private updateProfile(
    event: LlmEvent,
    windows: ModelWindows,
    metrics: ModelMetrics,
    trace: EventTrace | undefined,
  ): void {
    const key = profileKeyOf(event);
    const profile = this.profiles.get(key, trace);
    const verdict = judgeCall(event, profile, windows.trend);
    if (verdict.contextOutlier) metrics.inputOutliers.inc();
    if (verdict.generatedOutlier) metrics.outputOutliers.inc();
    if (verdict.contextOutlier || verdict.generatedOutlier) this.tally.outliers++;
    this.profiles.put(key, addUsage(profile, event), trace);
  }

  private enterWindows(
    event: LlmEvent,
    windows: ModelWindows,
    eventTypeMetrics: EventTypeMetrics,
    trace: EventTrace | undefined,
  ): void {
    const arrival = this.watermark.observe(event.timeMs);
    this.metrics.normalization.events.inc();
    if (arrival !== 'in_order') this.metrics.normalization.outOfOrder.inc();
    if (arrival === 'late') {
      this.drop(eventTypeMetrics);
      trace?.result('dropped', 'late');
      return;
    }
    windows.add(event, trace);
    this.metrics.succeeded.inc();
    trace?.result('success');
    // Every model of the partition: one that has fallen silent still has windows to close.
    for (const other of this.windowsByModel.values()) other.advance(this.watermark.timeMs, trace);
  }

  private drop(eventTypeMetrics: EventTypeMetrics): void {
    eventTypeMetrics.droppedLate.inc();
    this.metrics.lateEvents.inc();
    this.metrics.dropped.inc();
    this.tally.late++;
  }

  private windowsOf(model: string): ModelWindows {
    let windows = this.windowsByModel.get(model);
    if (windows === undefined) {
      windows = new ModelWindows({
        ...this.options,
        model,
        onWindow: result => {
          this.tally.windows++;
          this.options.onWindow(result);
        },
      });
      this.windowsByModel.set(model, windows);
    }
    return windows;
  }
}
