/**
 * Cluster counters: what went wrong between processes, as families of the merged snapshot.
 *
 * Plain maps of the primary: an arena for them would be one more for every program that has a cluster.
 */
import { describeFamily } from '../primitives/family-descriptor.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { OWN_SERIES_MAX } from '../registry/own-families.js';
import type { FamilyPart, SeriesPart } from './process-snapshot.js';

export const CLUSTER_LATE_FAMILY = 'threadtally_cluster_late_total';
export const CLUSTER_REFUSED_FAMILY = 'threadtally_cluster_refused_total';
export const CLUSTER_CONFLICTS_FAMILY = 'threadtally_cluster_conflicts_total';

/** What of a worker was refused: its snapshot here, or the scrape there. */
export type RefusedReason = 'snapshot' | 'worker';

export class ClusterCounters {
  private readonly late = new LabelledCounts(
    CLUSTER_LATE_FAMILY,
    'Scrapes that went on with the last snapshot of a cluster worker, by its id.',
    'worker',
  );
  private readonly refused = new LabelledCounts(
    CLUSTER_REFUSED_FAMILY,
    'Snapshots of cluster workers that are missing: of another format or damaged (snapshot), or not made (worker).',
    'reason',
  );
  private readonly conflicts = new LabelledCounts(
    CLUSTER_CONFLICTS_FAMILY,
    'Scrapes that left values of older processes out, because the youngest defines the family otherwise, by family.',
    'family',
  );

  countLate(workerId: number): void {
    this.late.count(String(workerId));
  }

  countRefused(reason: RefusedReason): void {
    this.refused.count(reason);
  }

  countConflict(family: string): void {
    this.conflicts.count(family);
  }

  /** Those that have counted anything. */
  families(): FamilyPart[] {
    return [this.late, this.refused, this.conflicts].flatMap(counts => counts.families());
  }
}

class LabelledCounts {
  private readonly descriptor: FamilyDescriptor;
  private readonly counts = new Map<string, { value: number; readonly createdMs: number }>();
  /** Of label values beyond the limit. */
  private readonly excess = { value: 0, createdMs: Date.now() };

  constructor(name: string, help: string, label: string) {
    this.descriptor = describeFamily(
      'counter',
      { name, help, labelNames: [label], seriesMax: OWN_SERIES_MAX },
      1,
    );
  }

  count(label: string): void {
    let counted = this.counts.get(label);
    if (counted === undefined && this.counts.size < OWN_SERIES_MAX) {
      counted = { value: 0, createdMs: Date.now() };
      this.counts.set(label, counted);
    }
    (counted ?? this.excess).value++;
  }

  families(): FamilyPart[] {
    if (this.counts.size === 0) return [];
    const series = [...this.counts].map(([label, counted]) => seriesPart([label], counted));
    if (this.excess.value > 0) series.push({ ...seriesPart([], this.excess), isOverflow: true });
    return [{ descriptor: this.descriptor, series }];
  }
}

function seriesPart(
  labels: readonly string[],
  { value, createdMs }: { value: number; createdMs: number },
): SeriesPart {
  return {
    labels,
    isOverflow: false,
    createdMs,
    thread: undefined,
    numbers: [value],
    buckets: undefined,
    exemplars: [],
  };
}
