/** The primary: whom it asks, how long it waits, and what it keeps of those that are gone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DEPARTED_SERIES_MAX, mergeProcesses, withDeparted } from '../../../src/cluster/process-merge.js';
import { MergedSnapshots } from '../../../src/cluster/merged-snapshot.js';
import { PrimaryLink } from '../../../src/cluster/primary-link.js';
import { RemoteWorkers } from '../../../src/cluster/remote-workers.js';
import { bodyOf } from '../../../src/cluster/messages.js';
import { encodeSnapshot } from '../../../src/cluster/snapshot-format.js';
import type { Registry } from '../../../src/index.js';
import { withMutant } from '../../model/stepping.js';
import { silenceWarnings, warningsOf } from '../registry/played-thread.js';
import { FakeCluster, FakeRemote } from './fake-cluster.js';
import { linesOf, newRegistry, partsOf } from './processes.js';

silenceWarnings();

/** Longer than a test may take: an answer that is awaited so long is one that does not come by itself. */
const LONG_MS = 60_000;

class Primary {
  readonly cluster = new FakeCluster();
  readonly link = new PrimaryLink(this.cluster).open();

  /** A worker that has said hello. */
  worker(id: number): FakeRemote {
    const remote = new FakeRemote(id);
    this.cluster.emit('message', remote, { type: 'threadtally:hello' });
    return remote;
  }

  answer(remote: FakeRemote, registry: Registry): void {
    const body = bodyOf(encodeSnapshot(partsOf(registry)), false);
    const id = remote.last?.['id'];
    this.cluster.emit('message', remote, {
      type: 'threadtally:snapshot',
      ...(id === undefined ? {} : { id }),
      body,
    });
  }

  end(remote: FakeRemote, ...events: ('exit' | 'disconnect')[]): void {
    for (const event of events) this.cluster.emit(event, remote);
  }

  lines(): string[] {
    const inputs = [...this.link.inputs(), { process: undefined, families: this.link.ownFamilies() }];
    return linesOf(new MergedSnapshots().snapshotOf(mergeProcesses(inputs).families));
  }
}

function counted(test: TestContext, value: number): Registry {
  const registry = newRegistry(test);
  registry.counter({ name: 'c_total', help: 'C.' }).inc(value);
  registry.gauge({ name: 'g', help: 'G.' }).set(value);
  return registry;
}

describe('a primary that scrapes', () => {
  it('asks the workers that have said hello, and waits for all of them', async test => {
    const primary = new Primary();
    const [a, b] = [primary.worker(1), primary.worker(2)];
    const silent = new FakeRemote(3);
    primary.cluster.workers['3'] = silent;
    const asked = primary.link.ask(LONG_MS);
    primary.answer(a, counted(test, 1));
    await setImmediate();
    primary.answer(b, counted(test, 2));
    assert.deepEqual(await asked, []);
    assert.deepEqual(silent.sent, []);
    assert.deepEqual(primary.lines(), ['c_total 3', 'g 3']);
  });

  it('has workers say hello that were there before it', () => {
    const cluster = new FakeCluster();
    const remote = new FakeRemote(1);
    cluster.workers['1'] = remote;
    new PrimaryLink(cluster).open();
    assert.equal(remote.last?.['type'], 'threadtally:greet');
  });

  it('goes on without one that does not answer, with its last snapshot, and names and counts it', async test => {
    const primary = new Primary();
    const [good, stuck] = [primary.worker(1), primary.worker(2)];
    primary.answer(stuck, counted(test, 10));
    const asked = primary.link.ask(1);
    primary.answer(good, counted(test, 1));
    const late = await asked;
    assert.deepEqual(
      late.map(({ workerId, pid }) => [workerId, pid]),
      [[2, 1_002]],
    );
    assert.ok(late[0]!.snapshotAgeMs! >= 0 && late[0]!.waitedMs > 0);
    assert.deepEqual(primary.lines(), ['c_total 11', 'g 11', 'threadtally_cluster_late_total{worker="2"} 1']);
  });

  it('neither asks nor awaits a late worker again until it has answered', async test => {
    const primary = new Primary();
    const stuck = primary.worker(2);
    await primary.link.ask(1);
    assert.equal(stuck.sent.length, 1);
    const [late] = await primary.link.ask(LONG_MS);
    assert.deepEqual([late!.workerId, late!.waitedMs, late!.snapshotAgeMs], [2, 0, undefined]);
    assert.equal(stuck.sent.length, 1);
    primary.answer(stuck, counted(test, 1));
    const asked = primary.link.ask(LONG_MS);
    assert.equal(stuck.sent.length, 2);
    primary.answer(stuck, counted(test, 2));
    assert.deepEqual(await asked, []);
  });

  it('asks for each of two scrapes at one time, and neither finds a worker late', async test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    const both = [primary.link.ask(LONG_MS), primary.link.ask(LONG_MS)];
    assert.equal(remote.sent.length, 2);
    for (const { id } of remote.sent) {
      const body = bodyOf(encodeSnapshot(partsOf(counted(test, 1))), false);
      primary.cluster.emit('message', remote, { type: 'threadtally:snapshot', id, body });
    }
    assert.deepEqual(await Promise.all(both), [[], []]);
  });

  it('shows the snapshot before the scrape that a worker could not answer, and says so', async test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    primary.answer(remote, counted(test, 1));
    const asked = primary.link.ask(LONG_MS);
    const answer = { type: 'threadtally:snapshot', id: remote.last!['id'], error: 'Error: closed' };
    const warnings = await warningsOf(() => primary.cluster.emit('message', remote, answer));
    assert.deepEqual(await asked, []);
    assert.deepEqual(warnings, ['a snapshot of cluster worker 1 is not shown: Error: closed']);
    assert.deepEqual(primary.lines(), [
      'c_total 1',
      'g 1',
      'threadtally_cluster_refused_total{reason="worker"} 1',
    ]);
  });

  it('does not await one that ends meanwhile', async () => {
    for (const event of ['exit', 'disconnect'] as const) {
      const primary = new Primary();
      const remote = primary.worker(1);
      const asked = primary.link.ask(LONG_MS);
      primary.end(remote, event);
      assert.deepEqual(await asked, []);
    }
  });

  it('sees an answer that came while its own event loop stood still', async test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const asked = primary.link.ask(100);
    test.mock.timers.tick(100);
    primary.answer(remote, counted(test, 1));
    assert.deepEqual(await asked, []);
  });

  it('is not thrown at by a channel that is closed', async () => {
    const primary = new Primary();
    const remote = primary.worker(1);
    remote.failure = new Error('closed');
    assert.equal((await primary.link.ask(1)).length, 1);
  });

  it('shows the snapshot before one that it cannot read, and says so once', async test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    primary.answer(remote, counted(test, 1));
    const bytes = encodeSnapshot([]);
    bytes[4] = 77;
    const warnings = await warningsOf(() => {
      for (let i = 0; i < 2; i++)
        primary.cluster.emit('message', remote, { type: 'threadtally:snapshot', body: bodyOf(bytes, false) });
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /cluster worker 1 is not shown: a snapshot has format 77/);
    assert.deepEqual(primary.lines(), [
      'c_total 1',
      'g 1',
      'threadtally_cluster_refused_total{reason="snapshot"} 2',
    ]);
  });

  it("leaves the program's own messages alone", () => {
    const primary = new Primary();
    const remote = new FakeRemote(1);
    for (const message of [null, 'text', 1, {}, { type: 1 }, { type: 'other:hello' }])
      primary.cluster.emit('message', remote, message);
    assert.deepEqual(primary.lines(), []);
  });

  it('confirms a last snapshot once it has it', test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    const body = bodyOf(encodeSnapshot(partsOf(counted(test, 4))), false);
    primary.cluster.emit('message', remote, { type: 'threadtally:snapshot', farewell: 'f', body });
    assert.deepEqual(remote.last, { type: 'threadtally:kept', id: 'f' });
    assert.deepEqual(primary.lines(), ['c_total 4', 'g 4']);
  });

  it('does not confirm a last snapshot that it has not, because it cannot be read or was not made', () => {
    const primary = new Primary();
    const remote = primary.worker(1);
    for (const last of [{ body: 'AAAA' }, { error: 'Error: closed' }])
      primary.cluster.emit('message', remote, { type: 'threadtally:snapshot', farewell: 'f', ...last });
    assert.deepEqual(remote.sent, []);
  });
});

/** What is shown after two workers have ended, in an order of their last events. */
function linesAfterDeaths(test: TestContext, ...events: ('exit' | 'disconnect')[]): string[] {
  const primary = new Primary();
  const [a, b, living] = [primary.worker(1), primary.worker(2), primary.worker(3)];
  primary.answer(a, counted(test, 1));
  primary.answer(b, counted(test, 2));
  primary.answer(living, counted(test, 4));
  for (const remote of [a, b]) primary.end(remote, ...events);
  return primary.lines();
}

describe('workers that are gone', () => {
  for (const events of [['exit'], ['disconnect'], ['exit', 'disconnect'], ['disconnect', 'exit']] as const) {
    it(`leave their counts and take their gauges with them: ${events.join(', then ')}`, test =>
      assert.deepEqual(linesAfterDeaths(test, ...events), ['c_total 7', 'g 4']));
  }

  it('may still be heard of between their exit and the end of their channel', test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    primary.answer(remote, counted(test, 1));
    primary.end(remote, 'exit');
    primary.answer(remote, counted(test, 5));
    primary.end(remote, 'disconnect');
    assert.deepEqual(primary.lines(), ['c_total 5']);
  });

  it('are forgotten when their first message comes after their exit', test => {
    const workers = new RemoteWorkers();
    for (let id = 1; id <= 3; id++) {
      const remote = new FakeRemote(id);
      remote.hasExited = true;
      workers.exited(id);
      const worker = workers.meet(remote);
      workers.keep(worker, bodyOf(encodeSnapshot(partsOf(counted(test, id))), false));
      assert.deepEqual(workers.living(), []);
      workers.disconnected(id);
      assert.equal(workers.find(id), undefined);
    }
    assert.deepEqual(linesOf(new MergedSnapshots().snapshotOf(mergeProcesses(workers.inputs()).families)), [
      'c_total 6',
    ]);
  });

  it('are missed by a primary that does not keep their last snapshot: a mutant', test => {
    const forget = function (
      this: { byId: Map<number, unknown> },
      { process }: { process: { id: number } },
    ): void {
      this.byId.delete(process.id);
    };
    withMutant(RemoteWorkers.prototype, 'forgetIfOver', forget as never, () =>
      assert.deepEqual(linesAfterDeaths(test, 'exit', 'disconnect'), ['c_total 4', 'g 4']),
    );
  });

  it('are counted twice by one that keeps it at both of their ends: a mutant', test => {
    const keepTwice = function (
      this: { departed: Parameters<typeof withDeparted>[0] },
      { last }: { last: Parameters<typeof withDeparted>[1] },
    ): void {
      this.departed = withDeparted(this.departed, last);
    };
    withMutant(RemoteWorkers.prototype, 'forgetIfOver', keepTwice as never, () =>
      assert.notDeepEqual(linesAfterDeaths(test, 'exit', 'disconnect'), ['c_total 7', 'g 4']),
    );
  });

  it('take their sliding windows with them, and leave sums and counts', test => {
    const primary = new Primary();
    const remote = primary.worker(1);
    const registry = newRegistry(test);
    registry.summary({ name: 's', help: 'S.', percentiles: [0.5], maxAgeSeconds: 60 }).observe(3);
    primary.answer(remote, registry);
    primary.end(remote, 'exit', 'disconnect');
    assert.deepEqual(primary.lines(), ['s{quantile="0.5"} NaN', 's_sum 3', 's_count 1']);
  });

  it('do not fill the memory with their label values, and lose no count over it', test => {
    const registry = newRegistry(test);
    registry.counter({ name: 'c_total', help: 'C.', labelNames: ['pid'] }).inc({ pid: 1 });
    const [family] = partsOf(registry);
    const one = family!.series[0]!;
    const series = Array.from({ length: DEPARTED_SERIES_MAX }, (_, i) => ({ ...one, labels: [`p${i}`] }));
    const full = withDeparted([], [{ ...family!, series }]);
    const [fuller] = withDeparted(withDeparted(full, [family!]), [family!]);
    assert.equal(fuller!.series.length, DEPARTED_SERIES_MAX + 1);
    assert.deepEqual([fuller!.series.at(-1)!.isOverflow, fuller!.series.at(-1)!.numbers], [true, [2]]);
  });
});
