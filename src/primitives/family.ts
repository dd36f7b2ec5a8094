/**
 * Family: what all metric types share - labels to handles, removal, reset.
 *
 * A family object belongs to one thread; families of one name in several threads are one family in the arena.
 */
import type { CellPlace } from '../memory/cell-place.js';
import type { FamilyDescription, FamilyType } from './family-descriptor.js';
import { HandleCache } from './handle-cache.js';
import type { Labels, LabelValue } from './label-set.js';
import { labelOf, valuesOfList, valuesOfObject } from './label-set.js';
import type { FamilyBinding, RegisteredMetric, Registrar } from './registrar.js';
import { registrarOf } from './registrar.js';

/** Where a metric is registered, and what runs before it is scraped. */
export interface RegistrationOptions<M> {
  /** The registry, in a list as client libraries take it; the default registry if absent. */
  readonly registers?: readonly Registrar[] | undefined;
  /** Runs in this thread when any thread scrapes, before values are read; `this` is the metric. */
  readonly collect?: ((this: M) => void | Promise<void>) | undefined;
}

export abstract class Family<
  L extends string,
  C extends { readonly place: CellPlace },
> implements RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly collect: (() => void | Promise<void>) | undefined;
  protected readonly binding: FamilyBinding;
  private readonly cache: HandleCache<C>;
  /** The handle of a family without labels, made with the family so that its address is a constant. */
  private readonly only: C | undefined;
  private withoutLabels: C | undefined;

  protected constructor(type: FamilyType, options: FamilyDescription & RegistrationOptions<never>) {
    const registrar = registrarOf(options?.registers);
    const descriptor = registrar.describe(type, options);
    this.name = descriptor.name;
    this.help = descriptor.help;
    this.labelNames = descriptor.labelNames as readonly L[];
    this.cache = new HandleCache(descriptor.labelNames);
    this.collect = boundCollect(options.collect, this);
    this.binding = registrar.bind(descriptor, this);
    this.only = descriptor.labelNames.length === 0 ? this.newHandle([]) : undefined;
  }

  /**
   * A handle for one label set: keep it, and recording needs no lookup. The series is scraped from its first recording
   * on; after a removal the next recording creates it again.
   *
   * @param labels an object by name, or values in the order of the label names
   * @throws Error naming a label that the family does not have, or a wrong number of values
   */
  labels(labels: Labels<L>): C;
  labels(...values: LabelValue[]): C;
  labels(...given: [Labels<L>] | LabelValue[]): C {
    const first = given[0];
    return typeof first === 'object' && first !== null
      ? this.cellOf(first)
      : this.cellOfList(given as LabelValue[]);
  }

  /**
   * Removes one series from this registry, in every thread. It leaves scrapes at once.
   *
   * @throws Error as labels() does
   */
  remove(labels: Labels<L>): void;
  remove(...values: LabelValue[]): void;
  remove(...given: [Labels<L>] | LabelValue[]): void {
    const first = given[0];
    const values =
      typeof first === 'object' && first !== null
        ? valuesOfObject(first, this.labelNames)
        : valuesOfList(given as LabelValue[], this.labelNames);
    this.binding.remove(values);
    this.cache.delete(values);
  }

  /** Removes every series of this family, in every thread; a family without labels starts again at zero. */
  reset(): void {
    this.binding.reset();
    this.cache.clear();
  }

  /** Drops cached handles of series that are gone. The registry calls it with the heartbeat after removals. */
  purge(): void {
    if (this.labelNames.length > 0) this.cache.purge(cell => cell.place.isLive());
  }

  protected abstract newCell(place: CellPlace): C;

  /** The handle of the series without labels. */
  protected get unlabelled(): C {
    return this.only ?? (this.withoutLabels ??= this.newHandle(this.labelNames.map(() => '')));
  }

  protected cellOf(labels: Labels<L>): C {
    return this.cache.get(labels) ?? this.missed(labels);
  }

  private cellOfList(values: readonly LabelValue[]): C {
    const { labelNames, cache } = this;
    const found =
      values.length === labelNames.length && values.length > 0 ? cache.getByList(values) : undefined;
    if (found !== undefined) return found;
    const texts = valuesOfList(values, labelNames);
    if (texts.length === 0) return this.unlabelled;
    const known = cache.getByList(texts);
    return known === undefined ? this.newHandle(texts) : this.alias(values, known);
  }

  private missed(labels: Labels<L>): C {
    const { labelNames, cache } = this;
    const texts = valuesOfObject(labels, labelNames);
    if (texts.length === 0) return this.unlabelled;
    const known = cache.getByList(texts);
    if (known === undefined) return this.newHandle(texts);
    return this.alias(
      labelNames.map(name => labelOf(labels, name)),
      known,
    );
  }

  /** Lets the values as they were given lead to the handle that their texts lead to. */
  private alias(given: readonly unknown[], cell: C): C {
    if (given.every(isPrimitive)) this.cache.add(given, cell);
    return cell;
  }

  /** Only a handle that has a series is cached: label sets beyond a limit leave nothing behind in this thread. */
  private newHandle(values: readonly string[]): C {
    const cell = this.newCell(this.binding.place(values));
    if (values.length > 0 && cell.place.isLive()) this.cache.add(values, cell);
    return cell;
  }
}

function boundCollect(collect: unknown, metric: object): (() => void | Promise<void>) | undefined {
  if (!collect) return undefined;
  if (typeof collect !== 'function') throw new Error('Optional "collect" parameter must be a function');
  return collect.bind(metric) as () => void | Promise<void>;
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' && typeof value !== 'function';
}
