/** The Accept header, as far as the status endpoints need it: which of two media types does the client want more? */
import { parseWeightedList } from '../exposition/weighted-list.js';
import type { WeightedMember } from '../exposition/weighted-list.js';

/**
 * True when the client asks for `text/plain` more than for JSON. JSON is the answer without a header, to a client that
 * wants both equally (most take anything), and to one that wants neither.
 */
export function prefersPlainText(accept: string): boolean {
  const ranges = parseWeightedList(accept);
  return qualityOf(ranges, 'text/plain') > qualityOf(ranges, 'application/json');
}

/** RFC 9110 12.5.1: the most specific range that matches decides, whatever its weight. */
function qualityOf(ranges: readonly WeightedMember[], type: string): number {
  const [group] = type.split('/');
  for (const candidate of [type, `${group}/*`, '*/*']) {
    const range = ranges.find(({ value }) => value === candidate);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
