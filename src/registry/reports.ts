/** Reports: what a registry says of itself - cardinality, memory, threads. */
import type { ArenaUsage } from '../memory/arena-usage.js';
import type { CardinalityStatus } from './cardinality.js';
import { statusOf } from './cardinality.js';
import type { Engine } from './engine.js';

export interface FamilyCardinality {
  readonly name: string;
  readonly series: number;
  readonly seriesMax: number;
  readonly status: CardinalityStatus;
  /** Label names that usually have a value for each user or request. */
  readonly suspiciousLabels: readonly string[];
}

export interface CardinalityReport {
  readonly series: number;
  readonly seriesMax: number;
  readonly status: CardinalityStatus;
  readonly families: number;
  readonly familiesMax: number;
  /** The family with the most series first. */
  readonly byFamily: readonly FamilyCardinality[];
}

export type MemoryReport = ArenaUsage;

export interface ThreadReport {
  /** As `worker_threads.threadId`; 0 is the main thread. */
  readonly threadId: number;
  /** The stripe that the thread alone writes, or 0 when it records through the shared one. */
  readonly stripe: number;
  /** Time since the thread's event loop last turned, in ms; larger than the heartbeat interval when it is blocked. */
  readonly heartbeatAgeMs: number;
  /** Time since the thread attached, in ms. */
  readonly attachedAgeMs: number;
  /** True when scrapes run collect callbacks in the thread. */
  readonly hasCollectCallbacks: boolean;
  /** True when a scrape went on without these callbacks, and they have not ended since: no scrape waits for them. */
  readonly isCollectLate: boolean;
}

export function cardinalityReport(engine: Engine): CardinalityReport {
  const { arena, limits } = engine;
  const { records } = engine.attachment;
  const series = records.reservations.seriesCount();
  const byFamily = engine.catalogue.families().map(({ descriptor, slot }): FamilyCardinality => {
    const count = records.slots.seriesCount(slot);
    const seriesMax = limits.familyMax(descriptor);
    return {
      name: descriptor.name,
      series: count,
      seriesMax,
      status: statusOf(count, seriesMax, arena.limits),
      suspiciousLabels: engine.suspiciousLabels(descriptor),
    };
  });
  return {
    series,
    seriesMax: arena.limits.seriesMax,
    status: statusOf(series, arena.limits.seriesMax, arena.limits),
    families: records.reservations.familyCount(),
    familiesMax: arena.limits.familiesMax,
    byFamily: byFamily.sort((a, b) => b.series - a.series),
  };
}

export function seriesByFamily(engine: Engine): Record<string, number> {
  return Object.fromEntries(cardinalityReport(engine).byFamily.map(({ name, series }) => [name, series]));
}

export function threadReports(engine: Engine): ThreadReport[] {
  const nowMs = Date.now();
  const { leases, collectors } = engine.attachment;
  return leases.held().map(lease => ({
    threadId: lease.threadId,
    stripe: lease.stripe,
    heartbeatAgeMs: Math.max(0, nowMs - lease.heartbeatMs),
    attachedAgeMs: Math.max(0, nowMs - lease.leasedMs),
    hasCollectCallbacks: collectors.requests.hasCallbacks(lease),
    isCollectLate: collectors.requests.isOverdue(lease),
  }));
}
