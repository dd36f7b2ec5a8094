/** Expected rows: about how many rows the families of one rendering have, for what makes room for all of a family at once. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilyExtent } from '../registry/renderers.js';

/** What an open rendering extends: an object of its own would be garbage of each scrape. */
export abstract class ExpectedRows {
  /** Extents of families that have come. */
  private passed = 0;

  constructor(protected readonly families: readonly FamilyExtent[]) {}

  /**
   * Of a family that comes after all those that were asked for; 0 for one that is not among the extents, because its
   * label names have grown since the rendering began.
   *
   * @param isBackward true when the last family comes first
   */
  protected rowsOf(descriptor: FamilyDescriptor, isBackward: boolean): number {
    const { families } = this;
    for (let i = this.passed; i < families.length; i++) {
      const family = families[isBackward ? families.length - 1 - i : i]!;
      if (family.descriptor !== descriptor) continue;
      this.passed = i + 1;
      return family.series.length;
    }
    return 0;
  }
}

/** What a family has more at each rendering is not to be the copy of all of it at each. */
const GROWTH = 1.25;

/** Rows to make room for, where there is room for `length` and so many are expected. */
export function grownTo(length: number, rows: number): number {
  return Math.max(rows, Math.ceil(GROWTH * length));
}
