import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WindowAggregator } from '../../../workers/pipeline/aggregator.js';
import type { WindowResult } from '../../../workers/pipeline/model-windows.js';
import { WindowLog } from '../../../workers/window-log.js';

const aggregator = new WindowAggregator();
aggregator.add(100, 10);
const RESULT: WindowResult = {
  windowType: 'tumbling',
  partition: 3,
  model: 'm',
  startMs: 0,
  endMs: 10_000,
  ...aggregator.summarize(),
};

describe('WindowLog', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threadtally-'));
  });

  after(() => rm(folder, { recursive: true }));

  it('writes each window as a line of JSON, also under pressure', async () => {
    const file = join(folder, 'windows.jsonl');
    const log = await WindowLog.create(file);
    for (let index = 0; index < 200; index++) {
      log.write([RESULT, RESULT]);
      await log.drained();
    }
    await log.close();
    await log.close();
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    assert.equal(lines.length, 400);
    for (const line of lines) assert.deepEqual(JSON.parse(line), RESULT);
  });

  it('names the file that cannot be written', async () => {
    await assert.rejects(WindowLog.create(join(folder, 'missing', 'w.jsonl')), {
      name: 'OutputError',
      message: /^cannot write .*w\.jsonl: ENOENT/,
    });
  });
});
