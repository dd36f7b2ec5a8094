/**
 * The handles that a worker records with: every label set is resolved once, so recording an event looks nothing up.
 */
import type { StreamProcessorMetrics } from '../../src/catalog/stream-processor.js';
import { AGGREGATION_TYPES } from './aggregator.js';
import type { DedupMetrics } from './dedup-cache.js';
import { WINDOW_TYPES } from './event-window.js';
import { FILL_STRATEGIES } from './normalizer.js';
import type { CountHandle, LevelHandle, ObservationHandle } from './recording.js';
import type { LayerMetrics, OperationMetrics, StateCacheMetrics } from './state-cache.js';

export interface EventTypeMetrics {
  readonly received: CountHandle;
  readonly droppedDuplicate: CountHandle;
  readonly droppedLate: CountHandle;
  readonly processingSeconds: ObservationHandle;
  readonly endToEndSeconds: ObservationHandle;
}

export interface ModelMetrics {
  readonly requests: CountHandle;
  readonly inputTokens: CountHandle;
  readonly outputTokens: CountHandle;
  readonly contextTokens: ObservationHandle;
  readonly generatedTokens: ObservationHandle;
  readonly inputOutliers: CountHandle;
  readonly outputOutliers: CountHandle;
  readonly requestsPerSecond: LevelHandle;
}

export interface WindowMetrics {
  readonly created: CountHandle;
  readonly triggered: CountHandle;
  readonly merged: CountHandle;
  readonly active: LevelHandle;
  readonly sizeEvents: ObservationHandle;
}

export class PipelineMetrics {
  readonly succeeded;
  readonly filtered;
  readonly dropped;
  readonly lateEvents;
  readonly lagSeconds;
  readonly windows;
  readonly aggregations;
  readonly normalization;
  readonly dedup: DedupMetrics;
  readonly state: StateCacheMetrics;
  private readonly families: StreamProcessorMetrics;
  private readonly byEventType = new Map<string, EventTypeMetrics>();
  private readonly byModel = new Map<string, ModelMetrics>();

  constructor(families: StreamProcessorMetrics) {
    this.families = families;
    this.succeeded = families.eventsProcessed.labels({ result: 'success' });
    this.filtered = families.eventsProcessed.labels({ result: 'filtered' });
    this.dropped = families.eventsProcessed.labels({ result: 'dropped' });
    this.lateEvents = families.lateEvents.labels();
    this.lagSeconds = families.pipelineLag.labels();
    this.windows = byName(WINDOW_TYPES, windowType => windowMetrics(families, windowType));
    this.aggregations = byName(AGGREGATION_TYPES, aggregationType =>
      families.aggregationsComputed.labels({ aggregation_type: aggregationType }),
    );
    this.normalization = normalizationMetrics(families);
    this.dedup = dedupMetrics(families);
    this.state = stateMetrics(families);
  }

  forEventType(eventType: string): EventTypeMetrics {
    return resolve(this.byEventType, eventType, () => eventTypeMetrics(this.families, eventType));
  }

  forModel(model: string): ModelMetrics {
    return resolve(this.byModel, model, () => modelMetrics(this.families, model));
  }
}

function resolve<T>(resolved: Map<string, T>, name: string, create: () => T): T {
  let metrics = resolved.get(name);
  if (metrics === undefined) {
    metrics = create();
    resolved.set(name, metrics);
  }
  return metrics;
}

function eventTypeMetrics(families: StreamProcessorMetrics, eventType: string): EventTypeMetrics {
  const labels = { event_type: eventType };
  return {
    received: families.eventsReceived.labels(labels),
    droppedDuplicate: families.eventsDropped.labels({ ...labels, reason: 'duplicate' }),
    droppedLate: families.eventsDropped.labels({ ...labels, reason: 'late' }),
    processingSeconds: families.processingDuration.labels(labels),
    endToEndSeconds: families.endToEndLatency.labels(labels),
  };
}

function modelMetrics(families: StreamProcessorMetrics, model: string): ModelMetrics {
  return {
    requests: families.llmRequests.labels({ model }),
    inputTokens: families.llmTokens.labels({ model, token_type: 'input' }),
    outputTokens: families.llmTokens.labels({ model, token_type: 'output' }),
    contextTokens: families.llmContextTokens.labels({ model }),
    generatedTokens: families.llmGeneratedTokens.labels({ model }),
    inputOutliers: families.llmTokenOutliers.labels({ model, token_type: 'input' }),
    outputOutliers: families.llmTokenOutliers.labels({ model, token_type: 'output' }),
    requestsPerSecond: families.llmRequestsPerSecond.labels({ model }),
  };
}

function windowMetrics(families: StreamProcessorMetrics, windowType: string): WindowMetrics {
  const labels = { window_type: windowType };
  return {
    created: families.windowsCreated.labels(labels),
    triggered: families.windowsTriggered.labels(labels),
    merged: families.windowsMerged.labels(labels),
    active: families.windowsActive.labels(labels),
    sizeEvents: families.windowSize.labels(labels),
  };
}

function normalizationMetrics(families: StreamProcessorMetrics) {
  return {
    events: families.normalizationEvents.labels(),
    outOfOrder: families.normalizationOutOfOrder.labels(),
    gaps: families.normalizationGaps.labels(),
    gapsSkipped: families.normalizationGapsSkipped.labels(),
    fills: byName(FILL_STRATEGIES, strategy => families.normalizationFills.labels({ strategy })),
  };
}

function dedupMetrics(families: StreamProcessorMetrics): DedupMetrics {
  return {
    checked: families.dedupChecked.labels(),
    duplicates: families.dedupDuplicates.labels(),
    entries: families.dedupEntries.labels(),
    expired: families.dedupEvictions.labels({ reason: 'expired' }),
    displaced: families.dedupEvictions.labels({ reason: 'displaced' }),
  };
}

function stateMetrics(families: StreamProcessorMetrics): StateCacheMetrics {
  return {
    memory: layerMetrics(families, 'memory', 'l1'),
    store: layerMetrics(families, 'store', 'l2'),
    storeBytes: families.stateSize.labels({ backend: 'store' }),
  };
}

function layerMetrics(families: StreamProcessorMetrics, backend: string, cacheLayer: string): LayerMetrics {
  const operation = (name: string): OperationMetrics => ({
    operations: families.stateOperations.labels({ operation: name, backend }),
    durationSeconds: families.stateOperationDuration.labels({ operation: name, backend }),
  });
  return {
    get: operation('get'),
    put: operation('put'),
    hits: families.stateCacheHits.labels({ cache_layer: cacheLayer }),
    misses: families.stateCacheMisses.labels({ cache_layer: cacheLayer }),
    evictions: families.stateCacheEvictions.labels({ cache_layer: cacheLayer }),
    entries: families.stateCacheEntries.labels({ cache_layer: cacheLayer }),
  };
}

function byName<N extends string, T>(names: readonly N[], create: (name: N) => T): Readonly<Record<N, T>> {
  return Object.fromEntries(names.map(name => [name, create(name)])) as Record<N, T>;
}
