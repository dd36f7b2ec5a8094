/** Gauge: a value that goes up and down - queue depths, temperatures, connections. */
import type { CellPlace, FollowingCell } from '../memory/cell-place.js';
import type { Aggregator } from '../memory/cell-reader.js';
import type { GaugeCell } from '../memory/gauge-cell.js';
import { AtomicGaugeCell, StripedGaugeCell } from '../memory/gauge-cell.js';
import { isOnlyShared } from './cell-sizes.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import type { Labels, LabelValue } from './label-set.js';
import { inRows } from './row-cell.js';
import { showHandlesAs } from './shown-object.js';
import type { Timer } from './timer.js';
import { startTimer } from './timer.js';

/** One series of a gauge, as user code keeps it. */
export interface GaugeHandle extends GaugeCell {
  /** Sets the seconds since 1970. */
  setToCurrentTime(): void;
  /** Starts a timer that sets the elapsed seconds when it ends. */
  startTimer(): Timer;
}

export interface GaugeAggregation {
  /**
   * How the values of several threads become one sample: `sum` (default; inc and dec from any thread add up), `min`,
   * `max`, `average`, `first` (the thread that has recorded longest), `last` (the latest set by any thread; one shared
   * value that outlives its thread), `omit` (only the scraping thread's own), `thread` (one sample for each thread,
   * with a `thread` label). Except for `last`, a thread's value ends with the thread.
   */
  readonly aggregator?: Aggregator | undefined;
}

export type GaugeOptions<L extends string = string> = FamilyOptions<L> &
  RegistrationOptions<Gauge<L>> &
  GaugeAggregation;

export class Gauge<L extends string = string> extends Family<L, GaugeHandle, number> {
  /**
   * Defines a gauge. The same definition in another thread is the same gauge.
   * Twice in one thread is refused: `gauge()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   DefinitionConflictError naming what another thread defined differently; nothing is defined then
   */
  constructor(options: GaugeOptions<L>) {
    super('gauge', options);
  }

  /**
   * Sets the series without labels, or the one named; any number, NaN and infinities included.
   *
   * @throws TypeError when `value` is no number, Error when a label is unknown
   */
  set(value: number): void;
  set(labels: Labels<L>, value: number): void;
  set(first: Labels<L> | number, value?: number): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first).set(value!);
    else this.unlabelled.set(first);
  }

  /** Adds `value`, 1 if absent. @throws TypeError when it is no number, Error when a label is unknown */
  inc(value?: number | null): void;
  inc(labels: Labels<L>, value?: number | null): void;
  inc(first?: Labels<L> | number | null, value?: number | null): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first).inc(value);
    else this.unlabelled.inc(first);
  }

  /** Subtracts `value`, 1 if absent. @throws TypeError when it is no number, Error when a label is unknown */
  dec(value?: number | null): void;
  dec(labels: Labels<L>, value?: number | null): void;
  dec(first?: Labels<L> | number | null, value?: number | null): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first).dec(value);
    else this.unlabelled.dec(first);
  }

  /** Sets the seconds since 1970. @throws Error when a label is unknown */
  setToCurrentTime(labels?: Labels<L>): void {
    this.handleFor(labels).setToCurrentTime();
  }

  /** Starts a timer that sets the elapsed seconds when it ends; labels may be given at either end, the end's win. */
  startTimer(startLabels?: Labels<L>): Timer<[endLabels?: Labels<L>]> {
    return startTimer((seconds, endLabels?: Labels<L>) =>
      this.handleFor({ ...startLabels, ...endLabels } as Labels<L>).set(seconds),
    );
  }

  /**
   * As for every family. With aggregator `thread` there is no sample that belongs to no thread: this thread's begins at 0
   * if it has none, and ends with the thread.
   */
  override init(...values: LabelValue[]): boolean;
  override init(labels: Labels<L>): boolean;
  override init(...given: [Labels<L>] | LabelValue[]): boolean {
    const isThere = super.init(...(given as LabelValue[]));
    if (isThere && this.binding.descriptor.aggregator === 'thread')
      this.labels(...(given as LabelValue[])).inc(0);
    return isThere;
  }

  protected override newCell(place: CellPlace): GaugeHandle {
    return this.newCellOf(StripedGaugeHandle, AtomicGaugeHandle, place);
  }

  protected override newRowCell(place: CellPlace): GaugeHandle & FollowingCell {
    return this.newCellOf(StripedRow, AtomicRow, place);
  }

  private newCellOf(Striped: typeof StripedGaugeHandle, Atomic: typeof AtomicGaugeHandle, place: CellPlace) {
    const { binding } = this;
    if (isOnlyShared(binding.descriptor)) return new Atomic(binding.sharedOnlyWriter(), place);
    return binding.ownWriter === undefined || binding.descriptor.sharing === 'atomic'
      ? new Atomic(binding.sharedWriter(), place)
      : new Striped(binding.ownWriter, place);
  }

  private handleFor(labels: Labels<L> | undefined): GaugeHandle {
    return labels === undefined ? this.unlabelled : this.cellOf(labels);
  }
}

class StripedGaugeHandle extends StripedGaugeCell implements GaugeHandle {
  setToCurrentTime(): void {
    this.set(Date.now() / 1_000);
  }

  startTimer(): Timer {
    return startTimer(seconds => this.set(seconds));
  }
}

class AtomicGaugeHandle extends AtomicGaugeCell implements GaugeHandle {
  setToCurrentTime(): void {
    this.set(Date.now() / 1_000);
  }

  startTimer(): Timer {
    return startTimer(seconds => this.set(seconds));
  }
}

const StripedRow = inRows(StripedGaugeHandle);
const AtomicRow = inRows(AtomicGaugeHandle);

showHandlesAs('GaugeHandle', StripedGaugeHandle, AtomicGaugeHandle);
