/** The benches run and check their own answers. Nothing here depends on how long anything takes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { WRK_ABSENCE } from '../../bench/http/wrk.js';
import { uwsSkipReason } from './server-transports.js';

const BENCH_FILE = join(import.meta.dirname, '..', '..', 'bench', 'run.js');

interface Ending {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface MeasuredRow {
  readonly id: string;
  readonly runs: readonly {
    readonly checks: readonly { readonly expected: number; readonly found: number }[];
  }[];
}

function runBench(...args: string[]): Promise<Ending> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [BENCH_FILE, ...args], (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

function resultsFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-smoke-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('the micro benches', () => {
  it('measure every implementation of an operation, and each recorded what it was given', async test => {
    const folder = resultsFolder(test);
    const { status, stderr } = await runBench(
      'micro',
      '--quick',
      '--only',
      'histogram-cycle',
      '--results',
      folder,
    );
    assert.equal(status, 0, stderr);
    const { rows } = JSON.parse(readFileSync(join(folder, 'micro.json'), 'utf8')) as { rows: MeasuredRow[] };
    assert.deepEqual(
      rows.map(row => row.id.split('/')[1]),
      ['striped', 'atomic', 'prom-client', 'opentelemetry', 'opentelemetry-slots'],
    );
    for (const { id, runs } of rows) {
      assert.equal(runs.length, 1, id);
      assert.equal(runs[0].checks.length, 3, id);
      for (const { expected, found } of runs[0].checks) assert.ok(expected > 0 && found === expected, id);
    }
  });

  it('write tables of what the result files say', async test => {
    const folder = resultsFolder(test);
    const { status, stdout, stderr } = await runBench(
      'micro',
      '--quick',
      '--only',
      'gauge-set',
      '--results',
      folder,
    );
    assert.equal(status, 0, stderr);
    const tables = readFileSync(join(folder, 'README.md'), 'utf8');
    assert.match(tables, /\| gauge, kept handle: set\(\) +\| threadtally striped +\| `handle\.set\(42\.5\)`/);
    const [table] = /(^\|.*\n)+/m.exec(stdout)!;
    assert.ok(tables.includes(table));
  });

  it('report nothing of a case that loses one call', async () => {
    const { status, stdout, stderr } = await runBench('micro', '--quick', '--only', 'planted-loss/striped');
    assert.equal(status, 1);
    assert.match(stderr, /VerificationError: planted-loss\/striped: value is \d+, expected \d+/);
    assert.equal(stdout, '');
  });
});

const reasonsToSkip: Readonly<Partial<Record<string, string | false>>> = {
  contention: availableParallelism() < 2 && 'two threads need two cores',
  http: WRK_ABSENCE ?? uwsSkipReason,
};

describe('the other benches', () => {
  for (const [area, word] of [
    ['contention', 'counter/striped'],
    ['scrape', 'histograms-1k/threadtally'],
    ['http', 'plain-quiet/threadtally'],
    ['memory', 'idle/threadtally'],
    ['blocked', 'blocked/threadtally'],
  ] as const) {
    const skip = reasonsToSkip[area];
    it(`of ${area} run`, { skip }, async () => {
      const { status, stdout, stderr } = await runBench(area, '--quick', '--only', word);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /\| threadtally/);
    });
  }
});

describe('the benches of tracing', () => {
  for (const word of ['healthy', 'unavailable', 'span/']) {
    it(`run where their names have ${word}`, async () => {
      const { status, stdout, stderr } = await runBench('otel', '--quick', '--only', word);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /## Tracing/);
    });
  }
});

describe('the command line of the benches', () => {
  it('names the areas that there are', async () => {
    const { status, stderr } = await runBench('macro');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /there is no area macro[^]*micro, accuracy, contention, scrape, http, memory, blocked, otel/,
    );
  });

  it('refuses two presets, and a word that no case contains', async () => {
    const both = await runBench('--quick', '--full');
    assert.equal(both.status, 1);
    assert.match(both.stderr, /--quick and --full exclude each other/);
    const none = await runBench('--quick', '--only', 'nothing-like-this');
    assert.equal(none.status, 1);
    assert.match(none.stderr, /no case matches nothing-like-this/);
  });
});
