/** Counter: a value that only grows - events, bytes, tokens. */
import type { CellPlace, FollowingCell } from '../memory/cell-place.js';
import type { CounterCell } from '../memory/counter-cell.js';
import { AtomicCounterCell, StripedCounterCell } from '../memory/counter-cell.js';
import { isOnlyShared } from './cell-sizes.js';
import type { IncreaseDataWithExemplar } from './exemplar-form.js';
import { exemplarDataOf } from './exemplar-form.js';
import { ExemplarCounterHandle } from './exemplar-handles.js';
import type { ExemplarLabels } from './exemplar-labels.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { ExemplarOption, FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';
import { inRows } from './row-cell.js';
import { showHandlesAs } from './shown-object.js';

/** One series of a counter, as user code keeps it. */
export interface CounterHandle extends CounterCell {
  /**
   * Adds to the counter.
   *
   * @param value finite and not negative; 1 if absent, null or undefined
   * @param exemplarLabels what produced it; ignored by a family without exemplars
   * @throws TypeError when `value` is no finite number, Error when it is negative; nothing is added. RangeError or Error
   *   when `exemplarLabels` cannot be kept; `value` has been added then, and the exemplar that was there stays
   */
  inc(value?: number | null, exemplarLabels?: ExemplarLabels | null): void;
}

export type CounterOptions<L extends string = string> = FamilyOptions<L> &
  ExemplarOption &
  RegistrationOptions<Counter<L>>;

export class Counter<L extends string = string> extends Family<L, CounterHandle, number> {
  /**
   * Defines a counter. The same definition in another thread is the same counter.
   * Twice in one thread is refused: `counter()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   DefinitionConflictError naming what another thread defined differently; nothing is defined then
   */
  constructor(options: CounterOptions<L>) {
    super('counter', options);
    // Families without exemplars keep the method that they have: to tell data from labels would cost it a branch.
    if (this.binding.descriptor.enableExemplars) this.inc = this.incWithExemplar.bind(this);
  }

  /**
   * Adds to the series without labels, or to the one named.
   *
   * @param value finite and not negative, 1 if absent
   * @param data only in families with exemplars: an object whose keys are all label names is a label set, also there
   * @throws TypeError when `value` is no finite number, Error when it is negative or a label is unknown; for
   *   `exemplarLabels` as the handle's inc()
   */
  inc(value?: number | null): void;
  inc(data: IncreaseDataWithExemplar<L>): void;
  inc(labels: Labels<L>, value?: number | null): void;
  inc(first?: Labels<L> | IncreaseDataWithExemplar<L> | number | null, value?: number | null): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first as Labels<L>).inc(value);
    else this.unlabelled.inc(first);
  }

  protected override newCell(place: CellPlace): CounterHandle {
    const { binding } = this;
    return binding.descriptor.enableExemplars
      ? new ExemplarCounterHandle(binding, place, watched => this.newValueCell(watched))
      : this.newValueCell(place);
  }

  protected override newRowCell(place: CellPlace): (CounterHandle & FollowingCell) | undefined {
    return this.binding.descriptor.enableExemplars ? undefined : this.newCellOf(StripedRow, AtomicRow, place);
  }

  private incWithExemplar(
    first?: Labels<L> | IncreaseDataWithExemplar<L> | number | null,
    value?: number | null,
  ): void {
    if (typeof first !== 'object' || first === null) {
      this.unlabelled.inc(first);
      return;
    }
    const data = exemplarDataOf<IncreaseDataWithExemplar<L>>(first, this.labelNames, value);
    if (data === undefined) this.cellOf(first as Labels<L>).inc(value);
    else this.cellOf(data.labels ?? ({} as Labels<L>)).inc(data.value, data.exemplarLabels);
  }

  private newValueCell(place: CellPlace): CounterCell {
    return this.newCellOf(StripedCounterCell, AtomicCounterCell, place);
  }

  private newCellOf(Striped: typeof StripedCounterCell, Atomic: typeof AtomicCounterCell, place: CellPlace) {
    const { binding } = this;
    if (isOnlyShared(binding.descriptor)) return new Atomic(binding.sharedOnlyWriter(), place);
    return binding.ownWriter === undefined
      ? new Atomic(binding.sharedWriter(), place)
      : new Striped(binding.ownWriter, place);
  }
}

const StripedRow = inRows(StripedCounterCell);
const AtomicRow = inRows(AtomicCounterCell);

showHandlesAs('CounterHandle', StripedCounterCell, AtomicCounterCell, ExemplarCounterHandle);
