/** Activity: what keeps the event loop of this thread alive - resources, handles and requests, by type. */
import type { DefaultCollector } from './default-collector.js';
import type { DefaultFamilies, ThreadGauge } from './default-families.js';
import type { DefaultName } from './default-names.js';

/** The types of what is active, one for each. */
export type ActiveTypes = () => readonly string[];

export class ActivityCollector implements DefaultCollector {
  private readonly byType: ThreadGauge;
  private readonly total: ThreadGauge;
  /** Types that this thread has had something of: a type that it has none of any more is 0. */
  private readonly known = new Set<string>();

  constructor(
    families: DefaultFamilies,
    readonly named: DefaultName,
    total: DefaultName,
    private readonly active: ActiveTypes,
  ) {
    this.byType = families.threadGauge(named, 'sum', ['type']);
    this.total = families.threadGauge(total);
  }

  collect(): void {
    const types = this.active();
    const counts = new Map<string, number>();
    for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const type of counts.keys()) this.known.add(type);
    for (const type of this.known) this.byType.set(counts.get(type) ?? 0, { type });
    this.total.set(types.length);
  }
}

/** Of the functions that Node.js has for it, what is documented and what only prom-client's users know. */
interface ActivityFunctions {
  getActiveResourcesInfo?: () => string[];
  _getActiveHandles?: () => unknown[];
  _getActiveRequests?: () => unknown[];
}

export function activeResources(): ActiveTypes | undefined {
  const { getActiveResourcesInfo } = process as ActivityFunctions;
  return getActiveResourcesInfo && (() => getActiveResourcesInfo.call(process));
}

export function activeHandles(): ActiveTypes | undefined {
  const { _getActiveHandles: list } = process as ActivityFunctions;
  return list && (() => list.call(process).map(classOf));
}

export function activeRequests(): ActiveTypes | undefined {
  const { _getActiveRequests: list } = process as ActivityFunctions;
  return list && (() => list.call(process).map(classOf));
}

function classOf(active: unknown): string {
  return (active as { constructor?: { name?: string } } | null)?.constructor?.name || 'unknown';
}
