/**
 * Native exemplars: which of its few exemplars a series with native buckets keeps for a value.
 *
 * By powers of two, in turn: values within a factor of 1,024 have an exemplar for each doubling, so the many of the usual
 * size do not push out the rare large ones, as they would by the fine index of their bucket.
 */
import { SCHEMA_MAX, coarserIndex, finestIndexOf } from '../memory/exponential-index.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import { firstShiftOf } from '../memory/sketch-shape.js';

/** Exemplars of a series for its native buckets. */
export const NATIVE_EXEMPLARS = 10;

/** The index of the exemplar of a finite value, 0..NATIVE_EXEMPLARS - 1. */
export function nativeExemplarOf(value: number, shape: SketchShape): number {
  const magnitude = Math.abs(value);
  if (magnitude <= shape.zeroThreshold) return 0;
  // Buckets wider than a power of two take turns by themselves.
  const index = coarserIndex(finestIndexOf(magnitude), Math.max(SCHEMA_MAX, firstShiftOf(shape)));
  // Half way round for negative values: of two with one magnitude, each has its own.
  const turn = value < 0 ? index + NATIVE_EXEMPLARS / 2 : index;
  return ((turn % NATIVE_EXEMPLARS) + NATIVE_EXEMPLARS) % NATIVE_EXEMPLARS;
}
