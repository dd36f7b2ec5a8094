import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CollectCallbacks, isOwnRunOver } from '../../../src/memory/collect-callbacks.js';
import { newGate } from './gate.js';

/** Callbacks of a thread, with the request that is current and how often a run has ended. */
class Played {
  request = 0;
  ends = 0;
  readonly failures: unknown[] = [];
  readonly callbacks = new CollectCallbacks(
    () => this.request,
    () => this.ends++,
  );

  add(run: () => unknown, family = 'f') {
    return this.callbacks.add({ family, run, failed: error => this.failures.push(error) });
  }
}

/** What another promise library returns. */
function awaitable(subscribe: (done: () => void) => void): object {
  // oxlint-disable-next-line unicorn/no-thenable -- such objects are the subject
  return { then: subscribe };
}

describe('collect callbacks', () => {
  it('that return at once have run when they were wanted', () => {
    const played = new Played();
    let runs = 0;
    played.add(() => void runs++);
    played.add(() => runs++);
    const own = played.callbacks.wantAll();
    assert.deepEqual([runs, played.ends], [2, 2]);
    assert.ok(own.every(isOwnRunOver));
  });

  it('never run twice at a time: those who ask meanwhile share the next run', async () => {
    const played = new Played();
    const gates = [newGate(), newGate(), newGate()];
    let runs = 0;
    let running = 0;
    let most = 0;
    played.add(async () => {
      most = Math.max(most, ++running);
      await gates[runs++]!.promise;
      running--;
    });
    const [first] = played.callbacks.wantAll();
    const [second] = played.callbacks.wantAll();
    const [third] = played.callbacks.wantAll();
    assert.equal(runs, 1);
    assert.deepEqual([first!.target, second!.target, third!.target], [1, 2, 2]);
    gates[0]!.open();
    await setImmediate();
    assert.deepEqual([first!, second!, third!].map(isOwnRunOver), [true, false, false]);
    assert.equal(runs, 2);
    gates[1]!.open();
    await setImmediate();
    assert.deepEqual([second!, third!].map(isOwnRunOver), [true, true]);
    assert.deepEqual([runs, most], [2, 1]);
  });

  it('run for a request once, and again for one that was made during the run', async () => {
    const played = new Played();
    const gate = newGate();
    let runs = 0;
    played.add(() => (++runs === 1 ? gate.promise : undefined));
    played.request = 1;
    played.callbacks.wantFor(1);
    played.callbacks.wantFor(1);
    assert.equal(runs, 1);
    played.request = 2;
    played.callbacks.wantFor(2);
    assert.deepEqual([runs, played.callbacks.answerable()], [1, 0]);
    gate.open();
    await setImmediate();
    assert.deepEqual([runs, played.callbacks.answerable()], [2, 2]);
    played.callbacks.wantFor(2);
    assert.equal(runs, 2);
  });

  it('answer for the one that is furthest behind', async () => {
    const played = new Played();
    const gate = newGate();
    played.add(() => undefined);
    played.add(() => gate.promise);
    played.request = 5;
    played.callbacks.wantFor(5);
    assert.equal(played.callbacks.answerable(), 0);
    gate.open();
    await setImmediate();
    assert.equal(played.callbacks.answerable(), 5);
    played.request = 6;
    played.add(() => undefined);
    assert.equal(played.callbacks.answerable(), 5, 'a new one owes nothing, the others do');
  });

  it('go on counting requests when their number wraps', () => {
    const played = new Played();
    played.request = 0x7fff_ffff;
    let runs = 0;
    played.add(() => void runs++);
    played.request = (played.request + 1) | 0;
    played.callbacks.wantFor(played.request);
    assert.deepEqual([runs, played.callbacks.answerable()], [1, -0x8000_0000]);
  });

  it('that throw or reject are told so, and the others run', async () => {
    const played = new Played();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    let runs = 0;
    played.add(() => {
      throw thrown;
    }, 'a');
    played.add(() => Promise.reject(rejected), 'b');
    played.add(() => void runs++, 'c');
    const own = played.callbacks.wantAll();
    await setImmediate();
    assert.ok(own.every(isOwnRunOver));
    assert.deepEqual(
      own.map(run => [run.runs.family, run.runs.failure?.error]),
      [
        ['a', thrown],
        ['b', rejected],
        ['c', undefined],
      ],
    );
    assert.deepEqual([played.failures, runs], [[thrown, rejected], 1]);
  });

  it('have failed before their run is over, so that whoever waits sees it', async () => {
    const order: string[] = [];
    const callbacks = new CollectCallbacks(
      () => 0,
      () => order.push('ended'),
    );
    callbacks.add({
      family: 'f',
      run: () => Promise.reject(new Error('no')),
      failed: () => order.push('failed'),
    });
    callbacks.wantAll();
    await setImmediate();
    assert.deepEqual(order, ['failed', 'ended']);
  });

  it('may return anything that can be awaited', async () => {
    const played = new Played();
    const gate = newGate();
    const thenable = awaitable(done => void gate.promise.then(done));
    played.add(() => thenable, 'thenable');
    const refusing = awaitable(() => assert.fail('no'));
    played.add(() => refusing, 'refusing');
    const [first, second] = played.callbacks.wantAll();
    await setImmediate();
    assert.deepEqual([isOwnRunOver(first!), isOwnRunOver(second!)], [false, true]);
    assert.equal(played.failures.length, 1);
    gate.open();
    await setImmediate();
    assert.equal(isOwnRunOver(first!), true);
  });

  it('that are removed are waited for no more, and end unheard', async () => {
    const played = new Played();
    const gate = newGate();
    const runs = played.add(() => gate.promise);
    const [own] = played.callbacks.wantAll();
    played.callbacks.remove(runs);
    assert.deepEqual([isOwnRunOver(own!), played.callbacks.size], [true, 0]);
    gate.fail(new Error('too late'));
    await setImmediate();
    assert.deepEqual([played.ends, played.failures], [0, []]);
  });

  it('may remove each other while they run', () => {
    const played = new Played();
    let runs = 0;
    played.add(() => played.callbacks.remove(second));
    const second = played.add(() => void runs++);
    assert.ok(played.callbacks.wantAll().every(isOwnRunOver));
    assert.equal(runs, 0);
  });

  it('that ask for callbacks themselves end', () => {
    const played = new Played();
    let runs = 0;
    played.add(() => {
      runs++;
      assert.deepEqual(
        played.callbacks.wantAll().map(run => run.target),
        [0],
      );
    });
    assert.ok(played.callbacks.wantAll().every(isOwnRunOver));
    assert.deepEqual([runs, played.failures], [1, []]);
  });
});
