import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { LlmEvent } from '../../../../workers/event.js';
import type { EventSource } from '../../../../workers/ingest/event-source.js';
import { FileSource, openFileSource } from '../../../../workers/ingest/file-source.js';
import type { MalformedRowReport } from '../../../../workers/ingest/row.js';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const ROW = '2023-11-16 18:15:46.6805900,374,44';
const JSON_ROW = '{"timestamp":"2024-06-01T00:00:00Z","context_tokens":7,"generated_tokens":3}';

describe('FileSource', () => {
  let folder = '';
  const reports: MalformedRowReport[] = [];
  const onMalformed = (report: MalformedRowReport): void => void reports.push(report);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threadtally-'));
  });

  after(() => rm(folder, { recursive: true }));

  async function openWith(name: string, content: string | Uint8Array): Promise<EventSource> {
    const file = join(folder, name);
    await writeFile(file, content);
    reports.length = 0;
    return openFileSource({ file, onMalformed });
  }

  async function readAll(source: EventSource): Promise<LlmEvent[]> {
    const events: LlmEvent[] = [];
    for await (const chunk of source.chunks(new AbortController().signal)) events.push(...chunk);
    return events;
  }

  it('reads a file whose last line has no line end, and takes the model from its name', async () => {
    const source = await openWith('calls.csv', `${HEADER}\r\n${ROW}\r\n${ROW}`);
    const events = await readAll(source);
    assert.deepEqual(
      events.map(event => [event.id, event.model, event.contextTokens]),
      [
        ['calls:2', 'calls', 374],
        ['calls:3', 'calls', 374],
      ],
    );
    assert.equal(source.doneRatio(0), 1);
  });

  it('passes over a byte order mark', async () => {
    assert.equal((await readAll(await openWith('bom.csv', `\u{feff}${HEADER}\n${ROW}\n`))).length, 1);
  });

  it('reports a malformed row with file and line, and goes on', async () => {
    const source = await openWith(
      'broken.csv',
      `${HEADER}\n${ROW}\n\nx,1,1\n${'9'.repeat(70_000)}\n${ROW}\n`,
    );
    assert.equal((await readAll(source)).length, 2);
    assert.deepEqual(
      reports.map(({ file, lineNumber, row }) => [file, lineNumber, row.reason]),
      [
        [join(folder, 'broken.csv'), 4, 'bad_timestamp'],
        [join(folder, 'broken.csv'), 5, 'line_too_long'],
      ],
    );
  });

  it('knows JSON lines by the name of the file, and without one by the first line', async () => {
    assert.equal((await readAll(await openWith('calls.jsonl', `oops\n${JSON_ROW}\n`))).length, 1);
    assert.equal(reports.length, 1);
    assert.equal((await readAll(await openWith('calls.log', `\n${JSON_ROW}\n`))).length, 1);
    assert.equal((await readAll(await openWith('calls.txt', `\n${HEADER}\n${ROW}\n`))).length, 1);
  });

  it('reads lines that are longer than one chunk of the file', async () => {
    const padding = ' '.repeat(60_000);
    const source = await openWith('long.jsonl', `${JSON_ROW}${padding}\n`.repeat(20));
    assert.equal((await readAll(source)).length, 20);
  });

  it('survives bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(ROW),
    ]);
    assert.equal((await readAll(await openWith('bytes.csv', bytes))).length, 1);
    assert.equal(reports[0].row.reason, 'column_count');
  });

  it('names the file when it is missing or a directory', async () => {
    const missing = join(folder, 'missing.csv');
    await assert.rejects(openFileSource({ file: missing, onMalformed }), {
      name: 'InputError',
      message: new RegExp(`^cannot read ${missing}: ENOENT`),
    });
    await assert.rejects(openFileSource({ file: folder, onMalformed }), {
      name: 'InputError',
      message: `cannot read ${folder}: it is a directory; name a file`,
    });
  });

  it('refuses a file that is empty or has no header', async () => {
    await assert.rejects(readAll(await openWith('empty.txt', '')), { message: /empty\.txt: it is empty/ });
    await assert.rejects(readAll(await openWith('blank.csv', '\n\n')), {
      message: /blank\.csv: it has no header/,
    });
    await assert.rejects(readAll(await openWith('other.csv', `${ROW}\n`)), {
      message: /other\.csv:1: the header is/,
    });
  });

  it('says which file could not be read to its end', async () => {
    const stream = new Readable({
      read() {
        this.destroy(new Error('disk gone'));
      },
    });
    const source = new FileSource({ file: 'calls.csv', onMalformed }, stream, 100);
    await assert.rejects(readAll(source), {
      name: 'InputError',
      message: 'cannot read calls.csv: disk gone',
    });
  });

  it('ends without an error when it is stopped while it waits for input', async () => {
    const silent = new Readable({ read() {} });
    const source = new FileSource({ file: '-', onMalformed }, silent, undefined);
    assert.equal(source.doneRatio(), undefined);
    const stop = new AbortController();
    const next = source.chunks(stop.signal)[Symbol.asyncIterator]().next();
    stop.abort();
    assert.equal((await next).done, true);
  });
});
