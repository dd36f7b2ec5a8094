/** Timing of one operation by mitata, with every call accounted for. */
import { measure } from 'mitata';

export interface Timing {
  /** Of the means of batches of 4,096 calls: a single call of some nanoseconds is below the step of any clock. */
  readonly nsMedian: number;
  readonly nsP99: number;
  /** How often the operation was called, mitata's own warmup included. */
  readonly calls: number;
}

/** Two more than mitata counts: it tries the operation out before it decides how to measure it. */
const UNCOUNTED_CALLS = 2;

/**
 * @param unroll calls in the body of the timed loop; what V8 knows after one call may spare the next one work, and the
 *   processor overlaps neighbours, so that neither 1 nor more of them is the truth for every program
 */
export async function timeOperation(
  operation: () => void,
  cpuTimeMs: number,
  unroll: number,
): Promise<Timing> {
  const stats = await measure(operation, {
    min_cpu_time: cpuTimeMs * 1e6,
    batch_unroll: unroll,
    gc: false,
    // Always in batches: one slow first call would otherwise make it measure the clock.
    warmup_samples: 1,
    warmup_threshold: Infinity,
    batch_threshold: Infinity,
    // Keep every sample, so that the calls that it counts are the calls that it made.
    samples_threshold: Infinity,
  });
  return { nsMedian: stats.p50, nsP99: stats.p99, calls: stats.ticks + UNCOUNTED_CALLS };
}
