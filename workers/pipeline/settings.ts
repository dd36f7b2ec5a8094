/**
 * The sizes of the pipeline. All times are event time, so what a run computes does not depend on how fast it went.
 */

export interface PipelineSettings {
  readonly dedupTtlMs: number;
  readonly dedupEntriesMax: number;
  /** How far the watermark stays behind the newest event. */
  readonly outOfOrderMs: number;
  /** How long windows stay open behind the watermark. */
  readonly allowedLatenessMs: number;
  readonly tumblingSizeMs: number;
  readonly slidingSizeMs: number;
  /** Divides slidingSizeMs. */
  readonly slidingSlideMs: number;
  readonly sessionGapMs: number;
  /** A longer run of missing intervals is an outage, not a gap: it is counted and not filled. */
  readonly gapIntervalsMax: number;
  readonly memoryEntriesMax: number;
  readonly storeEntriesMax: number;
}

export const DEFAULT_SETTINGS: PipelineSettings = {
  dedupTtlMs: 600_000,
  dedupEntriesMax: 16_384,
  outOfOrderMs: 5_000,
  allowedLatenessMs: 5_000,
  tumblingSizeMs: 10_000,
  slidingSizeMs: 60_000,
  slidingSlideMs: 10_000,
  sessionGapMs: 15_000,
  gapIntervalsMax: 12,
  memoryEntriesMax: 8,
  storeEntriesMax: 256,
};
