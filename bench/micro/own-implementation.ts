/** This library's two kinds of cells, as the micro benches name them. */
import type { Sharing } from '../../src/index.js';

export interface OwnImplementation {
  /** The second half of a case's id. */
  readonly key: Sharing;
  readonly name: string;
}

export const OWN_IMPLEMENTATIONS: readonly OwnImplementation[] = [
  { key: 'striped', name: 'threadtally striped' },
  { key: 'atomic', name: 'threadtally atomic' },
];

/** Why a plain memory access, or a library without threads, needs less time. */
export const WHY: Readonly<Record<'counter' | 'gauge' | 'histogram', Readonly<Record<Sharing, string>>>> = {
  counter: {
    striped:
      'A call also checks its argument, whether the series was removed, and the carry into the high word.',
    atomic:
      'A 64-bit word that many threads write takes one locked instruction, for which V8 makes a BigInt; a fraction ' +
      'takes a compare-exchange loop with two.',
  },
  gauge: {
    striped: 'A call also checks its argument and whether the series was removed.',
    atomic:
      'The bits of the double pass through a BigInt into a locked exchange, then a mark says that the gauge is set.',
  },
  histogram: {
    striped: 'A call also checks its argument, finds the bucket, and adds to the sum.',
    atomic: 'Two locked instructions, one for the bucket and one for the sum, with a BigInt for each.',
  },
};
