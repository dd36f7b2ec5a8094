/** Label bytes: label values that stand in no arena, for who visits them as the bytes of one. */
import type { LabelValueVisitor } from '../memory/record-key.js';

/** Visits texts as the bytes of one array: renderers note where each value stands, and copy later. */
export function visitTexts(texts: readonly string[], visit: LabelValueVisitor): void {
  const parts = texts.map(text => Buffer.from(text));
  const bytes = Buffer.concat(parts);
  let at = 0;
  for (const [index, { length }] of parts.entries()) {
    visit(bytes, at, at + length, index);
    at += length;
  }
}
