/**
 * Guests: metrics that one registry object shows and that do not live in its arena - of another registry, of another
 * client library, or objects with a name and a get().
 *
 * This thread alone knows them. A guest never spoils a scrape: one that fails or is late is shown with its last values.
 */
import type { MetricObjectWithValues } from '../primitives/readings.js';
import type { GivenMetric } from './given-family.js';
import { metricObjectOf } from './plain-values.js';
import type { FamilySnapshot } from './snapshot.js';

/** Any metric with the shape that client libraries for Node.js have. */
export interface GuestMetric {
  readonly name: string;
  readonly aggregator?: unknown;
  /** May reject: its family is then shown with its last values. */
  get(): unknown;
  reset?(): void;
}

/** Another registry, whose families are read where they live. */
export interface GuestHome {
  /** Runs the collect callbacks of all its threads. */
  collectFor(timeoutMs: number): Promise<void>;
  /** One of its families; undefined while it is not there. */
  snapshotOf(name: string): FamilySnapshot | undefined;
}

/** What went wrong before a scrape. */
export interface GuestProblem {
  readonly name: string;
  readonly error: unknown;
  readonly isLate: boolean;
}

/** A guest, and the registry that it lives in when it is a metric of this package. */
export interface HousedMetric {
  readonly metric: GuestMetric;
  readonly home: GuestHome | undefined;
}

interface Guest extends HousedMetric {
  readonly sinceSeconds: number;
  /** Its answer to an earlier scrape, which has not come yet: it is not asked again before. */
  pending: Promise<void> | undefined;
  /** True while that scrape has gone on without it: nobody waits for it again before it has answered. */
  isOverdue: boolean;
  given: { readonly family: FamilySnapshot; readonly reading: MetricObjectWithValues } | undefined;
}

const LATE = Symbol('late');

export class Guests {
  private readonly byName = new Map<string, Guest>();

  get size(): number {
    return this.byName.size;
  }

  get metrics(): GuestMetric[] {
    return this.housed.map(({ metric }) => metric);
  }

  get housed(): HousedMetric[] {
    return [...this.byName.values()];
  }

  get(name: string): GuestMetric | undefined {
    return this.byName.get(name)?.metric;
  }

  add(metric: GuestMetric, home: GuestHome | undefined): void {
    this.byName.set(metric.name, {
      metric,
      home,
      sinceSeconds: Date.now() / 1_000,
      pending: undefined,
      isOverdue: false,
      given: undefined,
    });
  }

  /** False when there is none. */
  remove(name: string): boolean {
    return this.byName.delete(name);
  }

  clear(): void {
    this.byName.clear();
  }

  /** Those that have no reset() stay as they are. */
  reset(): void {
    for (const metric of this.metrics) metric.reset?.();
  }

  /** Asks every guest for its values, and waits `timeoutMs` at most. What is late arrives for a later scrape. */
  async update(timeoutMs: number): Promise<GuestProblem[]> {
    const guests = [...this.byName];
    const homes = new Set(guests.flatMap(([, { home }]) => home ?? []));
    const [outcomes] = await Promise.all([
      Promise.all(guests.map(([name, guest]) => this.updateOne(name, guest, timeoutMs))),
      ...[...homes].map(home => home.collectFor(timeoutMs)),
    ]);
    return outcomes.filter(outcome => outcome !== undefined);
  }

  /** As the last update left them, those of other registries as they are now. Valid as long as any snapshot is. */
  snapshots(): FamilySnapshot[] {
    return [...this.byName.values()].flatMap(({ given, home, metric }) => {
      const family = home === undefined ? given?.family : home.snapshotOf(metric.name);
      return family === undefined ? [] : [family];
    });
  }

  /** As snapshots(), as plain objects; what is none of this package is shown as it gave itself. */
  readings(): MetricObjectWithValues[] {
    return [...this.byName.values()].flatMap(({ given, home, metric }) => {
      if (home === undefined) return given === undefined ? [] : [given.reading];
      const family = home.snapshotOf(metric.name);
      return family === undefined ? [] : [metricObjectOf(family)];
    });
  }

  private async updateOne(name: string, guest: Guest, timeoutMs: number): Promise<GuestProblem | undefined> {
    // Each wait leaves something behind in a promise that is never settled, and holds up a scrape.
    if (guest.isOverdue) return { name, error: undefined, isLate: true };
    try {
      const answer = (guest.pending ??= this.ask(guest).finally(() => {
        guest.pending = undefined;
        guest.isOverdue = false;
      }));
      if ((await orLate(answer, timeoutMs)) !== LATE) return undefined;
      // It may have answered since the time was over.
      if (guest.pending === answer) guest.isOverdue = true;
      return { name, error: undefined, isLate: true };
    } catch (error) {
      return { name, error, isLate: false };
    }
  }

  private async ask(guest: Guest): Promise<void> {
    // Read where it lives, by snapshots(): with native buckets, and at the moment of the scrape.
    if (guest.home !== undefined) return;
    const reading = givenOf(guest.metric, await guest.metric.get());
    const family = await familyOf(reading, guest.sinceSeconds);
    guest.given = { family, reading: { ...reading, values: reading.values ?? [] } as MetricObjectWithValues };
  }
}

/** One metric, asked now. @throws what its get() throws, TypeError when it is no metric */
export async function askOnce(metric: GuestMetric): Promise<FamilySnapshot> {
  if (typeof metric?.get !== 'function')
    throw new TypeError('a metric has a name and a get() that gives its values');
  return familyOf(givenOf(metric, await metric.get()), Date.now() / 1_000);
}

/** Loaded for the first guest: most registries have none. */
async function familyOf(given: GivenMetric, sinceSeconds: number): Promise<FamilySnapshot> {
  const { givenFamily } = await import('./given-family.js');
  return givenFamily(given, sinceSeconds);
}

function givenOf(metric: GuestMetric, reading: unknown): GivenMetric {
  if (typeof reading !== 'object' || reading === null)
    throw new TypeError(`get() of ${metric.name} gives no object with its values`);
  return { ...(reading as GivenMetric), name: metric.name };
}

async function orLate(answer: Promise<void>, timeoutMs: number): Promise<void | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>(resolve => {
    timer = setTimeout(resolve, timeoutMs, LATE);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
