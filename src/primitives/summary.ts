/** Summary: quantiles of observations, their count and sum - latencies whose distribution matters in one process. */
import { AtomicSummaryCell } from '../memory/atomic-summary-cell.js';
import type { CellPlace } from '../memory/cell-place.js';
import type { SummaryCell } from '../memory/summary-cell.js';
import { StripedSummaryCell, StripedWindowSummaryCell } from '../memory/summary-cell.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';
import type { SummaryValue } from './readings.js';
import { showHandlesAs } from './shown-object.js';
import type { SummarySketch } from './sketch-options.js';
import type { Timer } from './timer.js';
import { startTimer, timed } from './timer.js';

/** One series of a summary, as user code keeps it. */
export interface SummaryHandle extends SummaryCell {
  /** Starts a timer that observes the elapsed seconds when it ends. */
  startTimer(): Timer;
}

export interface SummaryQuantiles extends SummarySketch {
  /** Quantiles that are shown, each in 0..1; none for count and sum only. Default: DEFAULT_PERCENTILES. */
  readonly percentiles?: readonly number[] | undefined;
}

export type SummaryOptions<L extends string = string> = FamilyOptions<L> &
  RegistrationOptions<Summary<L>> &
  SummaryQuantiles;

/** The quantiles of a summary that names none, as in other client libraries for Node.js. */
export const DEFAULT_PERCENTILES: readonly number[] = Object.freeze([
  0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999,
]);

export class Summary<L extends string = string> extends Family<L, SummaryHandle, SummaryValue> {
  /**
   * Defines a summary. The same definition in another thread is the same summary.
   *
   * A quantile q is an estimate of the smallest observed value that at least q of all observations do not exceed, off
   * by at most `relativeError` times that value; NaN when there is nothing to take it from. Threads are merged exactly.
   * Twice in one thread is refused: `summary()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   ConfigurationError listing every unusable option; DefinitionConflictError naming what another thread defined
   *   differently; nothing is defined then
   */
  constructor(options: SummaryOptions<L>) {
    super('summary', Summary.withDefaults(options));
  }

  /** The options with the default quantiles filled in. */
  static withDefaults<L extends string>(options: SummaryOptions<L>): SummaryOptions<L> {
    // No object: the constructor says so.
    return typeof options === 'object' && options !== null
      ? { ...options, percentiles: options.percentiles ?? DEFAULT_PERCENTILES }
      : options;
  }

  /**
   * Records an observation in the series without labels, or in the one named.
   *
   * @throws TypeError when `value` is no finite number, Error when a label is unknown; nothing is recorded
   */
  observe(value: number): void;
  observe(labels: Labels<L>, value: number): void;
  observe(first: Labels<L> | number, value?: number): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first).observe(value!);
    else this.unlabelled.observe(first);
  }

  /** Starts a timer that observes the elapsed seconds when it ends; labels may be given at either end, the end's win. */
  startTimer(startLabels?: Labels<L>): Timer<[endLabels?: Labels<L>]> {
    return startTimer((seconds, endLabels?: Labels<L>) => {
      const labels = { ...startLabels, ...endLabels } as Labels<L>;
      this.cellOf(labels).observe(seconds);
    });
  }

  protected override newCell(place: CellPlace): SummaryHandle {
    const { ownWriter, descriptor } = this.binding;
    const sketch = descriptor.sketch!;
    if (ownWriter === undefined || descriptor.sharing === 'atomic') {
      return new AtomicSummaryHandle(this.binding.sharedWriter(), place, sketch);
    }
    return sketch.intervals === 0
      ? new StripedSummaryHandle(ownWriter, place, sketch)
      : new StripedWindowSummaryHandle(ownWriter, place, sketch);
  }
}

const AtomicSummaryHandle = timed(AtomicSummaryCell);
const StripedSummaryHandle = timed(StripedSummaryCell);
const StripedWindowSummaryHandle = timed(StripedWindowSummaryCell);

showHandlesAs('SummaryHandle', StripedSummaryHandle, StripedWindowSummaryHandle, AtomicSummaryHandle);
