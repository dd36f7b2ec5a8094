/** Total counter: a counter of which somebody else keeps the total, the same for all threads. */
import type { CellPlace } from '../memory/cell-place.js';
import { TotalCell } from '../memory/total-cell.js';
import { Counter } from './counter.js';
import type { CounterHandle, CounterOptions } from './counter.js';
import type { Labels } from './label-set.js';
import { showHandlesAs } from './shown-object.js';

export class TotalCounter<L extends string = string> extends Counter<L> {
  /** As a counter, which it is to every other thread and to scrapes. @throws Error as Counter */
  constructor(options: Omit<CounterOptions<L>, 'sharing' | 'enableExemplars'>) {
    super({ ...options, sharing: 'atomic' });
  }

  /**
   * Raises a series to `total`, from any thread; one that is not greater than what is there changes nothing. A reset
   * counter is at the whole total again after the next raise.
   *
   * @throws Error when a label is unknown
   */
  raise(labels: Labels<L>, total: number): void {
    (this.cellOf(labels) as TotalCell).raise(total);
  }

  protected override newCell(place: CellPlace): CounterHandle {
    return new TotalCell(this.binding.sharedOnlyWriter(), place);
  }

  protected override newRowCell(): undefined {
    return undefined;
  }
}

showHandlesAs('CounterHandle', TotalCell);
