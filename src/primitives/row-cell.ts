/**
 * Row cell: the one cell object that records into all series of a family that are known by their labels alone.
 */
import type { FollowingCell } from '../memory/cell-place.js';

/**
 * A class for row cells beside that of handles: V8 takes the address in a handle for constant as long as no object of the
 * same class has changed its own.
 */
export function inRows<A extends unknown[], T extends FollowingCell>(
  Cell: new (...args: A) => T,
): new (...args: A) => T {
  // TypeScript knows a mixin's base class by `any[]` only.
  // oxlint-disable-next-line typescript/no-explicit-any
  const Base = Cell as new (...args: any[]) => FollowingCell;
  class RowCell extends Base {}
  return RowCell as unknown as new (...args: A) => T;
}
