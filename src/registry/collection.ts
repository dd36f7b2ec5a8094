/**
 * Collection: the collect callbacks that one registry object brought, and what it tells of those that fail or are late.
 *
 * A scrape is never spoiled by a callback: the families of one that fails, or does not end in time, keep their last
 * values. What went wrong is counted before values are read, so that the scrape itself shows it.
 */
import { inspect } from 'node:util';
import { threadId as ownThreadId } from 'node:worker_threads';
import type { Collected, Collectors, LateThread } from '../memory/collectors.js';
import type { Counter, CounterOptions } from '../primitives/counter.js';
import type { RegisteredMetric } from '../primitives/registrar.js';
import { warn } from './cardinality.js';
import type { GuestProblem, Guests } from './guests.js';
import {
  COLLECT_ERRORS_FAMILY,
  COLLECT_ERRORS_HELP,
  COLLECT_LATE_FAMILY,
  COLLECT_LATE_HELP,
  OWN_SERIES_MAX,
  ownCounter,
} from './own-families.js';

export type { LateThread } from '../memory/collectors.js';

/** What one scrape may set for itself. */
export interface CollectOptions {
  /** Longest wait for collect callbacks, 1..60,000 ms. Default: the registry's. */
  readonly collectTimeoutMs?: number | undefined;
}

/** A collect callback that threw or rejected. Its family is shown with its last values. */
export interface CollectError {
  readonly family: string;
  readonly message: string;
  /** The thread whose callback it was: the one that scraped. Errors of other threads are counted only. */
  readonly threadId: number;
}

/** What a scrape says of the callbacks that ran for it. */
export interface CollectOutcome {
  /** The threads whose callbacks had not ended when the values were read, in the order of their ids. */
  readonly late: readonly LateThread[];
  readonly collectErrors: readonly CollectError[];
}

/** No promise where there was nothing to wait for. */
export type Collecting = CollectOutcome | Promise<CollectOutcome>;

/** Of a scrape for which no callback runs. */
const NOTHING_COLLECTED: CollectOutcome = Object.freeze({
  late: Object.freeze([]),
  collectErrors: Object.freeze([]),
});

/** Returns the counter of these options, defined now if it is not there. */
type DefineCounter = <const L extends string>(options: CounterOptions<L>) => Counter<L>;

export class Collection {
  private readonly removals = new Map<string, () => void>();
  private readonly warned = new Set<string>();

  constructor(private readonly define: DefineCounter) {}

  /** Runs the callback of a metric from now on, if it has one, and no longer that of an earlier metric of its name. */
  add(metric: RegisteredMetric, collectors: Collectors): void {
    this.remove(metric.name);
    if (metric.collect !== undefined) this.run(metric.name, () => metric.collect?.(), collectors);
  }

  /**
   * Runs a callback from now on that belongs to a family without being the `collect` of its metric, and no longer an
   * earlier one of that family. Call what is returned to end that.
   */
  run(family: string, callback: () => unknown, collectors: Collectors): () => void {
    this.remove(family);
    const removal = collectors.add({
      family,
      run: callback,
      failed: error => this.tellFailure(family, error),
    });
    this.removals.set(family, removal);
    return () => {
      if (this.removals.get(family) === removal) this.remove(family);
    };
  }

  remove(name: string): void {
    this.removals.get(name)?.();
    this.removals.delete(name);
  }

  clear(): void {
    for (const name of this.removals.keys()) this.remove(name);
  }

  /** Runs the callbacks of every thread, those of other registries over the same arena included. */
  collect(collectors: Collectors, timeoutMs: number): Collecting {
    const collected = collectors.collect(timeoutMs);
    if (!(collected instanceof Promise)) return NOTHING_COLLECTED;
    return collected.then(outcome => this.tell(outcome, timeoutMs));
  }

  /** As collect(), if there are threads to ask, and of metrics that do not live in this arena. */
  collectAll(collectors: Collectors | undefined, guests: Guests, timeoutMs: number): Collecting {
    if (guests.size > 0) return this.collectWithGuests(collectors, guests, timeoutMs);
    return collectors === undefined ? NOTHING_COLLECTED : this.collect(collectors, timeoutMs);
  }

  private async collectWithGuests(
    collectors: Collectors | undefined,
    guests: Guests,
    timeoutMs: number,
  ): Promise<CollectOutcome> {
    const asked = guests.update(timeoutMs);
    const outcome = collectors && (await this.collect(collectors, timeoutMs));
    const errors = this.tellGuests(await asked, timeoutMs);
    const { late, collectErrors } = outcome ?? NOTHING_COLLECTED;
    return { late, collectErrors: [...collectErrors, ...errors] };
  }

  private tell({ late, failures, lateFamilies }: Collected, timeoutMs: number): CollectOutcome {
    // Now, and not after the values were read: the scrape that was late is to show it.
    if (late.length > 0) this.countLate(late);
    for (const family of lateFamilies) this.warnLate(family, timeoutMs);
    const collectErrors = failures.map(({ family, error }) => ({
      family,
      message: messageOf(error),
      threadId: ownThreadId,
    }));
    return { late, collectErrors };
  }

  /** As tell() of callbacks: what went wrong with metrics that do not live in this arena. */
  private tellGuests(problems: readonly GuestProblem[], timeoutMs: number): CollectError[] {
    return problems.flatMap(({ name, error, isLate }) => {
      if (isLate) {
        this.warnLate(name, timeoutMs);
        return [];
      }
      this.tellFailure(name, error);
      return [{ family: name, message: messageOf(error), threadId: ownThreadId }];
    });
  }

  private countLate(late: readonly LateThread[]): void {
    const options = { name: COLLECT_LATE_FAMILY, help: COLLECT_LATE_HELP, seriesMax: OWN_SERIES_MAX };
    const counter = ownCounter(() => this.define({ ...options, labelNames: ['thread'] }));
    for (const { threadId } of late) counter?.inc({ thread: threadId });
  }

  private tellFailure(family: string, error: unknown): void {
    const options = { name: COLLECT_ERRORS_FAMILY, help: COLLECT_ERRORS_HELP, seriesMax: OWN_SERIES_MAX };
    ownCounter(() => this.define({ ...options, labelNames: ['family'] }))?.inc({ family });
    this.warnOnce(
      'THREADTALLY_COLLECT_ERROR',
      family,
      `the collect callback of ${family} failed: ${messageOf(error)}. ` +
        `Scrapes show the last values of ${family}; ${COLLECT_ERRORS_FAMILY} counts further failures.`,
    );
  }

  private warnLate(family: string, timeoutMs: number): void {
    this.warnOnce(
      'THREADTALLY_COLLECT_LATE',
      family,
      `the collect callback of ${family} took longer than ${timeoutMs} ms. ` +
        `Scrapes show its last values; raise collectTimeoutMs of the registry if it needs more time.`,
    );
  }

  private warnOnce(code: string, family: string, message: string): void {
    const key = `${code} ${family}`;
    if (this.warned.has(key)) return;
    this.warned.add(key);
    warn(message, code);
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : inspect(error, { depth: 0 });
  } catch {
    return 'an error that cannot be shown';
  }
}
