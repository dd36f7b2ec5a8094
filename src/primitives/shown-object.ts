/**
 * Shown objects: how metrics and handles look in logs and in JSON.
 *
 * Both see the fields of an object otherwise, which lead to the whole arena. Installed on prototypes, so that no object has
 * a field more for it.
 */
import { inspect } from 'node:util';
import type { InspectOptionsStylized } from 'node:util';

/**
 * Gives a prototype toJSON() and an inspection of its own: the title with the fields, nothing else.
 *
 * @param titleOf its title; a handle is named by the type that users know it by, not by the class that stores its values
 */
export function showAs<T extends object>(
  prototype: T,
  titleOf: string | ((shown: T) => string),
  fieldsOf: (shown: T) => object = () => ({}),
): void {
  const toText = function (this: T, depth: number, options: InspectOptionsStylized): string {
    const title = typeof titleOf === 'string' ? titleOf : titleOf(this);
    if (depth < 0) return options.stylize(`[${title}]`, 'special');
    return `${title} ${inspect(fieldsOf(this), options)}`;
  };
  const toJSON = function (this: T): object {
    return fieldsOf(this);
  };
  // Like methods of a class: not enumerable, and free to be replaced.
  for (const [key, value] of [[inspect.custom, toText] as const, ['toJSON', toJSON] as const])
    Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
}

/** As showAs, for the prototypes of handles. */
export function showHandlesAs(title: string, ...classes: readonly { readonly prototype: object }[]): void {
  for (const { prototype } of classes) showAs(prototype, title);
}

/** As showAs, for the prototype of a class of metrics: its class, its name and its label names. */
export function showMetric(prototype: {
  readonly name: string;
  readonly labelNames: readonly string[];
}): void {
  showAs(
    prototype,
    metric => metric.constructor.name,
    ({ name, labelNames }) => ({ name, labelNames }),
  );
}
