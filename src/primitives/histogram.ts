/** Histogram: how many observations fell into which bucket, and their sum - latencies, sizes. */
import { BucketIndex } from '../memory/bucket-index.js';
import type { CellPlace } from '../memory/cell-place.js';
import type { HistogramCell } from '../memory/histogram-cell.js';
import { AtomicHistogramCell, StripedHistogramCell } from '../memory/histogram-cell.js';
import { DEFAULT_BUCKETS } from './buckets.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';
import type { Timer } from './timer.js';
import { startTimer } from './timer.js';

/** One series of a histogram, as user code keeps it. */
export interface HistogramHandle extends HistogramCell {
  /** Starts a timer that observes the elapsed seconds when it ends. */
  startTimer(): Timer;
}

export interface HistogramBuckets {
  /** Upper bounds, finite and increasing; `+Inf` is implied. Default: 5 ms to 10 s, for latencies in seconds. */
  readonly buckets?: readonly number[];
}

export type HistogramOptions<L extends string = string> = FamilyOptions<L> &
  RegistrationOptions<Histogram<L>> &
  HistogramBuckets;

export class Histogram<L extends string = string> extends Family<L, HistogramHandle> {
  /**
   * Defines a histogram. The same definition in another thread is the same histogram.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   ConfigurationError listing every unusable bucket; DefinitionConflictError naming what another thread defined
   *   differently; nothing is defined then
   */
  constructor(options: HistogramOptions<L>) {
    super('histogram', Histogram.withDefaults(options));
  }

  /** The options with the default buckets filled in. */
  static withDefaults<L extends string>(options: HistogramOptions<L>): HistogramOptions<L> {
    return options && { ...options, buckets: options.buckets ?? DEFAULT_BUCKETS };
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

  /** As init(), under the name that other client libraries have for it. */
  zero(labels: Labels<L>): boolean {
    return this.init(labels);
  }

  /** Starts a timer that observes the elapsed seconds when it ends; labels may be given at either end, the end's win. */
  startTimer(startLabels?: Labels<L>): Timer<[endLabels?: Labels<L>]> {
    return startTimer((seconds, endLabels?: Labels<L>) => {
      const labels = { ...startLabels, ...endLabels } as Labels<L>;
      this.cellOf(labels).observe(seconds);
    });
  }

  protected override newCell(place: CellPlace): HistogramHandle {
    const { binding } = this;
    const index = BucketIndex.over(binding.descriptor.bounds);
    return binding.ownWriter === undefined || binding.descriptor.sharing === 'atomic'
      ? new AtomicHistogramHandle(binding.sharedWriter(), place, index)
      : new StripedHistogramHandle(binding.ownWriter, place, index);
  }
}

class StripedHistogramHandle extends StripedHistogramCell implements HistogramHandle {
  startTimer(): Timer {
    return startTimer(seconds => this.observe(seconds));
  }
}

class AtomicHistogramHandle extends AtomicHistogramCell implements HistogramHandle {
  startTimer(): Timer {
    return startTimer(seconds => this.observe(seconds));
  }
}
