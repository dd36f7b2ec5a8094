/** Running collection: what one call of collectDefaultMetrics has begun in this thread. */
import type { Registry } from '../registry/registry.js';
import { ActivityCollector, activeHandles, activeRequests, activeResources } from './activity-collector.js';
import type { ActiveTypes } from './activity-collector.js';
import type { DefaultMetricsHandle } from './collect-default-metrics.js';
import type { DefaultCollector } from './default-collector.js';
import { DefaultFamilies } from './default-families.js';
import type { DefaultMetricsCollectorConfiguration } from './default-metrics-options.js';
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

/** What this thread has counted of its event loop, by prefix: a later call goes on from there. */
type CountedTimes = Map<string, { active: number; idle: number }>;

const countedTimes = new WeakMap<Registry, CountedTimes>();
/** What goes on in this thread, by prefix. */
const running = new WeakMap<Registry, Map<string, DefaultMetricsHandle>>();

/** As collectDefaultMetrics. */
export function startCollection(
  config: DefaultMetricsCollectorConfiguration | null | undefined,
): DefaultMetricsHandle {
  const settings = defaultMetricsSettings(config);
  const { registry, prefix } = settings;
  entryOf(running, registry).get(prefix)?.stop();
  const handle = new RunningCollection(new DefaultFamilies(settings));
  entryOf(running, registry).set(prefix, handle);
  return handle;
}

class RunningCollection implements DefaultMetricsHandle {
  private readonly collectors: DefaultCollector[] = [];
  private readonly removals: (() => void)[] = [];
  private isStopped = false;

  constructor(private readonly families: DefaultFamilies) {
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
    const { families, collectors } = this;
    const { registry, prefix, utilization } = families.settings;
    const counted = entryOf(countedTimes, registry);
    if (!counted.has(prefix)) counted.set(prefix, { active: 0, idle: 0 });
    collectors.push(new ProcessCollector(families), new LagCollector(families));
    collectors.push(new LoopTimeCollector(families, counted.get(prefix)!));
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

function entryOf<V>(maps: WeakMap<Registry, Map<string, V>>, registry: Registry): Map<string, V> {
  let map = maps.get(registry);
  if (map === undefined) {
    map = new Map();
    maps.set(registry, map);
  }
  return map;
}
