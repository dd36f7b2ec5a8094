/** Info: one label set that says what is so - a version, a commit, a configuration. Its value is always 1. */
import { inspect } from 'node:util';
import { boundCollect } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import { INFO_SUFFIX, OVERFLOW_LABEL } from './family-descriptor.js';
import { valuesOfObject } from './label-set.js';
import type { MetricObjectWithValues } from './readings.js';
import type { FamilyBinding, RegisteredMetric } from './registrar.js';
import { registrarOf } from './registrar.js';
import { showMetric } from './shown-object.js';

/** Label values by name; a missing one is the same as an empty one. */
export type InfoLabels<L extends string = string> = { readonly [name in L]?: string | undefined };

/**
 * The name is that of the family, and its sample has `_info` behind it. A name that ends in `_info` already is taken
 * without it: `build` and `build_info` are the same info.
 */
export type InfoOptions<L extends string = string> = Omit<
  FamilyOptions<L>,
  'labelNames' | 'unit' | 'sharing' | 'seriesMax' | 'idleExpirySeconds'
> &
  RegistrationOptions<Info<L>> & { readonly labelNames: readonly L[] };

export class Info<L extends string = string> implements RegisteredMetric {
  /** Without `_info`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly collect: (() => void | Promise<void>) | undefined;
  private readonly binding: FamilyBinding;

  /**
   * Defines an info. The same definition in another thread is the same info. It shows nothing before the first set().
   * Twice in one thread is refused: `info()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   ConfigurationError for a unit, or when there are no label names; DefinitionConflictError naming what another
   *   thread defined differently, or a family that has the name of the sample; nothing is defined then
   */
  constructor(options: InfoOptions<L>) {
    const registrar = registrarOf(options?.registers);
    const descriptor = registrar.describe('info', Info.withDefaults(options));
    this.name = descriptor.name;
    this.help = descriptor.help;
    this.labelNames = descriptor.labelNames as readonly L[];
    this.collect = boundCollect(options.collect, this);
    this.binding = registrar.bind(descriptor, this);
  }

  /** The options with the name of the family. */
  static withDefaults<L extends string>(options: InfoOptions<L>): InfoOptions<L> {
    return options && { ...options, name: familyNameOf(options.name) };
  }

  /**
   * Makes this label set the one that is shown, instead of any other, in every thread. Scrapes see the old one or the new
   * one, never both. Of sets at the same time one is the last, and it stays.
   *
   * A label set that finds no space, or has a value beyond the registry's limit, is shown as overflow and counted there.
   *
   * @throws Error naming a label that the info does not have; TypeError for a value that is no text; nothing changes then
   */
  set(labels: InfoLabels<L>): void {
    this.binding.showOnly(this.valuesOf(labels));
  }

  /** Shows no label set until the next set(), in every thread. */
  reset(): void {
    this.binding.reset();
  }

  /**
   * The label set that is shown now, without its empty values; with labels, whether it is this one. Runs no collect
   * callback, waits for nothing.
   *
   * @returns undefined while none is shown, or one that found no space
   * @throws as set() does
   */
  value(): InfoLabels<L> | undefined;
  value(labels: InfoLabels<L>): boolean;
  value(labels?: InfoLabels<L>): InfoLabels<L> | undefined | boolean {
    const wanted = labels === undefined ? undefined : this.valuesOf(labels);
    const shown = this.binding.reading().values[0]?.labels as InfoLabels<L> | undefined;
    const isTheirs = shown !== undefined && !(OVERFLOW_LABEL in shown);
    if (wanted === undefined) return isTheirs ? shown : undefined;
    // As they are stored: UTF-8 has no lone surrogates.
    return isTheirs && this.labelNames.every((name, i) => (shown[name] ?? '') === wanted[i]!.toWellFormed());
  }

  /** Runs this metric's collect callback, then reads the info. Rejects with what the callback throws. */
  async get(): Promise<MetricObjectWithValues> {
    await this.collect?.();
    return this.binding.reading();
  }

  /** Nothing is cached here. */
  purge(): void {}

  private valuesOf(labels: InfoLabels<L>): string[] {
    if (typeof labels !== 'object' || labels === null)
      throw new TypeError(`labels of ${this.name} are ${inspect(labels)}; they must be an object`);
    for (const [name, value] of Object.entries<unknown>(labels)) {
      if (value === undefined || typeof value === 'string') continue;
      throw new TypeError(`label ${name} of ${this.name} is ${inspect(value)}; it must be a string`);
    }
    return valuesOfObject(labels, this.labelNames);
  }
}

function familyNameOf(name: string): string {
  return typeof name === 'string' && name.endsWith(INFO_SUFFIX) && name.length > INFO_SUFFIX.length
    ? name.slice(0, -INFO_SUFFIX.length)
    : name;
}

showMetric(Info.prototype);
