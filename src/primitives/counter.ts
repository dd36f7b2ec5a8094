/** Counter: a value that only grows - events, bytes, tokens. */
import type { CellPlace } from '../memory/cell-place.js';
import type { CounterCell } from '../memory/counter-cell.js';
import { AtomicCounterCell, StripedCounterCell } from '../memory/counter-cell.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';

export type CounterOptions<L extends string = string> = FamilyOptions<L> & RegistrationOptions<Counter<L>>;

export class Counter<L extends string = string> extends Family<L, CounterCell> {
  /**
   * Defines a counter. The same definition in another thread is the same counter.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   DefinitionConflictError naming what another thread defined differently; nothing is defined then
   */
  constructor(options: CounterOptions<L>) {
    super('counter', options);
  }

  /**
   * Adds to the series without labels, or to the one named.
   *
   * @param value finite and not negative, 1 if absent
   * @throws TypeError when `value` is no finite number, Error when it is negative or a label is unknown
   */
  inc(value?: number | null): void;
  inc(labels: Labels<L>, value?: number | null): void;
  inc(first?: Labels<L> | number | null, value?: number | null): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first).inc(value);
    else this.unlabelled.inc(first);
  }

  protected override newCell(place: CellPlace): CounterCell {
    const { binding } = this;
    return binding.ownWriter === undefined || binding.descriptor.sharing === 'atomic'
      ? new AtomicCounterCell(binding.sharedWriter(), place)
      : new StripedCounterCell(binding.ownWriter, place);
  }
}
