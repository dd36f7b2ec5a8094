/** Metric factory: the metrics of one registry by their definition - the one that is there, or a new one. */
import { DefinitionConflictError } from '../errors.js';
import { Counter } from '../primitives/counter.js';
import type { CounterOptions } from '../primitives/counter.js';
import type { FamilyDescription, FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { describeConflict } from '../primitives/family-descriptor.js';
import { Gauge } from '../primitives/gauge.js';
import type { GaugeOptions } from '../primitives/gauge.js';
import { Histogram } from '../primitives/histogram.js';
import type { HistogramOptions } from '../primitives/histogram.js';
import { Info } from '../primitives/info.js';
import type { InfoOptions } from '../primitives/info.js';
import type { FamilyBinding, RegisteredMetric, Registrar } from '../primitives/registrar.js';
import { StateSet } from '../primitives/state-set.js';
import type { StateSetOptions } from '../primitives/state-set.js';
import { Summary } from '../primitives/summary.js';
import type { SummaryOptions } from '../primitives/summary.js';
import type { KnownMetric } from './known-metrics.js';

export abstract class MetricFactory implements Registrar {
  abstract describe(type: FamilyType, options: FamilyDescription): FamilyDescriptor;
  abstract bind(descriptor: FamilyDescriptor, metric: RegisteredMetric): FamilyBinding;
  abstract getSingleMetric(name: string): object | undefined;

  /** The metric of this name that this thread has defined here. */
  protected abstract ownMetric(name: string): KnownMetric | undefined;
  /** Defines the family of a metric again, if another thread has removed it since. */
  protected abstract restore(known: KnownMetric): void;

  /** The counter of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    return this.getOrCreate(
      'counter',
      options,
      Counter<L>,
      () => new Counter<L>({ ...options, registers: [this] }),
    );
  }

  /** The gauge of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    return this.getOrCreate(
      'gauge',
      options,
      Gauge<L>,
      () => new Gauge<L>({ ...options, registers: [this] }),
    );
  }

  /** The histogram of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const create = (): Histogram<L> => new Histogram<L>({ ...options, registers: [this] });
    return this.getOrCreate('histogram', Histogram.withDefaults(options), Histogram<L>, create);
  }

  /** The summary of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  summary<const L extends string = never>(options: SummaryOptions<L>): Summary<L> {
    const create = (): Summary<L> => new Summary<L>({ ...options, registers: [this] });
    return this.getOrCreate('summary', Summary.withDefaults(options), Summary<L>, create);
  }

  /** The info of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  info<const L extends string>(options: InfoOptions<L>): Info<L> {
    const create = (): Info<L> => new Info<L>({ ...options, registers: [this] });
    return this.getOrCreate('info', Info.withDefaults(options), Info<L>, create);
  }

  /** The state set of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  stateSet<const L extends string = never, const S extends string = string>(
    options: StateSetOptions<L, S>,
  ): StateSet<L, S> {
    const create = (): StateSet<L, S> => new StateSet<L, S>({ ...options, registers: [this] });
    return this.getOrCreate('stateset', options, StateSet<L, S>, create);
  }

  private getOrCreate<M extends RegisteredMetric>(
    type: FamilyType,
    options: FamilyDescription,
    kind: abstract new (...args: never[]) => M,
    create: () => M,
  ): M {
    const known = this.ownMetric(options?.name);
    if (known === undefined) return create();
    const conflict = describeConflict(known.descriptor, this.describe(type, options));
    if (conflict === undefined && known.metric instanceof kind) {
      this.restore(known);
      return known.metric;
    }
    const difference = conflict ?? 'another copy of the package defined it in this thread';
    throw new DefinitionConflictError(`${options.name} is already defined differently: ${difference}`);
  }
}
