/** Known metrics: the metric objects of one thread in one registry object - those that live in its arena, and its guests. */
import { alreadyRegistered } from '../primitives/definition-conflict.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import type { RegisteredMetric } from '../primitives/registrar.js';
import { Guests } from './guests.js';
import type { GuestHome, GuestMetric } from './guests.js';

export interface KnownMetric {
  readonly metric: RegisteredMetric;
  readonly descriptor: FamilyDescriptor;
}

interface Housing {
  readonly home: GuestHome;
  readonly descriptor: FamilyDescriptor;
}

/** Where the metrics of this copy of the package live, and how they are defined there. */
const housings = new WeakMap<object, Housing>();

export function housingOf(metric: object): Housing | undefined {
  return housings.get(metric);
}

export class KnownMetrics {
  readonly guests = new Guests();
  private readonly byName = new Map<string, KnownMetric>();

  constructor(private readonly home: GuestHome) {}

  add(metric: RegisteredMetric, descriptor: FamilyDescriptor): void {
    this.byName.set(descriptor.name, { metric, descriptor });
    // One of several registries is read from the first.
    if (!housings.has(metric)) housings.set(metric, { home: this.home, descriptor });
  }

  /** One that lives here. */
  own(name: string): KnownMetric | undefined {
    return this.byName.get(name);
  }

  /** An info may be asked for by the name of its sample, as it may be defined by it. */
  get(name: string): RegisteredMetric | GuestMetric | undefined {
    return this.byName.get(this.familyNameOf(name))?.metric ?? this.guests.get(name);
  }

  all(): (RegisteredMetric | GuestMetric)[] {
    return [...[...this.byName.values()].map(({ metric }) => metric), ...this.guests.metrics];
  }

  /** Returns the name of the family that lives here, which may go on in other threads. */
  remove(name: string): string {
    const familyName = this.familyNameOf(name);
    this.byName.delete(familyName);
    return familyName;
  }

  clear(): void {
    this.byName.clear();
  }

  /** Drops what metrics have cached for series that are gone. */
  purge(): void {
    for (const { metric } of this.byName.values()) metric.purge();
  }

  private familyNameOf(name: string): string {
    if (this.byName.has(name) || typeof name !== 'string' || !name.endsWith(INFO_SUFFIX)) return name;
    const base = name.slice(0, -INFO_SUFFIX.length);
    return this.byName.get(base)?.descriptor.type === 'info' ? base : name;
  }
}

export { alreadyRegistered };
