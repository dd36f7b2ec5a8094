/**
 * Histogram: how many observations fell into which bucket, and their sum - latencies, sizes.
 *
 * Buckets are classic (bounds given in advance), native (exponential, no bounds needed), or both.
 */
import {
  AtomicDualHistogramCell,
  AtomicNativeHistogramCell,
} from '../memory/atomic-native-histogram-cell.js';
import { BucketIndex } from '../memory/bucket-index.js';
import type { CellPlace, CellWriter, FollowingCell } from '../memory/cell-place.js';
import type { HistogramCell } from '../memory/histogram-cell.js';
import { AtomicHistogramCell, StripedHistogramCell } from '../memory/histogram-cell.js';
import { StripedDualHistogramCell, StripedNativeHistogramCell } from '../memory/native-histogram-cell.js';
import { DEFAULT_BUCKETS } from './buckets.js';
import { classicBucketsOf } from './cell-sizes.js';
import type { ObserveDataWithExemplar } from './exemplar-form.js';
import { exemplarDataOf } from './exemplar-form.js';
import { ExemplarHistogramHandle, mergedLabels } from './exemplar-handles.js';
import type { ExemplarLabels } from './exemplar-labels.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { ExemplarOption, FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';
import type { HistogramValue } from './readings.js';
import { inRows } from './row-cell.js';
import { showHandlesAs } from './shown-object.js';
import type { NativeBuckets } from './sketch-options.js';
import type { Timer } from './timer.js';
import { startTimer, timed } from './timer.js';

/** One series of a histogram, as user code keeps it. */
export interface HistogramHandle extends HistogramCell {
  /**
   * Records an observation.
   *
   * @param value finite; in the unit of the family
   * @param exemplarLabels what produced it; ignored by a family without exemplars
   * @throws TypeError when `value` is no finite number; nothing is recorded. RangeError or Error when `exemplarLabels`
   *   cannot be kept; `value` has been recorded then, and the exemplar that was there stays
   */
  observe(value: number, exemplarLabels?: ExemplarLabels | null): void;
  /**
   * Starts a timer that observes the elapsed seconds when it ends; exemplar labels may be given at either end, the end's
   * win.
   */
  startTimer(startExemplarLabels?: ExemplarLabels): Timer<[endExemplarLabels?: ExemplarLabels]>;
}

export interface HistogramBuckets {
  /**
   * Upper bounds, finite and increasing; `+Inf` is implied, and dropped where it is given as the last. Default: 5 ms to 10 s, for latencies in seconds; with native
   * buckets none.
   */
  readonly buckets?: readonly number[] | undefined;
  /** Native buckets: `true` for the defaults. Beside classic ones when `buckets` is given too. Default: none. */
  readonly native?: boolean | NativeBuckets | undefined;
}

export type HistogramOptions<L extends string = string> = FamilyOptions<L> &
  ExemplarOption &
  RegistrationOptions<Histogram<L>> &
  HistogramBuckets;

/** A timer of a histogram with labels: what is given at its end wins over what was given at its start. */
export type LabelledTimer<L extends string = string> = Timer<
  [endLabels?: Labels<L>, endExemplarLabels?: ExemplarLabels]
>;

export class Histogram<L extends string = string> extends Family<L, HistogramHandle, HistogramValue> {
  /**
   * Defines a histogram. The same definition in another thread is the same histogram.
   * Twice in one thread is refused: `histogram()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   ConfigurationError listing every unusable bucket; DefinitionConflictError naming what another thread defined
   *   differently; nothing is defined then
   */
  constructor(options: HistogramOptions<L>) {
    super('histogram', Histogram.withDefaults(options));
    if (!this.binding.descriptor.enableExemplars) return;
    // Families without exemplars keep the methods that they have: to tell data from labels would cost them a branch.
    this.observe = this.observeWithExemplar.bind(this);
    this.startTimer = this.startTimerWithExemplar.bind(this);
  }

  /** The options with the default buckets filled in. */
  static withDefaults<L extends string>(options: HistogramOptions<L>): HistogramOptions<L> {
    // No object: the constructor says so.
    return typeof options === 'object' && options !== null
      ? { ...options, buckets: options.buckets ?? (options.native ? [] : DEFAULT_BUCKETS) }
      : options;
  }

  /**
   * Records an observation in the series without labels, or in the one named.
   *
   * @param data only in families with exemplars: an object whose keys are all label names is a label set, also there
   * @throws TypeError when `value` is no finite number, Error when a label is unknown; nothing is recorded. For
   *   `exemplarLabels` as the handle's observe()
   */
  observe(value: number): void;
  observe(data: ObserveDataWithExemplar<L>): void;
  observe(labels: Labels<L>, value: number): void;
  observe(first: Labels<L> | ObserveDataWithExemplar<L> | number, value?: number): void {
    if (typeof first === 'object' && first !== null) this.cellOf(first as Labels<L>).observe(value!);
    else this.unlabelled.observe(first);
  }

  /** As init(), under the name that other client libraries have for it. */
  zero(labels: Labels<L>): boolean {
    return this.init(labels);
  }

  /**
   * Starts a timer that observes the elapsed seconds when it ends; labels may be given at either end, the end's win.
   * Exemplar labels too, in families with exemplars.
   */
  startTimer(startLabels?: Labels<L>, startExemplarLabels?: ExemplarLabels): LabelledTimer<L>;
  startTimer(startLabels?: Labels<L>): LabelledTimer<L> {
    return startTimer((seconds, endLabels?: Labels<L>) => {
      const labels = { ...startLabels, ...endLabels } as Labels<L>;
      this.cellOf(labels).observe(seconds);
    });
  }

  protected override newCell(place: CellPlace): HistogramHandle {
    const { binding } = this;
    return binding.descriptor.enableExemplars
      ? new ExemplarHistogramHandle(binding, place, watched => this.newValueCell(watched))
      : this.newValueCell(place);
  }

  private observeWithExemplar(first: Labels<L> | ObserveDataWithExemplar<L> | number, value?: number): void {
    if (typeof first !== 'object' || first === null) {
      this.unlabelled.observe(first);
      return;
    }
    const data = exemplarDataOf<ObserveDataWithExemplar<L>>(first, this.labelNames, value);
    if (data === undefined) this.cellOf(first as Labels<L>).observe(value!);
    else this.cellOf(data.labels ?? ({} as Labels<L>)).observe(data.value, data.exemplarLabels);
  }

  private startTimerWithExemplar(
    startLabels?: Labels<L>,
    startExemplarLabels?: ExemplarLabels,
  ): LabelledTimer<L> {
    return startTimer((seconds, endLabels?: Labels<L>, endExemplarLabels?: ExemplarLabels) => {
      const labels = { ...startLabels, ...endLabels } as Labels<L>;
      this.cellOf(labels).observe(seconds, mergedLabels(startExemplarLabels, endExemplarLabels));
    });
  }

  /** Cells of native buckets have more of their own. */
  protected override newRowCell(place: CellPlace): (HistogramHandle & FollowingCell) | undefined {
    const { enableExemplars, sketch, bounds } = this.binding.descriptor;
    if (enableExemplars || sketch !== null) return undefined;
    const { writer, isAtomic } = this.writing();
    return new (isAtomic ? AtomicRow : StripedRow)(writer, place, BucketIndex.over(bounds));
  }

  private writing(): { writer: CellWriter; isAtomic: boolean } {
    const { ownWriter, descriptor } = this.binding;
    return ownWriter === undefined || descriptor.sharing === 'atomic'
      ? { writer: this.binding.sharedWriter(), isAtomic: true }
      : { writer: ownWriter, isAtomic: false };
  }

  private newValueCell(place: CellPlace): HistogramHandle {
    const { descriptor } = this.binding;
    const { writer, isAtomic } = this.writing();
    const { bounds, sketch } = descriptor;
    const index = BucketIndex.over(bounds);
    if (sketch === null) {
      return new (isAtomic ? AtomicHistogramHandle : StripedHistogramHandle)(writer, place, index);
    }
    return classicBucketsOf(descriptor) === 0
      ? new (isAtomic ? AtomicNativeHandle : StripedNativeHandle)(writer, place, sketch)
      : new (isAtomic ? AtomicDualHandle : StripedDualHandle)(writer, place, index, sketch);
  }
}

const StripedHistogramHandle = timed(StripedHistogramCell);
const StripedNativeHandle = timed(StripedNativeHistogramCell);
const StripedDualHandle = timed(StripedDualHistogramCell);
const AtomicNativeHandle = timed(AtomicNativeHistogramCell);
const AtomicDualHandle = timed(AtomicDualHistogramCell);
const AtomicHistogramHandle = timed(AtomicHistogramCell);
const StripedRow = inRows(StripedHistogramHandle);
const AtomicRow = inRows(AtomicHistogramHandle);

showHandlesAs(
  'HistogramHandle',
  StripedHistogramHandle,
  AtomicHistogramHandle,
  StripedNativeHandle,
  AtomicNativeHandle,
  StripedDualHandle,
  AtomicDualHandle,
  ExemplarHistogramHandle,
);
