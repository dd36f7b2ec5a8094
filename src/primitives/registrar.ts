/**
 * Registrar: the side of a registry that metrics see, and the default one.
 *
 * `new Counter({...})` must find the default registry, which is built on these classes; so the module that owns it hands
 * it in here, and imports keep going down.
 */
import { inspect } from 'node:util';
import type { CellPlace, CellWriter } from '../memory/cell-place.js';
import type { SeriesExemplars } from '../memory/exemplar-cell.js';
import type { PlacedSeries, SeriesCursor } from '../memory/series-cursor.js';
import type { ExemplarProblem } from './exemplar-labels.js';
import type { FamilyDescription, FamilyDescriptor, FamilyType } from './family-descriptor.js';
import type { MetricObjectWithValues, SeriesValue } from './readings.js';

/** The place of one label set. */
export interface SeriesPlace extends CellPlace, PlacedSeries {
  /** Takes equal values in place of those that it was made with, in a form that several places have in common. */
  share(outer: readonly string[], last: string): void;
}

/** What a family needs of its registry. */
export interface FamilyBinding {
  readonly descriptor: FamilyDescriptor;
  /** This thread's own stripe, or undefined when its cells must be atomic. */
  readonly ownWriter: CellWriter | undefined;
  /** The shared stripe; asking for it makes every scrape read that stripe as well. */
  sharedWriter(): CellWriter;
  /** The shared stripe, for cells that are only there. */
  sharedOnlyWriter(): CellWriter;
  /** A place for one label set: its series is found or created at once, and shown by its first recording. */
  place(values: readonly string[]): SeriesPlace;
  /** A cursor over the series of this thread, which has no rows yet. */
  cursor(): SeriesCursor;
  /** The exemplars of a place's series, in the stripe that its values go to. Only of a family that has them. */
  exemplars(place: CellPlace): SeriesExemplars;
  /** Counts an exemplar that could not be kept and that nobody is told of. */
  exemplarDropped(problem: ExemplarProblem): void;
  /** Shows a series to scrapes at its starting value, and records nothing; false when a limit forbids it. */
  init(values: readonly string[]): boolean;
  /** Removes a series; false when there is none. */
  remove(values: readonly string[]): boolean;
  /** Removes the series that have these values, undefined standing for any; returns how many. */
  removeMatching(values: readonly (string | undefined)[]): number;
  /** Removes every series of the family; a family without labels starts again at zero. */
  reset(): void;
  /** Makes this the one label set that an info shows. */
  showOnly(values: readonly string[]): void;
  /** The value of one series; undefined when there is none. Creates nothing. */
  value(values: readonly string[]): SeriesValue | undefined;
  /** Every value of the family. Creates nothing. */
  reading(): MetricObjectWithValues;
}

/** A metric object as a registry keeps it. */
export interface RegisteredMetric {
  readonly name: string;
  /** Runs in this thread for a scrape of any thread, before values are read. */
  readonly collect: (() => void | Promise<void>) | undefined;
  /** Runs `collect`, then reads the whole family. */
  get(): Promise<MetricObjectWithValues>;
  /** Drops what is cached for series that are gone. */
  purge(): void;
}

export interface Registrar {
  /**
   * Checks a definition against this registry's limits.
   *
   * @throws Error naming what is missing or invalid
   */
  describe(type: FamilyType, options: FamilyDescription): FamilyDescriptor;
  /**
   * Defines a family, or finds the same definition made by another thread.
   *
   * @throws Error when this thread has a metric of that name already, DefinitionConflictError when another thread
   *   defined it differently, ArenaFullError when there is no space; nothing is defined then
   */
  bind(descriptor: FamilyDescriptor, metric: RegisteredMetric): FamilyBinding;
  /** The metric of this name that this thread knows here. */
  getSingleMetric(name: string): object | undefined;
}

/** Where metrics go that name no registry, or an empty list of them. */
export interface DefaultRegistrars {
  readonly register: () => Registrar;
  /** A registry of its own for each metric: nothing shows it before it is registered somewhere. */
  readonly unlisted: () => Registrar;
}

let provided: DefaultRegistrars | undefined;

/** Called once by the module that owns the default registry. */
export function provideDefaultRegistrar(registrars: DefaultRegistrars): void {
  provided = registrars;
}

/** The registries that a metric goes to: those in `registers`, or the default one. At least one. */
export function registrarsOf(registers: readonly Registrar[] | undefined): readonly Registrar[] {
  if (registers !== undefined && (!Array.isArray(registers) || !registers.every(isObject))) {
    throw new TypeError(
      `registers is ${inspect(registers, { depth: 0 })}; it must be an array of Registry objects`,
    );
  }
  if (registers !== undefined && registers.length > 0) return [...new Set(registers.map(checkedRegistrar))];
  if (provided === undefined)
    throw new Error("no default registry: import metrics from the package's main entry");
  return [registers === undefined ? provided.register() : provided.unlisted()];
}

/** As registrarsOf, for a metric that lives in one registry. */
export function registrarOf(registers: readonly Registrar[] | undefined): Registrar {
  const registrars = registrarsOf(registers);
  if (registrars.length === 1) return registrars[0]!;
  throw new Error(`registers has ${registrars.length} registries; an info lives in exactly one`);
}

function isObject(one: unknown): boolean {
  return typeof one === 'object' && one !== null;
}

/** Registries of other client libraries are objects too, and would fail with less to say. */
function checkedRegistrar(registrar: Registrar, index: number): Registrar {
  if (typeof registrar.describe === 'function' && typeof registrar.bind === 'function') return registrar;
  throw new TypeError(
    `registers[${index}] is ${inspect(registrar, { depth: 0 })}; it must be a Registry of this package`,
  );
}
