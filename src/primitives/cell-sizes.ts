/** Cell sizes: how many bytes a series takes in each stripe. */
import {
  COUNTER_CELL_BYTES,
  EXEMPLAR_BYTES,
  GAUGE_CELL_BYTES,
  STATE_CELL_BYTES,
  histogramCellBytes,
  summaryCellBytes,
} from '../memory/layout.js';
import { sketchBytesOf } from '../memory/sketch-shape.js';
import { NATIVE_EXEMPLARS } from './native-exemplars.js';
import type { FamilyDescriptor } from './family-descriptor.js';

/** Classic buckets in the cells of a histogram, `+Inf` included; none when it has native ones and no bounds. */
export function classicBucketsOf({ type, bounds, sketch }: FamilyDescriptor): number {
  if (type !== 'histogram') return 0;
  return bounds.length === 0 && sketch !== null ? 0 : bounds.length + 1;
}

/** Exemplars of each series: one of a counter; of a histogram one for each classic bucket, then those of native ones. */
export function exemplarCountOf(descriptor: FamilyDescriptor): number {
  if (!descriptor.enableExemplars) return 0;
  if (descriptor.type === 'counter') return 1;
  return classicBucketsOf(descriptor) + (descriptor.sketch === null ? 0 : NATIVE_EXEMPLARS);
}

/**
 * True for counters and gauges whose cells are in the shared stripe alone: scrapes read them there without being told
 * to, and need not read that stripe for anybody else. Gauges that are shown by thread are read with those of the threads.
 */
export function isOnlyShared({ type, sharing, aggregator }: FamilyDescriptor): boolean {
  return sharing === 'atomic' && (type === 'counter' || (type === 'gauge' && aggregator !== 'thread'));
}

/** Bytes of the cells of each series of a family, in each stripe. Its exemplars stand at their end. */
export function cellBytesOf(descriptor: FamilyDescriptor): number {
  return valueBytesOf(descriptor) + exemplarCountOf(descriptor) * EXEMPLAR_BYTES;
}

/** Bytes of the cells of each series, without its exemplars. */
export function valueBytesOf(descriptor: FamilyDescriptor): number {
  const sketchBytes = descriptor.sketch === null ? 0 : sketchBytesOf(descriptor.sketch);
  switch (descriptor.type) {
    case 'counter':
      return COUNTER_CELL_BYTES;
    case 'gauge':
      return GAUGE_CELL_BYTES;
    case 'histogram':
      return histogramCellBytes(classicBucketsOf(descriptor)) + sketchBytes;
    case 'summary':
      return summaryCellBytes(sketchBytes);
    case 'stateset':
      return STATE_CELL_BYTES;
    case 'info':
      // Its labels are all it says: nothing is ever recorded into it.
      return 0;
  }
}
