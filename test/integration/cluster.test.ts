/** Real processes of a cluster: totals, deaths of every kind, one that is stuck, and what a scraper gets. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { decodeFamilies } from '../unit/exposition/decoded-families.js';
import type { Command, Shown, Task } from './cluster-program.js';
import { ChildProgram } from './server-child-process.js';

/** Longer than the tests may take: a scrape that ends has not ended because of it. */
const LONG_MS = 60_000;
const LIMITS = { timeout: 50_000 };
const PACKAGE_URL = new URL('../../src/index.js', import.meta.url).href;

/** The primary of a cluster, in a process of its own. */
class Primary {
  private constructor(private readonly program: ChildProgram) {}

  static async start(test: TestContext, serialization: string): Promise<Primary> {
    const program = ChildProgram.start(test, 'cluster-program.js', serialization);
    await program.message();
    return new Primary(program);
  }

  async ask(command: Command, ...given: unknown[]): Promise<unknown> {
    this.program.send(JSON.stringify([command, ...given]));
    return ((await this.program.message()) as { result?: unknown }).result;
  }

  /** Ids of so many workers, each of which has recorded as often as its place in the list. */
  async forkRecording(count: number): Promise<number[]> {
    const ids: number[] = [];
    for (let i = 1; i <= count; i++) {
      const id = (await this.ask('fork')) as number;
      await this.tell(id, { do: 'record', times: i });
      ids.push(id);
    }
    return ids;
  }

  async tell(id: number, task: Task): Promise<void> {
    await this.ask('tell', id, task);
  }

  async end(id: number, how: Task | 'SIGKILL'): Promise<void> {
    await this.ask('end', id, how);
  }

  async scrape(collectTimeoutMs = LONG_MS): Promise<Shown> {
    return (await this.ask('scrape', collectTimeoutMs)) as Shown;
  }

  async close(): Promise<void> {
    this.program.send(JSON.stringify(['close']));
    await this.program.ended;
  }
}

/** Jobs, by every family that counts them, and the gauge of how many processes there are. */
function totalsIn(text: string): { jobs: number[]; busy: number; median: number } {
  const value = (sample: string): number =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${sample} `))
        ?.slice(sample.length + 1),
    );
  return {
    jobs: [
      value('jobs_total{kind="\\"a\\\\b\\""}'),
      value('size_bucket{le="+Inf"}'),
      value('size_sum') / 5,
      value('wait_sum') / 2,
      value('wait_count'),
    ],
    busy: value('busy'),
    median: value('wait{quantile="0.5"}'),
  };
}

function assertTotals({ text }: Shown, jobs: number, busy: number): void {
  const totals = totalsIn(text);
  assert.deepEqual([totals.jobs, totals.busy], [Array(5).fill(jobs), busy], text);
  assert.ok(Math.abs(totals.median - 2) < 0.02, text);
}

for (const serialization of ['json', 'advanced']) {
  describe(`a cluster over channels that serialize as ${serialization}`, LIMITS, () => {
    it('counts what all processes have counted, also those that are gone', async test => {
      const primary = await Primary.start(test, serialization);
      await primary.ask('record', 100);
      const [killed, closed, exited, left] = await primary.forkRecording(4);
      const all = await primary.scrape();
      assertTotals(all, 110, 5);
      assert.deepEqual(all.late, []);
      for (const id of [0, killed, closed, exited, left])
        assert.match(all.text, new RegExp(`^up{thread="${id}:0"} 1$`, 'm'));

      // The documented loss: what it has counted since its last snapshot.
      await primary.tell(killed!, { do: 'record', times: 1_000 });
      await primary.end(killed!, 'SIGKILL');
      assertTotals(await primary.scrape(), 110, 4);

      for (const id of [closed!, exited!, left!]) await primary.tell(id, { do: 'record', times: 10 });
      await primary.end(closed!, { do: 'shutdown' });
      await primary.end(exited!, { do: 'exit' });
      await primary.end(left!, { do: 'disconnect' });
      const last = await primary.scrape();
      assertTotals(last, 140, 1);
      assert.deepEqual(last.late, []);
      await primary.close();
    });

    it('is not held up by a worker that is stuck, and hears of it again when it is not', async test => {
      const folder = await mkdtemp(join(tmpdir(), 'threadtally-cluster-'));
      test.after(() => rm(folder, { recursive: true }));
      const marker = join(folder, 'go-on');
      const primary = await Primary.start(test, serialization);
      const [stuck] = await primary.forkRecording(2);
      assertTotals(await primary.scrape(), 3, 2);
      await primary.tell(stuck!, { do: 'spin', until: marker });

      // It spins until the marker is there: a scrape that waited for it would not end before.
      const late = await primary.scrape(20);
      assertTotals(late, 3, 2);
      assert.ok(late.late.some(({ workerId }) => workerId === stuck));
      let again = await primary.scrape();
      let scrapes = 2;
      // On a busy machine the other one was late for the short wait, too, and answers some time.
      for (; again.late.length > 1; scrapes++) again = await primary.scrape();
      assert.deepEqual(
        again.late.map(({ workerId, waitedMs }) => [workerId, waitedMs]),
        [[stuck, 0]],
      );
      assert.match(
        again.text,
        new RegExp(`^threadtally_cluster_late_total{worker="${stuck}"} ${scrapes}$`, 'm'),
      );

      await writeFile(marker, '');
      await primary.tell(stuck!, { do: 'record', times: 5 });
      let heard = await primary.scrape();
      // Late until it has answered the request that it slept through.
      while (heard.late.length > 0) heard = await primary.scrape();
      assertTotals(heard, 8, 2);
      await primary.close();
    });
  });
}

describe('a server of a cluster', LIMITS, () => {
  it('answers in the format and the coding that it is asked for', async test => {
    const primary = await Primary.start(test, 'json');
    await primary.forkRecording(2);
    await primary.ask('widen');
    const url = `http://127.0.0.1:${(await primary.ask('serve')) as number}/metrics`;
    const openMetrics = await fetch(url, {
      headers: { Accept: 'application/openmetrics-text; version=1.0.0', 'Accept-Encoding': 'gzip' },
    });
    assert.equal(openMetrics.headers.get('content-encoding'), 'gzip');
    const text = await openMetrics.text();
    assert.match(text, /^jobs_total\{kind="\\"a\\\\b\\""\} 3$/m);
    assert.ok(text.endsWith('# EOF\n'));
    const protobuf = await fetch(`${url}?name[]=size`, {
      headers: {
        Accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
      },
    });
    const families = decodeFamilies(new Uint8Array(await protobuf.arrayBuffer()));
    assert.deepEqual(
      families.map(({ name, metric }) => [name, Number(metric?.[0]!.histogram!.sampleCount)]),
      [['size', 3]],
    );
    await primary.close();
  });
});

describe('the package, when it is loaded,', () => {
  it('neither listens to a cluster nor loads what it takes', async () => {
    const code = `
      const before = new Set(process.moduleLoadList);
      const listeners = () => process.eventNames().map(name => [String(name), process.listenerCount(name)]);
      const { register } = await import(${JSON.stringify(PACKAGE_URL)});
      register.counter({ name: 'c_total', help: 'C.' }).inc();
      await register.metrics();
      const loaded = process.moduleLoadList.filter(name => !before.has(name));
      const has = pattern => loaded.some(name => pattern.test(name)) || [...before].some(name => pattern.test(name));
      console.log(JSON.stringify({
        cluster: has(/ (internal\\/)?cluster(\\/\\w+)?$/), http: has(/ https?$/), listeners: listeners(),
      }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    const { cluster, http, listeners } = JSON.parse(stdout) as {
      cluster: boolean;
      http: boolean;
      listeners: [string, number][];
    };
    assert.deepEqual({ cluster, http }, { cluster: false, http: false });
    assert.equal(
      listeners.some(([name]) => name === 'message'),
      false,
    );
  });
});
