/**
 * Family: what all metric types share - labels to handles, removal, reset.
 *
 * A family object belongs to one thread; families of one name in several threads are one family in the arena.
 */
import { inspect } from 'node:util';
import type { CellPlace, FollowingCell } from '../memory/cell-place.js';
import type { Aggregator } from '../memory/cell-reader.js';
import type { SeriesCursor } from '../memory/series-cursor.js';
import type { FamilyDescription, FamilyType } from './family-descriptor.js';
import { copiesIn, fannedOut, refuseKnown } from './fan-out.js';
import { HandleCache } from './handle-cache.js';
import { keepTexts } from './kept-texts.js';
import type { Labels, LabelValue } from './label-set.js';
import { labelOf, valuesOfList, valuesOfObject, valuesOfPart } from './label-set.js';
import type { MetricObjectWithValues } from './readings.js';
import type { FamilyBinding, RegisteredMetric, Registrar } from './registrar.js';
import { registrarsOf } from './registrar.js';
import { showMetric } from './shown-object.js';

const NO_ROWS: ReadonlySet<number> = new Set();

/** Where a metric is registered, and what runs before it is scraped. */
export interface RegistrationOptions<M> {
  /**
   * The registries, as client libraries take them; the default registry if absent. In several, every recording goes to
   * each of them, and takes as much longer. In none, nothing shows the metric but registerMetric() of a registry.
   */
  readonly registers?: readonly Registrar[] | undefined;
  /** Runs in this thread when any thread scrapes, before values are read; `this` is the metric. */
  readonly collect?: ((this: M) => void | Promise<void>) | undefined;
}

export abstract class Family<
  L extends string,
  C extends { readonly place: CellPlace },
  V,
> implements RegisteredMetric {
  readonly name: string;
  readonly help: string;
  /** Base unit; empty when the definition names none. */
  readonly unit: string;
  readonly labelNames: readonly L[];
  readonly collect: (() => void | Promise<void>) | undefined;
  protected readonly binding: FamilyBinding;
  /** Handles that were asked for; and rows, of series that were recorded into by their labels alone. */
  private readonly cache: HandleCache<C | number>;
  private rows: SeriesCursor | undefined;
  private rowCell: (C & FollowingCell) | undefined;
  /** The handle of a family without labels, made with the family so that its address is a constant. */
  private readonly only: C | undefined;
  private withoutLabels: C | undefined;
  /** The same family in the other registries that it was defined in; undefined for a family of one. */
  private readonly copies: readonly Family<L, C, V>[] | undefined;

  protected constructor(type: FamilyType, options: FamilyDescription & RegistrationOptions<never>) {
    const registrars = registrarsOf(options?.registers);
    const registrar = registrars[0]!;
    const descriptor = registrar.describe(type, options);
    this.name = descriptor.name;
    this.help = descriptor.help;
    this.unit = descriptor.unit;
    this.labelNames = descriptor.labelNames as readonly L[];
    this.cache = new HandleCache(descriptor.labelNames);
    this.collect = boundCollect(options.collect, this);
    if (registrars.length > 1) refuseKnown(registrars, this.name);
    this.binding = registrar.bind(descriptor, this);
    this.copies = registrars.length === 1 ? undefined : copiesIn(registrars.slice(1), this, options);
    this.only = descriptor.labelNames.length === 0 ? this.newHandle([]) : undefined;
  }

  /**
   * A handle for one label set: keep it, and recording needs no lookup. The series is scraped from its first recording
   * on; after a removal the next recording creates it again.
   *
   * @param labels an object by name, or values in the order of the label names
   * @throws Error naming a label that the family does not have, or a wrong number of values
   */
  labels(...values: LabelValue[]): C;
  labels(labels: Labels<L>): C;
  labels(...given: [Labels<L>] | LabelValue[]): C {
    const first = given[0];
    return typeof first === 'object' && first !== null
      ? this.handleOf(first)
      : this.handleOfList(given as LabelValue[]);
  }

  /**
   * Removes one series from this registry, in every thread. It leaves scrapes at once.
   *
   * @throws Error as labels() does
   */
  remove(...values: LabelValue[]): void;
  remove(labels: Labels<L>): void;
  remove(...given: [Labels<L>] | LabelValue[]): void {
    const values = this.valuesOf(given);
    this.copies?.forEach(copy => copy.remove(...values));
    this.binding.remove(values);
    this.cache.delete(values);
    // A thread that never turns its event loop would keep it under a number for ever.
    const [first] = given;
    const isObject = typeof first === 'object' && first !== null;
    this.cache.delete(isObject ? this.labelNames.map(name => labelOf(first, name)) : given);
  }

  /**
   * Removes the series whose label values equal those given, in every thread, whichever thread created them. They leave
   * scrapes at once; the overflow series stays. Looks at every series of the registry. A series that another thread
   * creates meanwhile is removed or stays.
   *
   * @param labels at least one label; one with an empty or missing value matches the series that do not have it
   * @returns how many series this call has removed, those included that only a handle has asked for
   * @throws Error as labels() does, or when `labels` names none: reset() removes every series. Nothing is removed then
   */
  removeMatching(labels: Labels<L>): number {
    const values = valuesOfPart(labels, this.labelNames, this.name);
    if (values.every(value => value === undefined)) {
      throw new Error(
        `removeMatching needs at least one label, ${this.name} has ${inspect(this.labelNames)}; to remove every ` +
          'series use reset()',
      );
    }
    this.copies?.forEach(copy => copy.removeMatching(labels));
    const removed = this.binding.removeMatching(values);
    if (removed > 0) this.purge();
    return removed;
  }

  /**
   * Creates a series at its starting value, without recording, so that scrapes show it before its first event: a counter
   * or histogram at 0. A series that is there keeps its value. A gauge is then shown at 0 for as long as no living thread
   * has set it, as one without labels is; no thread's value is made or changed, so no aggregate moves. It ends with
   * remove(), reset() and expiry, as every series does.
   *
   * @returns false when a limit forbids the series, which gives a process warning: nothing is created, nothing is counted
   *   in an overflow series
   * @throws Error as labels() does; nothing is created
   */
  init(...values: LabelValue[]): boolean;
  init(labels: Labels<L>): boolean;
  init(...given: [Labels<L>] | LabelValue[]): boolean {
    const values = this.valuesOf(given);
    this.copies?.forEach(copy => copy.init(...values));
    return this.binding.init(values);
  }

  /** Removes every series of this family, in every thread; a family without labels starts again at zero. */
  reset(): void {
    this.binding.reset();
    this.cache.clear();
    this.rows?.clear();
    this.copies?.forEach(copy => copy.reset());
  }

  /**
   * The value of one series as a scrape would read it now, of all threads together; without labels, of the series that
   * recordings without labels go to. Runs no collect callback, waits for nothing and creates no series.
   *
   * @returns undefined when a scrape would not show such a series
   * @throws Error naming a label that the family does not have
   */
  value(labels?: Labels<L>): V | undefined {
    const values = valuesOfObject(labels ?? ({} as Labels<L>), this.labelNames, this.name);
    return this.binding.value(values) as V | undefined;
  }

  /** Runs this metric's collect callback, then reads every series of the family. Rejects with what the callback throws. */
  async get(): Promise<MetricObjectWithValues> {
    await this.collect?.();
    return this.binding.reading();
  }

  get type(): FamilyType {
    return this.binding.descriptor.type;
  }

  /** How the values of several threads become one sample; for counters, histograms and summaries `sum`. */
  get aggregator(): Aggregator {
    return this.binding.descriptor.aggregator;
  }

  /** Drops what leads to series that are gone. The registry calls it with the heartbeat after removals. */
  purge(): void {
    if (this.labelNames.length > 0) this.purgeCache();
    this.copies?.forEach(copy => copy.purge());
  }

  protected abstract newCell(place: CellPlace): C;

  /** The handle of the series without labels. */
  protected get unlabelled(): C {
    return this.only ?? (this.withoutLabels ??= this.newHandle(this.labelNames.map(() => '')));
  }

  /** A cell at a place that changes; undefined where cells have more of their own than where they are. */
  protected newRowCell(_place: CellPlace): (C & FollowingCell) | undefined {
    return undefined;
  }

  /** The cell of one label set, to be recorded into before anything else is asked for: the next call may move it. */
  protected cellOf(labels: Labels<L>): C {
    const found = this.cache.get(labels);
    if (typeof found === 'number') return this.rowCellAt(found) ?? this.missed(labels);
    return found ?? this.missed(labels);
  }

  private handleOf(labels: Labels<L>): C {
    const { labelNames, cache } = this;
    const found = cache.get(labels);
    if (typeof found === 'object') return found;
    const texts = valuesOfObject(labels, labelNames, this.name);
    return this.handleOfTexts(texts, () => labelNames.map(name => labelOf(labels, name)));
  }

  private valuesOf(given: [Labels<L>] | LabelValue[]): string[] {
    const first = given[0];
    return typeof first === 'object' && first !== null
      ? valuesOfObject(first, this.labelNames, this.name)
      : valuesOfList(given as LabelValue[], this.labelNames, this.name);
  }

  private handleOfList(values: readonly LabelValue[]): C {
    const { labelNames, cache } = this;
    const found =
      values.length === labelNames.length && values.length > 0 ? cache.getByList(values) : undefined;
    if (typeof found === 'object') return found;
    return this.handleOfTexts(valuesOfList(values, labelNames, this.name), () => values);
  }

  private handleOfTexts(texts: string[], given: () => readonly unknown[]): C {
    if (texts.length === 0) return this.unlabelled;
    const known = this.cache.getByList(texts);
    if (known === undefined) return this.newHandle(texts);
    return this.alias(given(), typeof known === 'object' ? known : this.newHandle(texts));
  }

  private missed(labels: Labels<L>): C {
    const { labelNames, cache } = this;
    const texts = valuesOfObject(labels, labelNames, this.name);
    if (texts.length === 0) return this.unlabelled;
    const known = cache.getByList(texts);
    const cell = typeof known === 'number' ? this.rowCellAt(known) : known;
    if (cell === undefined) return this.newSeries(texts);
    this.alias(
      labelNames.map(name => labelOf(labels, name)),
      known!,
    );
    return cell;
  }

  /** Undefined when the series of the row is gone. */
  private rowCellAt(row: number): C | undefined {
    const rows = this.rows!;
    const rowCell = this.rowCell!;
    if (!rows.moveTo(row)) return undefined;
    // An old epoch makes the cell ask its place, once it has checked what it is to record.
    rowCell.follow(rows.cells[row]!, rows.epochs[row]!);
    return rowCell;
  }

  /** Lets the values as they were given lead where their texts lead. */
  private alias<T extends C | number>(given: readonly unknown[], known: T): T {
    if (given.every(isPrimitive)) this.cache.add(given, known);
    return known;
  }

  /** As newHandle, for a series that nobody has asked a handle of: it becomes a row, where there are rows. */
  private newSeries(values: string[]): C {
    if (this.copies === undefined) this.rowCell ??= this.newRowCell((this.rows ??= this.binding.cursor()));
    const { rows, rowCell } = this;
    if (rows === undefined || rowCell === undefined) return this.newHandle(values);
    const place = this.binding.place(values);
    if (!place.isLive()) return this.newCell(place);
    if (rows.isSweepDue) this.purgeCache();
    const row = rows.add(place);
    keepTexts(values);
    this.cache.addTexts(values, row);
    // Removed by another thread by now: the place creates it again.
    return this.rowCellAt(row) ?? this.newCell(place);
  }

  /** `values` is the handle's from here on. Only one that has a series is cached: label sets beyond a limit leave nothing behind in this thread. */
  private newHandle(values: string[]): C {
    const place = this.binding.place(values);
    const own = this.newCell(place);
    const cell =
      this.copies === undefined ? own : fannedOut([own, ...this.copies.map(copy => copy.labels(...values))]);
    if (values.length > 0 && place.isLive()) {
      keepTexts(values);
      place.share(this.cache.addTexts(values, cell), values[values.length - 1]!);
    }
    return cell;
  }

  /** A row that is dead is so for all values that lead to it, or it would be another series' with some of them left. */
  private purgeCache(): void {
    const dead = this.rows?.deadRows() ?? NO_ROWS;
    this.cache.purge(known => (typeof known === 'number' ? !dead.has(known) : known.place.isLive()));
    this.rows?.free(dead);
  }
}

/**
 * A collect option as a function without `this`.
 *
 * @throws Error when it is given and no function
 */
export function boundCollect(collect: unknown, metric: object): (() => void | Promise<void>) | undefined {
  if (!collect) return undefined;
  if (typeof collect !== 'function') throw new Error('Optional "collect" parameter must be a function');
  return collect.bind(metric) as () => void | Promise<void>;
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' && typeof value !== 'function';
}

showMetric(Family.prototype);
