/** Exemplar labels: from what users pass to checked names and values. */
import { inspect } from 'node:util';
import { EXEMPLAR_LABELS_BYTES_MAX, labelBytesOf } from '../memory/exemplar-content.js';
import type { LabelValue } from './label-set.js';

/**
 * Labels of an exemplar by name, names as `[a-zA-Z_][a-zA-Z0-9_]*`. Names and values together have at most 128 Unicode
 * code points (OpenMetrics 1.0, "Exemplars") and 136 bytes of UTF-8, each label counting two more. Numbers and booleans
 * are taken as their text; undefined and null are left out. Without any label there is no exemplar: the one that was there
 * stays.
 */
export type ExemplarLabels = Readonly<Record<string, LabelValue | null | undefined>>;

/** Why an exemplar cannot be kept. */
export type ExemplarProblem = 'label_name' | 'label_size' | 'source_error';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const CODE_POINTS_MAX = 128;

/**
 * Names and values in turn.
 *
 * @throws TypeError when `labels` is no object
 */
export function pairsOf(labels: ExemplarLabels): string[] {
  if (typeof labels !== 'object' || labels === null) {
    throw new TypeError(`exemplarLabels is ${inspect(labels)}; it must be an object of label values by name`);
  }
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value !== undefined && value !== null) pairs.push(name, String(value));
  }
  return pairs;
}

/** What forbids labels, names and values in turn, as an exemplar; undefined when nothing does. */
export function problemOf(pairs: readonly string[]): ExemplarProblem | undefined {
  if (pairs.some((text, i) => i % 2 === 0 && !LABEL_NAME.test(text))) return 'label_name';
  if (codePointsOf(pairs) > CODE_POINTS_MAX) return 'label_size';
  return labelBytesOf(pairs) > EXEMPLAR_LABELS_BYTES_MAX ? 'label_size' : undefined;
}

/** The error that says what is wrong with labels that problemOf refused. */
export function labelError(pairs: readonly string[]): Error {
  const name = pairs.find((text, i) => i % 2 === 0 && !LABEL_NAME.test(text));
  if (name !== undefined) {
    return new Error(`Invalid exemplar label name: ${inspect(name)}; it must match ${LABEL_NAME.source}`);
  }
  if (codePointsOf(pairs) > CODE_POINTS_MAX)
    return new RangeError('Label set size must be smaller than 128 UTF-8 chars');
  return new RangeError(
    `Label set takes ${labelBytesOf(pairs)} bytes of UTF-8, two for each label included; the limit is ` +
      `${EXEMPLAR_LABELS_BYTES_MAX}, shorten its values`,
  );
}

function codePointsOf(pairs: readonly string[]): number {
  let units = 0;
  for (const text of pairs) units += text.length;
  // No text has more code points than UTF-16 units.
  if (units <= CODE_POINTS_MAX) return units;
  let codePoints = 0;
  for (const text of pairs) for (const _ of text) codePoints++;
  return codePoints;
}
