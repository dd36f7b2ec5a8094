/**
 * Exemplar form: `{ labels, value, exemplarLabels }`, told apart from a label set.
 *
 * An object whose keys are all label names of the family is a label set, also when a label is called `value`. Anything else
 * is data, and may have no other keys than these three.
 */
import { inspect } from 'node:util';
import type { ExemplarLabels } from './exemplar-labels.js';
import type { Labels } from './label-set.js';

/** What inc() of a counter with exemplars takes. */
export interface IncreaseDataWithExemplar<L extends string = string> {
  readonly labels?: Labels<L> | undefined;
  /** 1 if absent. */
  readonly value?: number | null | undefined;
  /** If absent, the exemplar source is asked; without one, the exemplar that was there stays. */
  readonly exemplarLabels?: ExemplarLabels | null | undefined;
}

/** What observe() of a histogram with exemplars takes. */
export interface ObserveDataWithExemplar<L extends string = string> {
  readonly labels?: Labels<L> | undefined;
  readonly value: number;
  /** If absent, the exemplar source is asked; without one, the exemplar that was there stays. */
  readonly exemplarLabels?: ExemplarLabels | null | undefined;
}

const KEYS = ['labels', 'value', 'exemplarLabels'];

/**
 * The data in an object; undefined when it is a label set, or nothing like data: the label set is then refused with its
 * usual error.
 *
 * @param second what was passed beside the object; data has its value inside
 * @throws Error naming the key that is neither, or the second argument; TypeError when its labels are no object
 */
export function exemplarDataOf<D extends { readonly labels?: unknown }>(
  given: object,
  labelNames: readonly string[],
  second: unknown,
): D | undefined {
  const keys = Object.keys(given);
  if (keys.every(key => labelNames.includes(key))) return undefined;
  const isData = keys.some(key => KEYS.includes(key) && !labelNames.includes(key));
  if (!isData) return undefined;
  const stranger = keys.find(key => !KEYS.includes(key));
  if (stranger !== undefined) {
    throw new Error(
      `"${stranger}" is given beside ${inspect(keys.filter(key => KEYS.includes(key)))}: pass a label set with the labels ` +
        `${inspect(labelNames)}, or an object with nothing but labels, value and exemplarLabels`,
    );
  }
  const data = given as D;
  if (second !== undefined) {
    throw new Error(
      `a second argument, ${inspect(second)}, is given beside ${inspect(keys)}: pass it as value`,
    );
  }
  if (typeof (data.labels ?? {}) !== 'object') {
    throw new TypeError(`labels is ${inspect(data.labels)}; it must be an object of label values by name`);
  }
  return data;
}
