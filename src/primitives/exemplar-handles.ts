/** Exemplar handles: one series of a family with exemplars, as user code keeps it, over any cell that records the values. */
import { BucketIndex } from '../memory/bucket-index.js';
import type { CellPlace } from '../memory/cell-place.js';
import type { CounterCell } from '../memory/counter-cell.js';
import type { HistogramCell } from '../memory/histogram-cell.js';
import { classicBucketsOf } from './cell-sizes.js';
import type { CounterHandle } from './counter.js';
import type { ExemplarLabels } from './exemplar-labels.js';
import { ExemplarRecorder } from './exemplar-recorder.js';
import type { HistogramHandle } from './histogram.js';
import { nativeExemplarOf } from './native-exemplars.js';
import type { FamilyBinding } from './registrar.js';
import type { Timer } from './timer.js';
import { startTimer } from './timer.js';

export class ExemplarCounterHandle implements CounterHandle {
  private readonly recorder: ExemplarRecorder;
  private readonly cell: CounterCell;

  /** `newCell` makes the cell of the value, for the place that it is given. */
  constructor(binding: FamilyBinding, place: CellPlace, newCell: (place: CellPlace) => CounterCell) {
    this.recorder = new ExemplarRecorder(binding, place);
    this.cell = newCell(this.recorder.place);
  }

  get place(): CellPlace {
    return this.cell.place;
  }

  inc(value?: number | null, exemplarLabels?: ExemplarLabels | null): void {
    const labels = this.recorder.gather(exemplarLabels);
    this.cell.inc(value);
    if (labels !== undefined) this.recorder.keep(labels, value ?? 1, 0);
  }
}

export class ExemplarHistogramHandle implements HistogramHandle {
  private readonly recorder: ExemplarRecorder;
  private readonly cell: HistogramCell;
  private readonly buckets: BucketIndex;
  private readonly classicCount: number;

  /** `newCell` makes the cell of the values, for the place that it is given. */
  constructor(
    private readonly binding: FamilyBinding,
    place: CellPlace,
    newCell: (place: CellPlace) => HistogramCell,
  ) {
    this.recorder = new ExemplarRecorder(binding, place);
    this.cell = newCell(this.recorder.place);
    this.buckets = BucketIndex.over(binding.descriptor.bounds);
    this.classicCount = classicBucketsOf(binding.descriptor);
  }

  get place(): CellPlace {
    return this.cell.place;
  }

  observe(value: number, exemplarLabels?: ExemplarLabels | null): void {
    const labels = this.recorder.gather(exemplarLabels);
    this.cell.observe(value);
    if (labels !== undefined) this.recorder.keep(labels, value, ...this.exemplarsOf(value));
  }

  startTimer(startExemplarLabels?: ExemplarLabels): Timer<[endExemplarLabels?: ExemplarLabels]> {
    return startTimer((seconds, endExemplarLabels?: ExemplarLabels) =>
      this.observe(seconds, mergedLabels(startExemplarLabels, endExemplarLabels)),
    );
  }

  /** The indexes of the exemplars for a value: that of its classic bucket, that of its native ones, or both. */
  private exemplarsOf(value: number): number[] {
    const { classicCount } = this;
    const { sketch } = this.binding.descriptor;
    const indexes = classicCount === 0 ? [] : [this.buckets.indexOf(value)];
    if (sketch !== null) indexes.push(classicCount + nativeExemplarOf(value, sketch));
    return indexes;
  }
}

/** The exemplar labels of both ends of a timer, those of its end first; undefined when neither has any. */
export function mergedLabels(
  start: ExemplarLabels | undefined,
  end: ExemplarLabels | undefined,
): ExemplarLabels | undefined {
  return start === undefined && end === undefined ? undefined : { ...start, ...end };
}
