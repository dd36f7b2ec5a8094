/**
 * Exemplar source: where the labels of exemplars come from when a recording names none.
 *
 * One for each thread. Asked once for each such recording, in families with exemplars only.
 */
import { inspect } from 'node:util';
import type { ExemplarLabels } from './exemplar-labels.js';

/** Labels of what runs now, such as its trace; undefined for none. Synchronous. */
export type ExemplarSource = () => ExemplarLabels | undefined;

let source: ExemplarSource | undefined;
let isAsking = false;

/**
 * Sets where this thread's exemplars come from by themselves; undefined for nowhere. An exemplar that cannot be kept, or a
 * source that throws, is counted in `threadtally_dropped_exemplars_total` and never seen by the code that records.
 *
 * @throws TypeError when `newSource` is neither; the source that was set stays
 */
export function setExemplarSource(newSource: ExemplarSource | undefined): void {
  if (newSource !== undefined && typeof newSource !== 'function') {
    throw new TypeError(
      `the exemplar source is ${inspect(newSource)}; it must be a function that returns labels, or undefined for none`,
    );
  }
  source = newSource;
}

export function exemplarSource(): ExemplarSource | undefined {
  return source;
}

/**
 * The labels of what runs now. A source that records itself is not asked for that.
 *
 * @throws what the source throws
 */
export function labelsFromSource(): ExemplarLabels | undefined {
  if (source === undefined || isAsking) return undefined;
  isAsking = true;
  try {
    return source();
  } finally {
    isAsking = false;
  }
}
