import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ArenaFullError,
  ConfigurationError,
  Counter,
  DefinitionConflictError,
  Gauge,
  Histogram,
  Registry,
} from '../../../src/index.js';
import { sampleLines, samples, textOf } from '../sample-lines.js';

describe('a definition', () => {
  it('is idempotent: the same metric for the same options', () => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', labelNames: ['a'] as const };
    const counter = registry.counter(options);
    assert.ok(counter instanceof Counter);
    assert.equal(registry.counter({ ...options, labelNames: ['a'] }), counter);
    assert.equal(registry.getSingleMetric('c'), counter);
    const gauge = registry.gauge({ name: 'g', help: 'G.' });
    assert.ok(gauge instanceof Gauge);
    assert.equal(registry.gauge({ name: 'g', help: 'G.', aggregator: 'sum' }), gauge);
    const histogram = registry.histogram({ name: 'h', help: 'H.' });
    assert.ok(histogram instanceof Histogram);
    assert.equal(registry.histogram({ name: 'h', help: 'H.' }), histogram);
    assert.equal(registry.cardinality().families, 3);
  });

  it('in conflict with the one that is there names what differs, and changes nothing', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
    const ATTEMPTS: readonly [() => unknown, RegExp][] = [
      [
        () => registry.counter({ name: 'c', help: 'D.', labelNames: ['a'] }),
        /help is "C\.", this definition has "D\.";/,
      ],
      [() => registry.counter({ name: 'c', help: 'C.' }), /labelNames is \["a"\], this definition has \[\];/],
      [
        () => registry.gauge({ name: 'c', help: 'C.', labelNames: ['a'] }),
        /type is "counter", this definition has "gauge";/,
      ],
      [
        () => registry.histogram({ name: 'c', help: 'C.' }),
        /type is "counter".*; buckets is \[\], this definition has \[0\.005,/,
      ],
    ];
    for (const [attempt, message] of ATTEMPTS) {
      assert.throws(attempt, (error: unknown) => {
        assert.ok(error instanceof DefinitionConflictError);
        assert.equal(error.code, 'ERR_DEFINITION_CONFLICT');
        assert.match(error.message, /^c is already defined differently: /);
        assert.match(error.message, message);
        return true;
      });
    }
    counter.inc({ a: 'x' });
    assert.deepEqual(samples(registry), { 'c{a="x"}': 1 });
  });

  it('with new is refused when this thread has the name, with the text of prom-client', () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.' });
    for (const Metric of [Counter, Gauge, Histogram]) {
      assert.throws(() => new Metric({ name: 'c', help: 'C.', registers: [registry] }), {
        message: /^A metric with the name c has already been registered\. .*getSingleMetric\('c'\)/,
      });
    }
  });

  it('beyond the limit of families is refused, and leaves the others as they are', () => {
    const registry = new Registry({ familiesMax: 2 });
    registry.counter({ name: 'a', help: 'A.' });
    registry.counter({ name: 'b', help: 'B.' });
    assert.throws(
      () => registry.counter({ name: 'c', help: 'C.' }),
      (error: unknown) => {
        assert.ok(error instanceof ArenaFullError);
        assert.equal(error.code, 'ERR_ARENA_FULL');
        assert.equal(
          error.message,
          'cannot define c: the registry has 2 families, its limit; raise familiesMax',
        );
        return true;
      },
    );
    assert.equal(registry.getSingleMetric('c'), undefined);
    assert.deepEqual(samples(registry), { a: 0, b: 0 });
    registry.removeSingleMetric('a');
    registry.counter({ name: 'c', help: 'C.' }).inc();
    assert.deepEqual(samples(registry), { b: 0, c: 1 });
  });

  it('without space for its text or its cells is refused, and can be given again', () => {
    const registry = new Registry({ seriesMax: 5, familiesMax: 5, stripeBytes: 1_024, keyBytes: 2_048 });
    const help = 'x'.repeat(3_000);
    assert.throws(
      () => registry.counter({ name: 'c', help }),
      /^ArenaFullError: cannot define c: its definition of \d+ bytes/,
    );
    const buckets = Array.from({ length: 200 }, (_, i) => i);
    assert.throws(
      () => registry.histogram({ name: 'h', help: 'H.', buckets }),
      /^ArenaFullError: cannot define h: its 1616 bytes of cells found no space; raise stripeBytes or keyBytes/,
    );
    assert.equal(registry.cardinality().families, 0);
    assert.equal(registry.cardinality().series, 0);
    registry.counter({ name: 'c', help: 'C.' });
    registry.histogram({ name: 'h', help: 'H.', buckets: [1] });
    assert.equal(sampleLines(registry).length, 5);
  });
});

describe('a registry', () => {
  it('takes the content type as prom-client does, and no other', () => {
    const registry = new Registry('text/plain; version=0.0.4; charset=utf-8');
    assert.equal(registry.contentType, Registry.PROMETHEUS_CONTENT_TYPE);
    registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    const message =
      /^Content type text\/html is unsupported; it must be one of 'text\/plain; .*', 'application\/open/;
    assert.throws(() => new Registry('text/html' as never), { name: 'TypeError', message });
    assert.throws(() => registry.setContentType('text/html' as never), { name: 'Error', message });
  });

  it('refuses limits that make no sense, and says so at once', () => {
    assert.throws(() => new Registry({ seriesMax: 0, threadsMax: -1 }), ConfigurationError);
  });

  it('is independent of every other registry', () => {
    const [one, two] = [new Registry(), new Registry()];
    one.counter({ name: 'c', help: 'One.' }).inc();
    two.counter({ name: 'c', help: 'Two.' }).inc(2);
    assert.deepEqual([samples(one), samples(two)], [{ c: 1 }, { c: 2 }]);
  });

  it('shows nothing while it is empty', () => assert.equal(textOf(new Registry()), ''));

  it('renders the same as text and as bytes', async () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'é' }).inc();
    const text = await registry.metrics();
    const { body, contentType } = await registry.render();
    assert.equal(text, '# HELP c é\n# TYPE c counter\nc 1\n');
    assert.equal(Buffer.from(body).toString(), text);
    assert.equal(contentType, registry.contentType);
    assert.equal(textOf(registry), text);
  });
});

describe('collect callbacks', () => {
  it('run before the values are read, all of them, also those that take time', async () => {
    const registry = new Registry();
    registry.gauge({
      name: 'now',
      help: 'G.',
      collect() {
        this.set(1);
      },
    });
    registry.gauge({
      name: 'later',
      help: 'G.',
      async collect() {
        await Promise.resolve();
        this.set(2);
      },
    });
    assert.equal(
      await registry.metrics(),
      '# HELP now G.\n# TYPE now gauge\nnow 1\n# HELP later G.\n# TYPE later gauge\nlater 2\n',
    );
  });

  it('do not run for a rendering of the values as they are', () => {
    const registry = new Registry();
    registry.gauge({
      name: 'g',
      help: 'G.',
      collect() {
        this.inc();
      },
    });
    assert.deepEqual(samples(registry), { g: 0 });
  });

  it('of a removed metric run no more', async () => {
    const registry = new Registry();
    let runs = 0;
    registry.gauge({ name: 'g', help: 'G.', collect: () => void runs++ });
    await registry.metrics();
    registry.removeSingleMetric('g');
    await registry.metrics();
    assert.equal(runs, 1);
  });
});
