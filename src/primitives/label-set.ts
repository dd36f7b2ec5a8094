/** Label sets: from what users pass to the values of a family's label names, in their order. */
import { inspect } from 'node:util';

/** Label values by name. A missing label is the same as an empty one. Numbers and booleans are taken as their text. */
export type Labels<L extends string = string> = [L] extends [never]
  ? { readonly [name: string]: never }
  : { readonly [name in L]?: LabelValue | undefined };
export type LabelValue = string | number | boolean;

/**
 * The values of a label object, as text, in the order of `labelNames`.
 *
 * @param familyName for the error, which begins with the text of prom-client
 * @throws Error naming the first label that the family does not have
 */
export function valuesOfObject(labels: Labels, labelNames: readonly string[], familyName?: string): string[] {
  for (const name in labels) {
    if (!labelNames.includes(name)) {
      throw new Error(
        `Added label "${name}" is not included in initial labelset: ${inspect(labelNames)}${ofFamily(familyName)}`,
      );
    }
  }
  const values = labelNames.slice();
  for (let i = 0; i < values.length; i++) values[i] = textOf(labelOf(labels, values[i]!));
  return values;
}

/**
 * The values of a partial label object, as text, in the order of `labelNames`; undefined for a label that it does not
 * name. A label that it names with undefined, null or empty text is a missing one, which is empty text.
 *
 * @throws TypeError when `labels` is no object, Error naming the first label that the family does not have
 */
export function valuesOfPart(
  labels: Labels,
  labelNames: readonly string[],
  familyName?: string,
): (string | undefined)[] {
  if (typeof labels !== 'object' || labels === null)
    throw new TypeError(`labels is ${inspect(labels)}; it must be an object of label values by name`);
  const values = valuesOfObject(labels, labelNames, familyName);
  const named = new Set<string>();
  for (const name in labels) named.add(name);
  return labelNames.map((name, index) => (named.has(name) ? values[index] : undefined));
}

/** What an object has for a label name. A missing `constructor` is missing, though every object inherits one. */
export function labelOf(labels: Labels, name: string): LabelValue | undefined {
  return name in Object.prototype && !Object.hasOwn(labels, name) ? undefined : labels[name];
}

/**
 * Positional values, as text.
 *
 * @throws Error when their number is not that of the label names
 */
export function valuesOfList(
  values: readonly LabelValue[],
  labelNames: readonly string[],
  familyName?: string,
): string[] {
  if (values.length !== labelNames.length) {
    throw new Error(
      `Invalid number of arguments (${values.length}): "${values.join(', ')}" for label names ` +
        `(${labelNames.length}): "${labelNames.join(', ')}".${familyName === undefined ? '' : ` The metric is ${familyName}.`}`,
    );
  }
  return values.map(textOf);
}

/** Null is no label value by type; JavaScript callers who pass one mean a missing label. */
function textOf(value: LabelValue | null | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

function ofFamily(name: string | undefined): string {
  return name === undefined ? '' : ` of ${name}`;
}
