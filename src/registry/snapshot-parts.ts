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
import type { SeriesList } from './series-list.js';
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
  summaries({ descriptor, rows }: FamilySnapshot): SummaryPart[] {
    const shape = descriptor.sketch!;
    const sketch = new SketchReader(this.attachment.arena, shape);
    const values = new Float64Array(2);
    return partsOf(rows, cells => {
      this.cells.summary(cells, sketch, values, 0);
      const buckets = copyOfBuckets(sketch.merge());
      return { sum: values[0]!, count: shape.intervals === 0 ? buckets.count : values[1]!, buckets };
    });
  }

  /** What each series of a gauge is made of, read now. In the order of the snapshot. */
  gauges({ descriptor, rows }: FamilySnapshot): GaugePart[] {
    const values = new Float64Array(this.cells.threadValuesMax);
    const threadIds = new Int32Array(values.length);
    const isShared = isOnlyShared(descriptor);
    return partsOf(rows, cells => {
      const setters = isShared
        ? Number(this.cells.sharedGauge(cells, values, 0))
        : this.cells.threadValues(cells, values, threadIds, 0);
      return { sum: values.subarray(0, setters).reduce((sum, value) => sum + value, 0), setters };
    });
  }
}

function partsOf<T>({ cells, length }: SeriesList, partAt: (cells: number) => T): T[] {
  return Array.from(cells.subarray(0, length), partAt);
}
