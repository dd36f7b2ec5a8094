/**
 * Snapshot parts: what the values of a snapshot were made of, for merging them with those of other processes.
 *
 * Quantiles of two processes cannot be merged, the sketches that they were taken from can; an average needs the number of
 * values that it is of. A snapshot shows the results alone.
 */
import type { Attachment } from '../memory/attachment.js';
import { copyOfBuckets } from '../memory/bucket-sum.js';
import { CellReader } from '../memory/cell-reader.js';
import { SketchReader } from '../memory/sketch-reader.js';
import type { MergedBuckets } from '../memory/sketch-reader.js';
import { isOnlyShared } from '../primitives/cell-sizes.js';
import type { FamilySnapshot } from './snapshot.js';

export interface SummaryPart {
  readonly sum: number;
  readonly count: number;
  readonly buckets: MergedBuckets;
}

/** What the threads of a process gave to a gauge. */
export interface GaugePart {
  readonly sum: number;
  /** How many threads have set it; 0 for a gauge that is shown at its starting value. */
  readonly setters: number;
}

export class SnapshotParts {
  private readonly cells: CellReader;

  /** Of a thread that stays pinned as long as this is used. */
  constructor(private readonly attachment: Attachment) {
    this.cells = new CellReader(attachment);
    this.cells.refresh();
  }

  /** The sketch of each series of a summary, read now: it may have more than the snapshot. In the order of the snapshot. */
  summaries({ descriptor, series }: FamilySnapshot): SummaryPart[] {
    const shape = descriptor.sketch!;
    const sketch = new SketchReader(this.attachment.arena, shape);
    return series.map(entry => {
      const { sum, windowCount } = this.cells.summary(entry.cells, sketch);
      const buckets = copyOfBuckets(sketch.merge());
      return { sum, count: shape.intervals === 0 ? buckets.count : windowCount, buckets };
    });
  }

  /** What each series of a gauge is made of, read now. In the order of the snapshot. */
  gauges({ descriptor, series }: FamilySnapshot): GaugePart[] {
    return series.map(entry => {
      if (isOnlyShared(descriptor)) {
        const value = this.cells.sharedGauge(entry.cells);
        return { sum: value ?? 0, setters: value === undefined ? 0 : 1 };
      }
      const values = this.cells.contributions(entry.cells);
      return { sum: values.reduce((sum, { value }) => sum + value, 0), setters: values.length };
    });
  }
}
