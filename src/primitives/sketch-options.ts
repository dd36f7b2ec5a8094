/** Sketch options: what users say about native buckets and quantiles, checked, and the sketch shape that follows. */
import { inspect } from 'node:util';
import { SCHEMA_MAX, SCHEMA_MIN } from '../memory/exponential-index.js';
import { TICKS_PER_SECOND } from '../memory/layout.js';
import { SKETCH_BUCKETS_MAX, SKETCH_INTERVALS_MAX } from '../memory/sketch-shape.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import { nativeNameProblems } from './option-names.js';

/** Native (exponential) buckets of a histogram. */
export interface NativeBuckets {
  /**
   * Finest schema, -4..8: a power of two is divided into 2^schema buckets. Coarser ones follow by themselves when the
   * values span more than `maxBuckets`. Default 8.
   */
  readonly schema?: number | undefined;
  /** Most buckets that are kept, positive and negative ones together, 20..8,192. Default 160. */
  readonly maxBuckets?: number | undefined;
  /** Values from its negative to it are counted in the zero bucket; not negative. Default 2^-128. */
  readonly zeroThreshold?: number | undefined;
}

/** What the quantiles of a summary are taken from. */
export interface SummarySketch {
  /**
   * Relative error of a quantile: it lies within `relativeError` times an observed value of that value. 0.0014..0.33,
   * default 0.01.
   */
  readonly relativeError?: number | undefined;
  /**
   * Most buckets that are kept, 20..8,192. Default 2,000: with the default error that spans 31 powers of two, a factor of
   * 2e9 between the smallest and the largest value; beyond, the error doubles.
   */
  readonly maxBuckets?: number | undefined;
  /** Length of the sliding window that quantiles are taken over. Default: no window, all observations. */
  readonly maxAgeSeconds?: number | undefined;
  /**
   * Intervals that the sliding window moves on by, 1..15. Default 5. Has no effect without maxAgeSeconds: there is no
   * window then.
   */
  readonly ageBuckets?: number | undefined;
}

const NATIVE_BUCKETS = 160;
/** With its headers it fits a block of 32 KiB. */
const SUMMARY_BUCKETS = 2_000;
const BUCKETS_MIN = 20;
/** As client_golang has it (prometheus.DefNativeHistogramZeroThreshold): no value that is meant is smaller. */
const ZERO_THRESHOLD = 2 ** -128;
const RELATIVE_ERROR = 0.01;
const RELATIVE_ERROR_MAX = 0.33;
const AGE_BUCKETS = 5;
/** A year. */
const AGE_MAX_SECONDS = 31_536_000;

/**
 * The sketch of a histogram with native buckets; the defaults for `true`.
 *
 * @param problems gets a line for each option that cannot be used
 */
export function nativeSketch(native: true | NativeBuckets, problems: string[]): SketchShape {
  const {
    schema = SCHEMA_MAX,
    maxBuckets = NATIVE_BUCKETS,
    zeroThreshold = ZERO_THRESHOLD,
  } = native === true ? {} : native;
  if (native !== true) problems.push(...nativeNameProblems(native));
  checkInteger('native.schema', schema, [SCHEMA_MIN, SCHEMA_MAX], problems);
  checkInteger('native.maxBuckets', maxBuckets, [BUCKETS_MIN, SKETCH_BUCKETS_MAX], problems);
  if (!(Number.isFinite(zeroThreshold) && zeroThreshold >= 0))
    problems.push(`native.zeroThreshold is ${inspect(zeroThreshold)}; it must be finite and not negative`);
  return { bucketsMax: maxBuckets, schema, zeroThreshold, intervals: 0, intervalTicks: 0 };
}

/**
 * The sketch of a summary.
 *
 * @param problems gets a line for each option that cannot be used
 */
export function summarySketch(options: SummarySketch, problems: string[]): SketchShape {
  const { relativeError = RELATIVE_ERROR, maxBuckets = SUMMARY_BUCKETS, maxAgeSeconds, ageBuckets } = options;
  const smallest = relativeErrorOf(SCHEMA_MAX);
  if (!(
    typeof relativeError === 'number' &&
    relativeError >= smallest &&
    relativeError <= RELATIVE_ERROR_MAX
  )) {
    problems.push(
      `relativeError is ${inspect(relativeError)}; it must be in ${smallest.toPrecision(2)}..${RELATIVE_ERROR_MAX}`,
    );
  }
  checkInteger('maxBuckets', maxBuckets, [BUCKETS_MIN, SKETCH_BUCKETS_MAX], problems);
  if (ageBuckets !== undefined) checkInteger('ageBuckets', ageBuckets, [1, SKETCH_INTERVALS_MAX], problems);
  const intervals = maxAgeSeconds === undefined ? 0 : (ageBuckets ?? AGE_BUCKETS);
  const ageMin = intervals / TICKS_PER_SECOND;
  const isAge = (age: unknown): boolean => typeof age === 'number' && age >= ageMin && age <= AGE_MAX_SECONDS;
  if (maxAgeSeconds !== undefined && !isAge(maxAgeSeconds)) {
    problems.push(
      `maxAgeSeconds is ${inspect(maxAgeSeconds)}; it must be in ${ageMin}..${AGE_MAX_SECONDS}, ` +
        `at least ${1 / TICKS_PER_SECOND} s for each of ${intervals} ageBuckets`,
    );
  }
  const intervalTicks =
    intervals === 0 ? 0 : Math.round(((maxAgeSeconds ?? 0) * TICKS_PER_SECOND) / intervals);
  return {
    bucketsMax: maxBuckets,
    schema: schemaFor(relativeError),
    zeroThreshold: 0,
    intervals,
    intervalTicks,
  };
}

/** How far the value that stands for a bucket can be from a value in it, as a share of the latter. */
export function relativeErrorOf(schema: number): number {
  const base = 2 ** (2 ** -schema);
  return (base - 1) / (base + 1);
}

/** The coarsest schema that keeps an error; the finest when none does. */
function schemaFor(relativeError: number): number {
  let schema = SCHEMA_MIN;
  while (schema < SCHEMA_MAX && relativeErrorOf(schema) > relativeError) schema++;
  return schema;
}

function checkInteger(
  name: string,
  value: unknown,
  [min, max]: readonly [number, number],
  problems: string[],
): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  problems.push(`${name} is ${inspect(value)}; it must be an integer in ${min}..${max}`);
}
