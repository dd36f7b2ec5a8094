/**
 * Cluster state: what the copies of the package in one process share, so that a worker answers once and not once for each
 * copy.
 */
import type { Registry } from '../registry/registry.js';
import type { PrimaryLink } from './primary-link.js';
import { SNAPSHOT_FORMAT } from './snapshot-version.js';
import type { WorkerLink } from './worker-link.js';

export interface ClusterState {
  /** What the processes show; undefined for the default registry. */
  registries: readonly Registry[] | undefined;
  /** Interval of unasked snapshots of this worker. */
  pushIntervalMs: number;
  primary?: Promise<PrimaryLink>;
  worker?: Promise<WorkerLink>;
}

/** A worker that is killed loses what it counted in that time; each snapshot costs it what a scrape does. */
export const PUSH_INTERVAL_MS = 5_000;

const key = Symbol.for(`threadtally.cluster.${SNAPSHOT_FORMAT}`);

export const clusterState: ClusterState = ((globalThis as { [key]?: ClusterState })[key] ??= {
  registries: undefined,
  pushIntervalMs: PUSH_INTERVAL_MS,
});
