/**
 * Rows of the Azure LLM inference trace schema: `TIMESTAMP,ContextTokens,GeneratedTokens`.
 *
 * Promises  Columns are found by the header, so their order is free and further columns are ignored. Rows carry no
 *           id: it is derived from the place in the file, so two equal rows are two events.
 */
import { DEFAULT_EVENT_TYPE, type LlmEvent } from '../event.js';
import { InputError, MalformedRow, parseTokenCount, quote, type RowParser } from './row.js';
import { parseTimestamp } from './timestamp.js';

export const TRACE_COLUMNS = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'] as const;

export interface CsvOptions {
  /** Name of the file in messages. */
  readonly file: string;
  readonly model: string;
}

interface ColumnIndexes {
  readonly count: number;
  readonly timestamp: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

export class CsvRowParser implements RowParser {
  private columns: ColumnIndexes | undefined;
  private readonly options: CsvOptions;

  constructor(options: CsvOptions) {
    this.options = options;
  }

  /** False until the header has been read: true at the end of any file that was one. */
  get hasHeader(): boolean {
    return this.columns !== undefined;
  }

  parse(line: string, lineNumber: number): LlmEvent | MalformedRow | undefined {
    if (line.trim() === '') return undefined;
    const fields = line.split(',').map(unquote);
    if (this.columns === undefined) {
      this.columns = this.findColumns(fields, line, lineNumber);
      return undefined;
    }
    return this.parseFields(fields, this.columns, lineNumber);
  }

  private parseFields(fields: string[], columns: ColumnIndexes, lineNumber: number): LlmEvent | MalformedRow {
    if (fields.length !== columns.count) {
      return new MalformedRow(
        'column_count',
        `${fields.length} columns where the header has ${columns.count}`,
      );
    }
    const timeMs = parseTimestamp(fields[columns.timestamp]);
    if (timeMs === undefined) {
      return new MalformedRow('bad_timestamp', `${quote(fields[columns.timestamp])} is no time`);
    }
    const contextTokens = parseTokenCount(fields[columns.contextTokens]);
    if (contextTokens === undefined) {
      return new MalformedRow(
        'bad_context_tokens',
        `${quote(fields[columns.contextTokens])} is no token count`,
      );
    }
    const generatedTokens = parseTokenCount(fields[columns.generatedTokens]);
    if (generatedTokens === undefined) {
      return new MalformedRow(
        'bad_generated_tokens',
        `${quote(fields[columns.generatedTokens])} is no token count`,
      );
    }
    const { model } = this.options;
    const id = `${model}:${lineNumber}`;
    return { id, timeMs, eventType: DEFAULT_EVENT_TYPE, model, contextTokens, generatedTokens };
  }

  private findColumns(header: string[], line: string, lineNumber: number): ColumnIndexes {
    const names = header.map(name => name.toLowerCase());
    const [timestamp, contextTokens, generatedTokens] = TRACE_COLUMNS.map(name =>
      names.indexOf(name.toLowerCase()),
    );
    if (timestamp < 0 || contextTokens < 0 || generatedTokens < 0) {
      throw new InputError(
        `${this.options.file}:${lineNumber}: the header is ${quote(line)}; expected the columns ${TRACE_COLUMNS.join(',')} ` +
          '(or a file of JSON lines, named *.jsonl)',
      );
    }
    return { count: header.length, timestamp, contextTokens, generatedTokens };
  }
}

function unquote(field: string): string {
  const text = field.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
