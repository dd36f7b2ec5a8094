/** Refused values: the errors of recordings, made where one is thrown, so that no recording that succeeds pays for them. */
import { format } from 'node:util';
import type { CellPlace } from './cell-place.js';

/** The cell that refuses. */
interface Refusing {
  readonly place: CellPlace;
}

/** Begins with the text of prom-client. */
export function notFinite(value: unknown, cell?: Refusing, what: 'Value' | 'Delta' = 'Value'): TypeError {
  // As prom-client shows it, a text has no quotes, and may look like a number.
  const textNote = typeof value === 'string' ? ' (a string)' : '';
  return new TypeError(`${what} is not a valid number: ${format(value)}${textNote}${unchanged(cell)}`);
}

/** Begins with the text of prom-client. */
export function decreased(value: number, cell: Refusing): Error {
  return new Error(`It is not possible to decrease a counter by ${-value}${unchanged(cell)}`);
}

function unchanged(cell: Refusing | undefined): string {
  const name = cell?.place.familyName;
  return name === undefined ? '' : `; ${name} is unchanged`;
}
