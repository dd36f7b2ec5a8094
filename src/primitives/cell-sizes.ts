/** Cell sizes: how many bytes a series takes in each stripe. */
import {
  COUNTER_CELL_BYTES,
  GAUGE_CELL_BYTES,
  histogramCellBytes,
  summaryCellBytes,
} from '../memory/layout.js';
import { sketchBytesOf } from '../memory/sketch-shape.js';
import type { FamilyDescriptor } from './family-descriptor.js';

/** Classic buckets in the cells of a histogram, `+Inf` included; none when it has native ones and no bounds. */
export function classicBucketsOf({ type, bounds, sketch }: FamilyDescriptor): number {
  if (type !== 'histogram') return 0;
  return bounds.length === 0 && sketch !== null ? 0 : bounds.length + 1;
}

/** Bytes of the cells of each series of a family, in each stripe. */
export function cellBytesOf(descriptor: FamilyDescriptor): number {
  const sketchBytes = descriptor.sketch === null ? 0 : sketchBytesOf(descriptor.sketch);
  switch (descriptor.type) {
    case 'counter':
      return COUNTER_CELL_BYTES;
    case 'gauge':
    case 'stateset':
      return GAUGE_CELL_BYTES;
    case 'histogram':
      return histogramCellBytes(classicBucketsOf(descriptor)) + sketchBytes;
    case 'summary':
      return summaryCellBytes(sketchBytes);
    case 'info':
      return 0;
  }
}
