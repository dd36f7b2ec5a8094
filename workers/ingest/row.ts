/**
 * Rows of an input: what a parser makes of one line.
 */
import { TOKENS_MAX, type LlmEvent } from '../event.js';

/** Why a row was skipped: the values of the label `reason`, so the set is closed. */
export const MALFORMED_REASONS = [
  'line_too_long',
  'column_count',
  'bad_json',
  'bad_id',
  'bad_timestamp',
  'bad_context_tokens',
  'bad_generated_tokens',
  'bad_model',
  'bad_event_type',
] as const;

export type MalformedReason = (typeof MALFORMED_REASONS)[number];

/** Not an Error: a broken row is an ordinary result, and a stack per row would cost more than the row. */
export class MalformedRow {
  readonly reason: MalformedReason;
  readonly detail: string;

  constructor(reason: MalformedReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** Where a malformed row stands, for the report to the user. */
export interface MalformedRowReport {
  readonly file: string;
  readonly lineNumber: number;
  readonly row: MalformedRow;
}

export interface RowParser {
  /**
   * One line without its line end -> an event, a malformed row, or undefined where there is nothing to say (a header,
   * a blank line). Never throws for the content of a row; the header of a CSV file may end in an InputError.
   */
  parse(line: string, lineNumber: number): LlmEvent | MalformedRow | undefined;
}

/** The input cannot be read at all. The message names the file and what to do; nothing was counted. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The count in a decimal text or a JSON number; undefined for a sign, a fraction, an exponent or too large a number. */
export function parseTokenCount(value: unknown): number | undefined {
  if (typeof value === 'string') return /^\d{1,10}$/.test(value) ? parseTokenCount(Number(value)) : undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= 0 && value <= TOKENS_MAX ? value : undefined;
}

const QUOTE_LENGTH_MAX = 60;

/** A value from the input for a message: on one line, without control characters, cut where it would fill the screen. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > QUOTE_LENGTH_MAX ? `${text.slice(0, QUOTE_LENGTH_MAX)}…` : text;
}
