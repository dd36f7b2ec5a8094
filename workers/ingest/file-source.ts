/**
 * Reads a file, or standard input, as a stream of events; never the whole of it in memory.
 *
 * Promises  A broken row is reported with its line number and skipped. A file that cannot be opened or read ends in an
 *           InputError that names it. A stop ends the stream at once, also while it waits for standard input.
 */
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Readable } from 'node:stream';
import type { LlmEvent } from '../event.js';
import { CsvRowParser } from './csv.js';
import type { EventSource } from './event-source.js';
import { JsonLinesRowParser } from './jsonl.js';
import { LINE_TOO_LONG, LineSplitter, type Line } from './line-splitter.js';
import { InputError, MalformedRow, type MalformedRowReport, type RowParser } from './row.js';

/** A row of either format has about 100 characters; one of 64 Ki is broken. */
const LINE_LENGTH_MAX = 65_536;

/** Not the 64 KiB of Node.js: progress is told by what has been read, and a small file would be read at once. */
const CHUNK_BYTES = 16_384;

const STANDARD_INPUT = '-';

export interface FileSourceOptions {
  readonly file: string;
  readonly onMalformed: (report: MalformedRowReport) => void;
}

/** Opens the file, so that a wrong name is known before anything else starts. */
export async function openFileSource(options: FileSourceOptions): Promise<EventSource> {
  const { file } = options;
  if (file === STANDARD_INPUT) return new FileSource(options, process.stdin, undefined);
  try {
    const handle = await open(file, 'r');
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw new InputError(`cannot read ${file}: it is a directory; name a file`);
    }
    return new FileSource(
      options,
      handle.createReadStream({ highWaterMark: CHUNK_BYTES }),
      stat.isFile() ? stat.size : undefined,
    );
  } catch (error) {
    throw asInputError(error, file);
  }
}

export class FileSource implements EventSource {
  readonly name: string;
  readonly eventsMax = Infinity;
  private readonly options: FileSourceOptions;
  private readonly stream: Readable;
  private readonly sizeBytes: number | undefined;
  private readonly splitter = new LineSplitter(LINE_LENGTH_MAX);
  private parser: RowParser | undefined;
  private readBytes = 0;
  private lineNumber = 0;

  constructor(options: FileSourceOptions, stream: Readable, sizeBytes: number | undefined) {
    this.name = options.file === STANDARD_INPUT ? 'stdin' : options.file;
    this.options = options;
    this.stream = stream;
    this.sizeBytes = sizeBytes;
  }

  doneRatio(): number | undefined {
    if (this.sizeBytes === undefined) return undefined;
    return this.sizeBytes === 0 ? 1 : Math.min(1, this.readBytes / this.sizeBytes);
  }

  async *chunks(stop: AbortSignal): AsyncGenerator<LlmEvent[]> {
    const destroy = (): void => void this.stream.destroy();
    stop.addEventListener('abort', destroy, { once: true });
    try {
      const decoder = new TextDecoder();
      for await (const bytes of this.stream as AsyncIterable<Uint8Array>) {
        this.readBytes += bytes.byteLength;
        yield this.parseLines(this.splitter.push(decoder.decode(bytes, { stream: true })));
      }
      yield this.parseLines([...this.splitter.push(decoder.decode()), ...this.splitter.end()]);
      this.requireHeader();
    } catch (error) {
      // A destroyed stream ends its iteration with an error of its own; here it is the end that was asked for.
      if (!stop.aborted) throw asInputError(error, this.name);
    } finally {
      stop.removeEventListener('abort', destroy);
    }
  }

  async close(): Promise<void> {
    this.stream.destroy();
  }

  private parseLines(lines: readonly Line[]): LlmEvent[] {
    const events: LlmEvent[] = [];
    for (const line of lines) {
      this.lineNumber++;
      const row = line === LINE_TOO_LONG ? tooLong() : this.parserFor(line).parse(line, this.lineNumber);
      if (row instanceof MalformedRow) {
        this.options.onMalformed({ file: this.name, lineNumber: this.lineNumber, row });
      } else if (row !== undefined) {
        events.push(row);
      }
    }
    return events;
  }

  /** The name decides the format; where it says nothing, the first line that has text does. */
  private parserFor(line: string): RowParser {
    if (this.parser !== undefined) return this.parser;
    const model = modelOf(this.name);
    const extension = extname(this.name).toLowerCase();
    const json = ['.jsonl', '.ndjson', '.json'].includes(extension);
    if (json || (extension !== '.csv' && line.trimStart().startsWith('{'))) {
      this.parser = new JsonLinesRowParser({ model });
    } else if (extension === '.csv' || line.trim() !== '') {
      this.parser = new CsvRowParser({ file: this.name, model });
    } else {
      return BLANK_LINES;
    }
    return this.parser;
  }

  private requireHeader(): void {
    if (this.parser instanceof CsvRowParser && !this.parser.hasHeader) {
      throw new InputError(`cannot read ${this.name}: it has no header line`);
    }
    if (this.parser === undefined) throw new InputError(`cannot read ${this.name}: it is empty`);
  }
}

const BLANK_LINES: RowParser = { parse: () => undefined };

/** The trace does not name its models; what is known is which file the calls came from. */
function modelOf(file: string): string {
  return basename(file, extname(file));
}

function tooLong(): MalformedRow {
  return new MalformedRow('line_too_long', `more than ${LINE_LENGTH_MAX} characters on one line`);
}

function asInputError(error: unknown, file: string): InputError {
  if (error instanceof InputError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new InputError(`cannot read ${file}: ${message}`);
}
