/**
 * Family: what all metric types share - labels to handles, removal, reset.
 *
 * A family object belongs to one thread; families of one name in several threads are one family in the arena.
 */
import type { CellPlace } from '../memory/cell-place.js';
import type { FamilyDescription, FamilyType } from './family-descriptor.js';
import { HandleCache } from './handle-cache.js';
import type { Labels, LabelValue } from './label-set.js';
import { valuesOfList, valuesOfObject } from './label-set.js';
import type { FamilyBinding, RegisteredMetric, Registrar, SeriesPlace } from './registrar.js';
import { registrarOf } from './registrar.js';

/** Where a metric is registered, and what runs before it is scraped. */
export interface RegistrationOptions<M> {
  /** The registry, in a list as client libraries take it; the default registry if absent. */
  readonly registers?: readonly Registrar[] | undefined;
  /** Runs in this thread when it scrapes, before values are read; `this` is the metric. */
  readonly collect?: ((this: M) => void | Promise<void>) | undefined;
}

interface Handle<C> {
  readonly cell: C;
  readonly place: SeriesPlace;
}

export abstract class Family<L extends string, C extends object> implements RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly collect: (() => void | Promise<void>) | undefined;
  protected readonly binding: FamilyBinding;
  private readonly cache: HandleCache<Handle<C>>;
  private own: C | undefined;

  protected constructor(type: FamilyType, options: FamilyDescription & RegistrationOptions<never>) {
    const registrar = registrarOf(options?.registers);
    const descriptor = registrar.describe(type, options);
    this.name = descriptor.name;
    this.help = descriptor.help;
    this.labelNames = descriptor.labelNames as readonly L[];
    this.cache = new HandleCache(descriptor.labelNames);
    this.collect = options.collect?.bind(this as never);
    this.binding = registrar.bind(descriptor, this);
  }

  /**
   * A handle for one label set: keep it, and recording needs no lookup. The series is created by its first recording;
   * after a removal the next recording creates it again.
   *
   * @param labels an object by name, or values in the order of the label names
   * @throws Error naming a label that the family does not have, or a wrong number of values
   */
  labels(labels: Labels<L>): C;
  labels(...values: LabelValue[]): C;
  labels(...given: [Labels<L>] | LabelValue[]): C {
    const first = given[0];
    return typeof first === 'object' && first !== null ? this.cellOf(first) : this.cellOfList(given as LabelValue[]);
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
    this.purge();
  }

  /** Removes every series of this family, in every thread; a family without labels starts again at zero. */
  reset(): void {
    this.binding.reset();
    this.purge();
  }

  /** Drops cached handles of series that are gone. The registry calls it with the heartbeat after removals. */
  purge(): void {
    if (this.labelNames.length > 0) this.cache.purge(handle => handle.place.isLive());
  }

  protected abstract newCell(place: CellPlace): C;

  /** The handle of the series without labels: the only one of a family that has no label names. */
  protected get unlabelled(): C {
    return (this.own ??= this.newHandle(this.labelNames.map(() => '')).cell);
  }

  protected cellOf(labels: Labels<L>): C {
    return this.cache.get(labels)?.cell ?? this.missed(labels);
  }

  private cellOfList(values: readonly LabelValue[]): C {
    const { labelNames, cache } = this;
    const found = values.length === labelNames.length && values.length > 0 ? cache.getByList(values) : undefined;
    if (found !== undefined) return found.cell;
    return this.resolve(valuesOfList(values, labelNames), values);
  }

  private missed(labels: Labels<L>): C {
    return this.resolve(
      valuesOfObject(labels, this.labelNames),
      this.labelNames.map(name => labels[name]),
    );
  }

  private resolve(values: readonly string[], raw: readonly unknown[]): C {
    if (values.length === 0) return this.unlabelled;
    const known = this.cache.getByList(values);
    if (known === undefined) return this.newHandle(values).cell;
    if (raw.every(isPrimitive)) this.cache.add(raw, known);
    return known.cell;
  }

  /** The handle is cached once its series exists: label sets beyond a limit leave nothing behind in this thread. */
  private newHandle(values: readonly string[]): Handle<C> {
    const place = this.binding.place(values, () => {
      if (values.length > 0) this.cache.add(values, handle);
    });
    const handle: Handle<C> = { cell: this.newCell(place), place };
    return handle;
  }
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' && typeof value !== 'function';
}
