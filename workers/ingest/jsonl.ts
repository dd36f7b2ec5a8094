/**
 * Rows of JSON lines: one object a line.
 *
 * Promises  An `id` in the object is the id of the event, so a second copy is a duplicate; without one the id is
 *           derived from the place in the file, and every line is an event of its own. Unknown members are ignored.
 */
import { DEFAULT_EVENT_TYPE, type LlmEvent } from '../event.js';
import { NameLimit } from './name-limit.js';
import { MalformedRow, parseTokenCount, quote, type RowParser } from './row.js';
import { checkTimeMs, parseTimestamp } from './timestamp.js';

/** The spellings in use for each member, in order of preference. */
const TIMESTAMP_KEYS = ['timestamp', 'TIMESTAMP', 'time'];
const CONTEXT_TOKEN_KEYS = ['context_tokens', 'ContextTokens', 'input_tokens', 'prompt_tokens'];
const GENERATED_TOKEN_KEYS = ['generated_tokens', 'GeneratedTokens', 'output_tokens', 'completion_tokens'];

/** Bounds what one id costs in the deduplication cache; a UUID has 36. */
const ID_LENGTH_MAX = 200;
/** Bounds the label value that a name becomes. */
const NAME_LENGTH_MAX = 100;
/** More models or event types than this are counted as `other`. */
export const NAMES_MAX = 64;

export interface JsonLinesOptions {
  /** Model of the rows that name none; also the first part of the ids of rows without one. */
  readonly model: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

export class JsonLinesRowParser implements RowParser {
  private readonly options: JsonLinesOptions;
  private readonly models = new NameLimit(NAMES_MAX);
  private readonly eventTypes = new NameLimit(NAMES_MAX);

  constructor(options: JsonLinesOptions) {
    this.options = options;
  }

  parse(line: string, lineNumber: number): LlmEvent | MalformedRow | undefined {
    if (line.trim() === '') return undefined;
    const object = parseObject(line);
    if (object === undefined) return new MalformedRow('bad_json', `${quote(line)} is no JSON object`);
    return this.parseMembers(object, lineNumber);
  }

  private parseMembers(object: JsonObject, lineNumber: number): LlmEvent | MalformedRow {
    const id = parseId(object['id'], `${this.options.model}:${lineNumber}`);
    if (id === undefined) {
      return new MalformedRow(
        'bad_id',
        `${quote(object['id'])} is no text of 1..${ID_LENGTH_MAX} characters and no number`,
      );
    }
    const timeMs = parseTime(firstOf(object, TIMESTAMP_KEYS));
    if (timeMs === undefined) {
      return new MalformedRow(
        'bad_timestamp',
        `${quote(firstOf(object, TIMESTAMP_KEYS))} is no time and no number of milliseconds`,
      );
    }
    const contextTokens = parseTokenCount(firstOf(object, CONTEXT_TOKEN_KEYS));
    if (contextTokens === undefined) {
      return new MalformedRow(
        'bad_context_tokens',
        `${quote(firstOf(object, CONTEXT_TOKEN_KEYS))} is no token count`,
      );
    }
    const generatedTokens = parseTokenCount(firstOf(object, GENERATED_TOKEN_KEYS));
    if (generatedTokens === undefined) {
      return new MalformedRow(
        'bad_generated_tokens',
        `${quote(firstOf(object, GENERATED_TOKEN_KEYS))} is no token count`,
      );
    }
    const model = parseName(object['model'], this.options.model);
    if (model === undefined) return new MalformedRow('bad_model', badName(object['model']));
    const eventType = parseName(object['event_type'], DEFAULT_EVENT_TYPE);
    if (eventType === undefined) return new MalformedRow('bad_event_type', badName(object['event_type']));
    return {
      id,
      timeMs,
      eventType: this.eventTypes.admit(eventType),
      model: this.models.admit(model),
      contextTokens,
      generatedTokens,
    };
  }
}

function parseObject(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstOf(object: JsonObject, keys: readonly string[]): unknown {
  for (const key of keys) {
    if (object[key] !== undefined && object[key] !== null) return object[key];
  }
  return undefined;
}

function parseId(value: unknown, fallback: string): string | undefined {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.length > 0 && value.length <= ID_LENGTH_MAX ? value : undefined;
}

function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return checkTimeMs(value);
  return typeof value === 'string' ? parseTimestamp(value) : undefined;
}

function parseName(value: unknown, fallback: string): string | undefined {
  if (value === undefined || value === null) return fallback;
  return typeof value === 'string' && value.length > 0 && value.length <= NAME_LENGTH_MAX ? value : undefined;
}

function badName(value: unknown): string {
  return `${quote(value)} is no text of 1..${NAME_LENGTH_MAX} characters`;
}
