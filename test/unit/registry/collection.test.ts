import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ConfigurationError, Registry } from '../../../src/index.js';
import type { Rendering } from '../../../src/index.js';
import { newGate } from '../memory/gate.js';
import { samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings } from './played-thread.js';

silenceWarnings();

const ERRORS = 'threadtally_collect_errors_total';
const LATE = 'threadtally_collect_late_total';
/** Longer than the tests may take: a scrape that ends has not ended because of it. */
const LONG_MS = 60_000;
const LIMITS = { timeout: 50_000 };
const NEVER = (): Promise<void> => new Promise(() => undefined);

interface Warning {
  readonly code: string | undefined;
  readonly message: string;
}

/** The process warnings of this package that `action` causes. */
async function warningsOf(action: () => Promise<unknown>): Promise<Warning[]> {
  await setImmediate();
  const warnings: Warning[] = [];
  const listener = ({ name, code, message }: Error & { code?: string }): void => {
    if (name === 'ThreadtallyWarning') warnings.push({ code, message });
  };
  process.on('warning', listener);
  await action();
  await setImmediate();
  process.off('warning', listener);
  return warnings;
}

describe('a collect callback that fails', () => {
  const FAILURES: Readonly<Record<string, () => void | Promise<void>>> = {
    throws: () => {
      throw new Error('the queue is gone');
    },
    rejects: () => Promise.reject(new Error('the queue is gone')),
  };
  for (const [how, fail] of Object.entries(FAILURES)) {
    it(`(it ${how}) leaves its family at the last values, and the others run`, async () => {
      const registry = new Registry();
      let isBroken = false;
      registry.gauge({
        name: 'broken',
        help: 'B.',
        collect() {
          if (isBroken) return fail();
          this.set(5);
        },
      });
      registry.gauge({
        name: 'fine',
        help: 'F.',
        collect() {
          this.inc();
        },
      });
      await registry.metrics();
      isBroken = true;
      const { collectErrors, late } = await registry.render();
      assert.deepEqual(collectErrors, [{ family: 'broken', message: 'the queue is gone', threadId: 0 }]);
      assert.deepEqual(late, []);
      assert.deepEqual(samples(registry), { broken: 5, fine: 2, [`${ERRORS}{family="broken"}`]: 1 });
      isBroken = false;
      assert.deepEqual((await registry.render()).collectErrors, []);
      registry.close();
    });
  }

  it('is shown by the scrape that it failed in', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.', collect: FAILURES['rejects']! });
    assert.match(await registry.metrics(), new RegExp(`^${ERRORS}\\{family="g"\\} 1$`, 'm'));
    registry.close();
  });

  it('gives one process warning, with the family and the message', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.', collect: FAILURES['throws']! });
    const warnings = await warningsOf(async () => {
      await registry.metrics();
      await registry.metrics();
    });
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]!.code, 'THREADTALLY_COLLECT_ERROR');
    assert.match(warnings[0]!.message, /^the collect callback of g failed: the queue is gone\./);
    registry.close();
  });

  it('may throw anything', async () => {
    const registry = new Registry();
    const unshowable = Object.defineProperty(new Error('x'), 'message', {
      get: () => assert.fail('not to be read'),
    });
    for (const [name, thrown] of Object.entries({
      a: 'text',
      b: undefined,
      c: { d: { e: 1 } },
      f: unshowable,
    })) {
      registry.gauge({ name, help: 'G.', collect: () => Promise.reject(thrown as Error) });
    }
    const { collectErrors } = await registry.render();
    assert.deepEqual(
      collectErrors.map(({ message }) => message),
      ["'text'", 'undefined', '{ d: [Object] }', 'an error that cannot be shown'],
    );
    registry.close();
  });

  it('is counted although the registry has no room for another series', async () => {
    const registry = new Registry({ seriesMax: 2 });
    registry.counter({ name: 'c', help: 'C.' });
    registry.gauge({ name: 'g', help: 'G.', collect: FAILURES['throws']! });
    await registry.metrics();
    assert.equal(samples(registry)[`${ERRORS}{family="g"}`], 1);
    registry.close();
  });

  it('fails no scrape when its counter cannot be defined', async () => {
    const registry = new Registry({ familiesMax: 1 });
    registry.gauge({ name: 'g', help: 'G.', collect: FAILURES['throws']! });
    const { collectErrors } = await registry.render();
    assert.equal(collectErrors.length, 1);
    assert.deepEqual(samples(registry), { g: 0 });
    registry.close();
  });
});

describe('a collect callback that does not end in time', LIMITS, () => {
  it('is named by the scrape and by a counter, and the scrape has the last values', async () => {
    const registry = new Registry({ collectTimeoutMs: 1 });
    const gate = newGate();
    registry.gauge({
      name: 'g',
      help: 'G.',
      async collect() {
        await gate.promise;
        this.set(5);
      },
    });
    const { late, body } = await registry.render();
    const text = Buffer.from(body).toString();
    assert.deepEqual([late.length, late[0]!.threadId], [1, 0]);
    assert.ok(late[0]!.waitedMs > 0);
    assert.match(text, /^g 0$/m);
    assert.match(text, new RegExp(`^${LATE}\\{thread="0"\\} 1$`, 'm'));
    const second = await registry.render({ collectTimeoutMs: LONG_MS });
    assert.deepEqual([second.late[0]!.threadId, second.late[0]!.waitedMs], [0, 0]);
    gate.open();
    await setImmediate();
    const third = await registry.render({ collectTimeoutMs: LONG_MS });
    assert.deepEqual(third.late, []);
    assert.deepEqual(samples(registry), { g: 5, [`${LATE}{thread="0"}`]: 2 });
    registry.close();
  });

  it('gives one process warning, with the family and what to do', async () => {
    const registry = new Registry({ collectTimeoutMs: 1 });
    registry.gauge({ name: 'g', help: 'G.', collect: NEVER });
    const warnings = await warningsOf(async () => {
      await registry.metrics();
      await registry.metrics();
    });
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['THREADTALLY_COLLECT_LATE'],
    );
    assert.match(warnings[0]!.message, /^the collect callback of g took longer than 1 ms\. .*raise/);
    registry.close();
  });
});

describe('the options of a scrape', () => {
  for (const options of [
    { collectTimeoutMs: 0 },
    { collectTimeoutMs: 60_001 },
    { collectTimeoutMs: '5' },
    { x: 1 },
  ]) {
    it(`are refused when they are ${JSON.stringify(options)}, and no callback runs`, async () => {
      const registry = new Registry();
      let runs = 0;
      registry.gauge({ name: 'g', help: 'G.', collect: () => void runs++ });
      for (const scrape of [registry.render.bind(registry), registry.metrics.bind(registry)]) {
        await assert.rejects(scrape(options as never), (error: unknown) => {
          assert.ok(error instanceof ConfigurationError);
          assert.match(error.message, /^scrape options: (collectTimeoutMs is .*1\.\.60000|x is no option)/);
          return true;
        });
      }
      assert.equal(runs, 0);
      registry.close();
    });
  }

  it('may be absent, and may be undefined', async () => {
    const registry = new Registry();
    const { late, collectErrors, contentType } = await registry.render({ collectTimeoutMs: undefined });
    assert.deepEqual([late, collectErrors, contentType], [[], [], registry.contentType]);
    registry.close();
  });
});

describe('the collect callbacks of one thread', LIMITS, () => {
  /** How often the callback of each registry ran. */
  function counting(registry: Registry, name: string): { runs: number } {
    const counted = { runs: 0 };
    registry.gauge({ name, help: 'G.', collect: () => void counted.runs++ });
    return counted;
  }

  it('run whichever of its registries over the arena is scraped', async () => {
    const one = new Registry();
    const two = Registry.attach(one.share());
    const counted = [counting(one, 'a'), counting(two, 'b')];
    await one.metrics();
    await two.metrics();
    assert.deepEqual(
      counted.map(({ runs }) => runs),
      [2, 2],
    );
    one.close();
    await two.metrics();
    assert.deepEqual(
      counted.map(({ runs }) => runs),
      [2, 3],
    );
    two.close();
  });

  it('run no more after their metric was removed, or the registry cleared or closed', async () => {
    const registry = new Registry();
    const removed = counting(registry, 'removed');
    registry.removeSingleMetric('removed');
    await registry.metrics();
    const cleared = counting(registry, 'cleared');
    registry.clear();
    await registry.metrics();
    const closed = counting(registry, 'closed');
    registry.close();
    await registry.metrics();
    assert.deepEqual([removed.runs, cleared.runs, closed.runs], [0, 0, 0]);
    registry.close();
  });

  it('are replaced with their metric, when another thread has removed the family meanwhile', async test => {
    const registry = new Registry();
    const first = counting(registry, 'g');
    const thread = new PlayedThread(test, registry.share(), 905);
    thread.engine.removeFamily('g');
    const known = registry.getSingleMetric('g')!;
    const second = { runs: 0 };
    const { Gauge } = await import('../../../src/index.js');
    const again = new Gauge({
      name: 'g',
      help: 'G.',
      registers: [registry],
      collect: () => void second.runs++,
    });
    assert.notEqual(again, known);
    await registry.metrics();
    assert.deepEqual([first.runs, second.runs], [0, 1]);
    registry.close();
  });

  it('run with the metric as this, and may record into others', async () => {
    const registry = new Registry();
    const other = registry.counter({ name: 'o', help: 'O.' });
    registry.gauge({
      name: 'g',
      help: 'G.',
      labelNames: ['a'],
      collect() {
        this.set({ a: 'x' }, 3);
        other.inc();
      },
    });
    await registry.metrics();
    assert.deepEqual(samples(registry), { 'g{a="x"}': 3, o: 1 });
    registry.close();
  });

  it('may scrape: what they get is what is there', async () => {
    const registry = new Registry({ collectTimeoutMs: LONG_MS });
    const inner: Promise<Rendering>[] = [];
    registry.gauge({
      name: 'g',
      help: 'G.',
      collect() {
        this.inc();
        inner.push(registry.render());
      },
    });
    await registry.metrics();
    assert.equal(inner.length, 1);
    assert.match(Buffer.from((await inner[0]!).body).toString(), /^g 1$/m);
    registry.close();
  });
});
