/** Exemplars of series that come and go: they stay with the values that they belong to, at every moment of a removal. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BucketIndex } from '../../src/memory/bucket-index.js';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import { WatchedPlace } from '../../src/memory/exemplar-cell.js';
import { StripedHistogramCell } from '../../src/memory/histogram-cell.js';
import { RecordStore } from '../../src/memory/record-store.js';
import { ExemplarHistogramHandle } from '../../src/primitives/exemplar-handles.js';
import type { ExemplarLabels } from '../../src/primitives/exemplar-labels.js';
import type { FamilyDescriptor } from '../../src/primitives/family-descriptor.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { exemplarsOf } from '../../src/registry/exemplars.js';
import { actAt, forEveryAccess, withMutant } from './stepping.js';
import type { Thread } from './threads.js';
import { withThreads } from './threads.js';

const OPTIONS = { help: 'H.', labelNames: ['a'], enableExemplars: true };
/** Two families with cells of one size, and no value that is in the same bucket of both. */
const SMALL = describeFamily('histogram', { ...OPTIONS, name: 'small', buckets: [1, 2, 4] }, 10);
const LARGE = describeFamily('histogram', { ...OPTIONS, name: 'large', buckets: [100, 200, 400] }, 10);

function handleOf(thread: Thread, descriptor: FamilyDescriptor, value: string): ExemplarHistogramHandle {
  const binding = thread.family(descriptor);
  const buckets = BucketIndex.over(descriptor.bounds);
  const newCell = (place: ConstructorParameters<typeof StripedHistogramCell>[1]): StripedHistogramCell =>
    new StripedHistogramCell(ownStripeWriter(thread.attachment)!, place, buckets);
  return new ExemplarHistogramHandle(binding, binding.place([value]), newCell);
}

function observe(handle: ExemplarHistogramHandle, value: number): void {
  handle.observe(value, { id: value });
}

/** Gives away whatever may be given away, to series of the other family, each with an exemplar of its own. */
function reuse(thread: Thread): void {
  // Defined before anything is free: its overflow series would take what is meant for the others.
  thread.family(LARGE);
  thread.attachment.safePoint();
  thread.attachment.records.reclaim();
  for (const name of ['p', 'q']) observe(handleOf(thread, LARGE, name), 150);
}

/** Every exemplar is in the range of its bucket, was given to an observation of its family, and has a count to it. */
function assertInPlace(thread: Thread): number {
  let shown = 0;
  for (const family of thread.engine.snapshots.take().families) {
    const { bounds } = family.descriptor;
    family.series.forEach((series, i) => {
      for (const { bucket, value, labels } of exemplarsOf(family, i)) {
        const at = bucket as number;
        const where = `${value} in bucket ${at} of ${family.descriptor.name}{${series.labelValues().join()}}`;
        assert.ok(value <= (bounds[at] ?? Infinity) && value > (bounds[at - 1] ?? -Infinity), where);
        assert.deepEqual(labels, { id: String(value) });
        assert.ok(family.values[i * family.stride + at]! > 0, `nothing was counted for ${where}`);
        shown++;
      }
    });
  }
  return shown;
}

/** Thread 1 observes, and is interrupted at each access by thread 2, which removes and gives the cells away. */
function interrupted(remove: (threads: Thread[]) => void): { points: number; shown: number } {
  let shown = 0;
  const points = forEveryAccess(n =>
    withThreads(2, threads => {
      const [one, two] = threads as [Thread, Thread];
      const handle = handleOf(one, SMALL, 'x');
      observe(handle, 3);
      two.family(SMALL);
      two.family(LARGE);
      const act = (): void => {
        remove(threads);
        reuse(two);
      };
      const reached = actAt(n, () => observe(handle, 1.5), act);
      if (!reached) act();
      shown += assertInPlace(two);
      // Later, when thread 1 has passed a safe point too.
      one.attachment.safePoint();
      reuse(two);
      observe(handle, 1.5);
      shown += assertInPlace(one);
      return reached;
    }),
  );
  return { points, shown };
}

const removeSeries = ([, two]: Thread[]): unknown => two!.family(SMALL).remove(['x']);
const resetFamily = ([, two]: Thread[]): void => two!.family(SMALL).reset();
const removeFamily = ([, two]: Thread[]): void => two!.engine.removeFamily('small');

/** The label of an exemplar turns into text, and everything happens meanwhile: also this thread passes a safe point. */
function removedByLabel(): void {
  withThreads(2, threads => {
    const [one, two] = threads as [Thread, Thread];
    const handle = handleOf(one, SMALL, 'x');
    observe(handle, 3);
    two.family(LARGE);
    const label = {
      toString(): string {
        removeSeries(threads);
        one.attachment.safePoint();
        reuse(two);
        return '1.5';
      },
    };
    handle.observe(1.5, { id: label } as unknown as ExemplarLabels);
    assert.ok(assertInPlace(two) > 0);
  });
}

/** The series' cells become another's. */
function succeeded(): void {
  withThreads(1, ([one]) => {
    const cellsOf = (name: string): number =>
      one!.engine.catalogue.families().find(family => family.descriptor.name === name)!.series.cells[0]!;
    const handle = handleOf(one!, SMALL, 'x');
    for (const value of [0.5, 1.5, 3, 5]) observe(handle, value);
    assert.equal(assertInPlace(one!), 4);
    one!.family(LARGE);
    const cells = cellsOf('small');
    one!.family(SMALL).remove(['x']);
    one!.attachment.safePoint();
    one!.attachment.records.reclaim();
    handleOf(one!, LARGE, 'y').observe(150);
    assert.equal(cellsOf('large'), cells, 'these are the cells of the removed series');
    assert.equal(assertInPlace(one!), 0);
  });
}

/** The family goes while a handle of it is kept, and its cells become another's. */
function familyRemoved(): void {
  withThreads(2, threads => {
    const [one, two] = threads as [Thread, Thread];
    const handle = handleOf(one, SMALL, 'x');
    observe(handle, 3);
    two.family(LARGE);
    removeFamily(threads);
    one.attachment.safePoint();
    reuse(two);
    observe(handle, 1.5);
    assert.ok(assertInPlace(two) > 0);
  });
}

describe('exemplars of a series that is removed', () => {
  test('stay with their observation at every access of the recording', () => {
    for (const remove of [removeSeries, resetFamily, removeFamily]) {
      const { points, shown } = interrupted(remove);
      assert.ok(points > 6 && shown > points, `${points} points, ${shown} exemplars`);
    }
  });

  test('are not written to the successor of its cells when a label removes it on the way', () => {
    removedByLabel();
  });

  test('mutant: labels that are gathered after the value was recorded reach a stranger', () => {
    const lateGather = function (this: HandleParts, value: number, labels: ExemplarLabels): void {
      this.cell.observe(value);
      this.recorder.keep(this.recorder.gather(labels), value, ...this.exemplarsOf(value));
    };
    withMutant(ExemplarHistogramHandle.prototype, 'observe', lateGather as never, () => {
      assert.throws(removedByLabel, assert.AssertionError);
    });
  });

  test('do not survive into the next series that has its cells', () => {
    succeeded();
  });

  test('mutant: cells that are not zeroed show the exemplars of their predecessor', () => {
    withMutant(RecordStore.prototype, 'zeroCells', (() => {}) as never, () => {
      assert.throws(succeeded, assert.AssertionError);
    });
  });

  test('are not written when the family is gone and nothing was recorded', () => {
    familyRemoved();
  });

  test('mutant: an exemplar that does not ask whether its value was recorded reaches a stranger', () => {
    withMutant(WatchedPlace.prototype, 'hasRecorded', (() => true) as never, () => {
      assert.throws(familyRemoved, assert.AssertionError);
    });
  });
});

interface HandleParts {
  readonly cell: { observe(value: number): void };
  readonly recorder: {
    gather(labels: ExemplarLabels): unknown;
    keep(gathered: unknown, value: number, ...indexes: number[]): void;
  };
  exemplarsOf(value: number): number[];
}
