/** Running collection: what one call of collectDefaultMetrics has begun in this thread. */
import { ActivityCollector, activeHandles, activeRequests, activeResources } from './activity-collector.js';
import type { ActiveTypes } from './activity-collector.js';
import type { DefaultMetricsHandle } from './collect-default-metrics.js';
import type { DefaultCollector } from './default-collector.js';
import { DefaultFamilies } from './default-families.js';
import type {
  DefaultMetricsCollectorConfiguration,
  DefaultMetricsSettings,
} from './default-metrics-options.js';
import { defaultMetricsSettings } from './default-metrics-options.js';
import type { DefaultName } from './default-names.js';
import {
  ACTIVE_HANDLES,
  ACTIVE_HANDLES_TOTAL,
  ACTIVE_REQUESTS,
  ACTIVE_REQUESTS_TOTAL,
  ACTIVE_RESOURCES,
  ACTIVE_RESOURCES_TOTAL,
} from './default-names.js';
import { LagCollector, LoopTimeCollector, UtilizationSampler } from './event-loop-collector.js';
import { GcCollector } from './gc-collector.js';
import { HeapCollector, HeapSpaceCollector } from './heap-collector.js';
import { ProcessCollector, VersionCollector } from './process-collector.js';

/**
 * What this thread has counted of its event loop, by place: a later call goes on from there. Stays when a collection ends,
 * two numbers for each place that there has been.
 */
const countedTimes = new Map<string, { active: number; idle: number }>();
/** What goes on in this thread, by place. */
const running = new Map<string, RunningCollection>();

/** As collectDefaultMetrics. */
export function startCollection(
  config: DefaultMetricsCollectorConfiguration | null | undefined,
): DefaultMetricsHandle {
  const settings = defaultMetricsSettings(config);
  const place = placeOf(settings);
  running.get(place)?.stop();
  const collection = new RunningCollection(place, new DefaultFamilies(settings));
  running.set(place, collection);
  return collection;
}

/**
 * Where a collection records: no two of a thread may record into one place. Two registry objects may be over one arena, and
 * one registry that was closed, and is used again, is over the arena that it had.
 */
function placeOf({ registry, prefix }: DefaultMetricsSettings): string {
  // An arena that is not there yet is there from this call on.
  registry.threads();
  return `${registry.parts.engine()!.arena.identity} ${prefix}`;
}

class RunningCollection implements DefaultMetricsHandle {
  private readonly collectors: DefaultCollector[] = [];
  private readonly removals: (() => void)[] = [];
  private isStopped = false;

  constructor(
    private readonly place: string,
    private readonly families: DefaultFamilies,
  ) {
    try {
      this.begin();
      // A thread that is blocked from here on is shown with these values.
      this.collectAll();
    } catch (error) {
      this.stop();
      throw error;
    }
    for (const collector of this.collectors) {
      // No name of a family: to remove one of the group must not end the others.
      const name = `${families.nameOf(collector.named)} and its group`;
      this.removals.push(families.settings.registry.onCollect(name, () => collector.collect()));
    }
    watchExit(this);
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    if (running.get(this.place) === this) running.delete(this.place);
    unwatchExit(this);
    try {
      this.collectAll();
    } finally {
      for (const remove of this.removals) remove();
      for (const collector of this.collectors) collector.stop?.();
      this.families.withdraw();
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  private begin(): void {
    const { families, collectors, place } = this;
    const { utilization } = families.settings;
    const counted = countedTimes.get(place) ?? { active: 0, idle: 0 };
    countedTimes.set(place, counted);
    collectors.push(new ProcessCollector(families), new LagCollector(families));
    collectors.push(new LoopTimeCollector(families, counted));
    if (utilization !== undefined) collectors.push(new UtilizationSampler(families, utilization));
    this.addActivity(ACTIVE_RESOURCES, ACTIVE_RESOURCES_TOTAL, activeResources());
    this.addActivity(ACTIVE_HANDLES, ACTIVE_HANDLES_TOTAL, activeHandles());
    this.addActivity(ACTIVE_REQUESTS, ACTIVE_REQUESTS_TOTAL, activeRequests());
    collectors.push(new HeapCollector(families), new HeapSpaceCollector(families));
    collectors.push(new VersionCollector(families), new GcCollector(families));
  }

  private addActivity(named: DefaultName, total: DefaultName, active: ActiveTypes | undefined): void {
    if (active !== undefined)
      this.collectors.push(new ActivityCollector(this.families, named, total, active));
  }

  collectAll(): void {
    for (const collector of this.collectors) collector.collect();
  }
}

/** Those that go on in this thread, of all registries. */
const ending = new Set<RunningCollection>();

function watchExit(collection: RunningCollection): void {
  ending.add(collection);
  // Before the listener that gives the stripe of the thread back: what it has counted since the last scrape stays.
  if (ending.size === 1) process.prependListener('exit', collectAtExit);
}

function unwatchExit(collection: RunningCollection): void {
  if (ending.delete(collection) && ending.size === 0) process.off('exit', collectAtExit);
}

function collectAtExit(): void {
  for (const collection of ending) {
    try {
      collection.collectAll();
    } catch {
      // A program that ends must not fail for its metrics.
    }
  }
}
