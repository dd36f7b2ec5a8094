/**
 * Metric families of a stream processor for language model calls: ingest, deduplication, normalisation, windows, state
 * and tokens.
 *
 * Promises  Defining them is idempotent, in every thread: each thread of a processor calls this and gets its own handles
 *           of the same series. Everything that counts events depends on the events alone, not on how many threads
 *           share the work; durations, lag and backpressure do depend on it.
 */
import { buckets } from '../primitives/buckets.js';
import type { Registry } from '../registry/registry.js';

/** From one event to a busy minute. */
const WINDOW_EVENT_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/** Powers of two: where context limits and price steps of models lie. */
const TOKEN_BUCKETS = [16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 131_072];

/** 1 microsecond to 100 ms: a step within one process takes no network. */
const STEP_SECONDS_BUCKETS = [
  0.000_001, 0.000_002, 0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.01, 0.1,
];

export type StreamProcessorMetrics = ReturnType<typeof defineStreamProcessorMetrics>;

/** @throws DefinitionConflictError when one of the names is already defined differently. */
export function defineStreamProcessorMetrics(registry: Registry) {
  return {
    ...defineEventFamilies(registry),
    ...defineTimingFamilies(registry),
    ...defineWindowFamilies(registry),
    ...defineDedupFamilies(registry),
    ...defineNormalizationFamilies(registry),
    ...defineStateFamilies(registry),
    ...defineCallFamilies(registry),
  };
}

function defineEventFamilies(registry: Registry) {
  return {
    eventsReceived: registry.counter({
      name: 'stream_processor_events_received_total',
      help: 'Events that processing received, copies and late ones included.',
      labelNames: ['event_type'] as const,
    }),
    eventsProcessed: registry.counter({
      name: 'stream_processor_events_processed_total',
      help: 'Events by what became of them: success, filtered (a copy) or dropped (late). The sum is the number received.',
      labelNames: ['result'] as const,
    }),
    eventsDropped: registry.counter({
      name: 'stream_processor_events_dropped_total',
      help: 'Events that entered no window, by reason.',
      labelNames: ['event_type', 'reason'] as const,
    }),
    lateEvents: registry.counter({
      name: 'stream_processor_late_events_total',
      help: 'Events behind the watermark by more than the allowed lateness.',
    }),
    malformedRows: registry.counter({
      name: 'stream_processor_malformed_rows_total',
      help: 'Rows of the input that are no events, by reason. They were skipped.',
      labelNames: ['reason'] as const,
    }),
    errors: registry.counter({
      name: 'stream_processor_errors_total',
      help: 'Errors by type: malformed_row, input, worker.',
      labelNames: ['error_type'] as const,
    }),
    backpressureEvents: registry.counter({
      name: 'stream_processor_backpressure_events_total',
      help: 'Times that reading waited because a worker had its full share of batches in flight.',
    }),
  };
}

function defineTimingFamilies(registry: Registry) {
  return {
    processingDuration: registry.histogram({
      name: 'stream_processor_processing_duration_seconds',
      help: 'Time that a worker spent on one event.',
      labelNames: ['event_type'] as const,
      buckets: STEP_SECONDS_BUCKETS,
    }),
    endToEndLatency: registry.histogram({
      name: 'stream_processor_end_to_end_latency_seconds',
      help: 'Time from reading an event to the end of its processing, waiting for a worker included.',
      labelNames: ['event_type'] as const,
      buckets: [...buckets.latencySeconds],
    }),
    pipelineLag: registry.gauge({
      name: 'stream_processor_pipeline_lag_seconds',
      help: 'How long ago the event that was processed last had been read, of the slowest worker; 0 once all is done.',
      aggregator: 'max',
    }),
  };
}

function defineWindowFamilies(registry: Registry) {
  return {
    windowsCreated: registry.counter({
      name: 'windows_created_total',
      help: 'Windows opened by their first event.',
      labelNames: ['window_type'] as const,
    }),
    windowsTriggered: registry.counter({
      name: 'windows_triggered_total',
      help: 'Windows closed by the watermark or by the end of the input.',
      labelNames: ['window_type'] as const,
    }),
    windowsMerged: registry.counter({
      name: 'windows_merged_total',
      help: 'Open sessions that an event joined into another one. Created = triggered + merged + active.',
      labelNames: ['window_type'] as const,
    }),
    windowsActive: registry.gauge({
      name: 'windows_active',
      help: 'Windows open now.',
      labelNames: ['window_type'] as const,
      aggregator: 'sum',
    }),
    windowSize: registry.histogram({
      name: 'window_size_events',
      help: 'Events in a window when it closed.',
      labelNames: ['window_type'] as const,
      buckets: WINDOW_EVENT_BUCKETS,
    }),
    aggregationsComputed: registry.counter({
      name: 'stream_processor_aggregations_computed_total',
      help: 'Aggregates computed for closed windows.',
      labelNames: ['aggregation_type'] as const,
    }),
  };
}

function defineDedupFamilies(registry: Registry) {
  return {
    dedupChecked: registry.counter({
      name: 'dedup_events_checked_total',
      help: 'Events looked up in the deduplication cache.',
    }),
    dedupDuplicates: registry.counter({
      name: 'dedup_duplicates_found_total',
      help: 'Copies of events that were already seen.',
    }),
    dedupEntries: registry.gauge({
      name: 'dedup_cache_entries',
      help: 'Event ids remembered now.',
      aggregator: 'sum',
    }),
    dedupEvictions: registry.counter({
      name: 'dedup_cache_evictions_total',
      help: 'Event ids forgotten: expired after their time, or displaced because the cache was full.',
      labelNames: ['reason'] as const,
    }),
  };
}

function defineNormalizationFamilies(registry: Registry) {
  return {
    normalizationEvents: registry.counter({
      name: 'normalization_events_total',
      help: 'Events that entered normalisation.',
    }),
    normalizationOutOfOrder: registry.counter({
      name: 'normalization_out_of_order_events_total',
      help: 'Events older than one that came before them, late ones included.',
    }),
    normalizationGaps: registry.counter({
      name: 'normalization_gaps_detected_total',
      help: 'Runs of intervals without a value between two values of a series, filled or not.',
    }),
    normalizationGapsSkipped: registry.counter({
      name: 'normalization_gaps_skipped_total',
      help: 'Gaps too long to fill; the series starts again behind them.',
    }),
    normalizationFills: registry.counter({
      name: 'normalization_fill_operations_total',
      help: 'Intervals filled, by strategy.',
      labelNames: ['strategy'] as const,
    }),
  };
}

function defineStateFamilies(registry: Registry) {
  return {
    stateOperations: registry.counter({
      name: 'state_operations_total',
      help: 'Reads and writes of keyed state, by backend.',
      labelNames: ['operation', 'backend'] as const,
    }),
    stateOperationDuration: registry.histogram({
      name: 'state_operation_duration_seconds',
      help: 'Time that a read or write of keyed state took.',
      labelNames: ['operation', 'backend'] as const,
      buckets: STEP_SECONDS_BUCKETS,
    }),
    stateCacheHits: registry.counter({
      name: 'state_cache_hits_total',
      help: 'Reads of keyed state that a cache layer answered.',
      labelNames: ['cache_layer'] as const,
    }),
    stateCacheMisses: registry.counter({
      name: 'state_cache_misses_total',
      help: 'Reads of keyed state that a cache layer could not answer.',
      labelNames: ['cache_layer'] as const,
    }),
    stateCacheEvictions: registry.counter({
      name: 'state_cache_evictions_total',
      help: 'Entries that a full cache layer gave up: l1 writes them to l2, l2 loses them.',
      labelNames: ['cache_layer'] as const,
    }),
    stateCacheEntries: registry.gauge({
      name: 'state_cache_entries',
      help: 'Entries in a cache layer now.',
      labelNames: ['cache_layer'] as const,
      aggregator: 'sum',
    }),
    stateSize: registry.gauge({
      name: 'state_size_bytes',
      help: 'Size of serialised state, keys included.',
      labelNames: ['backend'] as const,
      aggregator: 'sum',
    }),
  };
}

function defineCallFamilies(registry: Registry) {
  return {
    llmRequests: registry.counter({
      name: 'llm_requests_total',
      help: 'Calls of a model, copies not included.',
      labelNames: ['model'] as const,
    }),
    llmTokens: registry.counter({
      name: 'llm_tokens_consumed_total',
      help: 'Tokens of calls, copies not included: input is the context, output what the model generated.',
      labelNames: ['model', 'token_type'] as const,
    }),
    llmContextTokens: registry.histogram({
      name: 'llm_context_tokens',
      help: 'Context tokens of a call.',
      labelNames: ['model'] as const,
      buckets: TOKEN_BUCKETS,
    }),
    llmGeneratedTokens: registry.histogram({
      name: 'llm_generated_tokens',
      help: 'Generated tokens of a call.',
      labelNames: ['model'] as const,
      buckets: TOKEN_BUCKETS,
    }),
    llmTokenOutliers: registry.counter({
      name: 'llm_token_outliers_total',
      help: 'Calls with several times more tokens than is usual for the model lately and for calls alike.',
      labelNames: ['model', 'token_type'] as const,
    }),
    llmRequestsPerSecond: registry.gauge({
      name: 'llm_requests_per_second',
      help: 'Smoothed rate of calls in event time, in closed windows.',
      labelNames: ['model'] as const,
      aggregator: 'sum',
    }),
  };
}
