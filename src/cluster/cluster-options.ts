/** Cluster options: what an AggregatorRegistry takes, checked all at once. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { unknownNameProblems } from '../primitives/option-names.js';
import { COLLECT_TIMEOUT_MS, rangeProblem } from '../registry/registry-options.js';

export interface ClusterOptions {
  /**
   * In the primary: longest wait of a scrape for the snapshots of all workers, and for the collect callbacks of this
   * process, 1..60,000 ms. Workers have three quarters of it for their callbacks. Default 100.
   */
  readonly collectTimeoutMs?: number | undefined;
  /**
   * In a worker: time between snapshots that it sends unasked, 100..600,000 ms. What it has counted since the last one is
   * lost when it is killed. Default 5,000.
   */
  readonly pushIntervalMs?: number | undefined;
}

export const CLUSTER_COLLECT_TIMEOUT_MS = 100;

const RANGES: Readonly<Record<keyof ClusterOptions, readonly [number, number]>> = {
  collectTimeoutMs: COLLECT_TIMEOUT_MS,
  pushIntervalMs: [100, 600_000],
};

/** @throws ConfigurationError listing every problem */
export function checkClusterOptions(options: ClusterOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('cluster options', [`they are ${inspect(options)}; they must be an object`]);
  }
  const problems = unknownNameProblems(options, Object.keys(RANGES), 'a cluster');
  for (const [name, range] of Object.entries(RANGES)) {
    const problem = rangeProblem(name, options[name as keyof ClusterOptions], range);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new ConfigurationError('cluster options', problems);
}
