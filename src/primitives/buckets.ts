/** Upper bounds for histograms: presets, and the two usual progressions. `+Inf` is always there and never listed. */

import { inspect } from 'node:util';
import { BUCKETS_MAX } from '../memory/bucket-index.js';

/** Presets, in base units. */
export const buckets = Object.freeze({
  /** 1 ms to 10 s, for latencies in seconds. */
  latencySeconds: Object.freeze([0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  /** 1 to 100,000, for events per second. */
  throughput: Object.freeze([1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000]),
  /** 1 KiB to 100 MiB in tens, for sizes in bytes. */
  sizeBytes: Object.freeze([1_024, 10_240, 102_400, 1_048_576, 10_485_760, 104_857_600]),
});

/** What a histogram has when it names no buckets: 5 ms to 10 s, the default of Prometheus client libraries. */
export const DEFAULT_BUCKETS: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

/** Most bounds of a histogram. */
const COUNT_MAX = BUCKETS_MAX - 1;

/**
 * `count` bounds: start, start + width, ...
 *
 * @param count an integer in 1..65,534
 * @throws Error when `count` is less than 1, TypeError or RangeError naming any other value that makes no bounds
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error(`Linear buckets needs a positive count, not ${inspect(count)}`);
  checkFinite('Linear', { start, width });
  checkCount('Linear', count);
  return Array.from({ length: count }, (_, index) => start + index * width);
}

/**
 * `count` bounds: start, start * factor, start * factor^2, ...
 *
 * @param count an integer in 1..65,534
 * @throws Error when `start` is not positive, `factor` not greater than 1, or `count` less than 1; TypeError or RangeError
 *   naming any other value that makes no bounds
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error(`Exponential buckets needs a positive start, not ${inspect(start)}`);
  if (count < 1) throw new Error(`Exponential buckets needs a positive count, not ${inspect(count)}`);
  if (factor <= 1)
    throw new Error(`Exponential buckets needs a factor greater than 1, not ${inspect(factor)}`);
  checkFinite('Exponential', { start, factor });
  checkCount('Exponential', count);
  const bounds = [start];
  while (bounds.length < count) bounds.push(bounds[bounds.length - 1]! * factor);
  return bounds;
}

function checkFinite(what: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TypeError(`${what} buckets needs a finite ${name}, not ${inspect(value)}`);
  }
}

function checkCount(what: string, count: unknown): void {
  if (typeof count !== 'number' || Number.isNaN(count))
    throw new TypeError(`${what} buckets needs a number as count, not ${inspect(count)}`);
  if (!Number.isInteger(count) || count > COUNT_MAX)
    throw new RangeError(`${what} buckets needs a whole count of at most ${COUNT_MAX}, not ${count}`);
}
