import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { Counter, Registry } from '../../../src/index.js';
import type { LabelValue } from '../../../src/index.js';
import { sampleLines, samples, textOf } from '../sample-lines.js';
import { assertRefusedAlike } from './refused-alike.js';

function counterWith<L extends string>(registry: Registry, ...labelNames: L[]): Counter<L> {
  return new Counter({ name: 'c', help: 'C.', labelNames, registers: [registry] });
}

describe('labels()', () => {
  it('gives the same handle for the same label set', () => {
    const counter = counterWith(new Registry(), 'a', 'b');
    const handle = counter.labels('x', 'y');
    assert.equal(counter.labels({ a: 'x', b: 'y' }), handle);
    assert.equal(counter.labels({ b: 'y', a: 'x' }), handle);
    assert.notEqual(counter.labels('y', 'x'), handle);
    const bare = new Counter({ name: 'd', help: 'D.', registers: [new Registry()] });
    assert.equal(bare.labels(), bare.labels({}));
  });

  it('refuses unknown labels and another number of values with the texts of prom-client', () => {
    const ours = counterWith(new Registry(), 'method', 'endpoint');
    const theirs = new promClient.Counter({
      name: 'c',
      help: 'C.',
      labelNames: ['method', 'endpoint'],
      registers: [],
    });
    const CALLS: readonly ((counter: { labels(...given: unknown[]): unknown }) => unknown)[] = [
      counter => counter.labels('GET'),
      counter => counter.labels('GET', '/', 'x'),
      counter => counter.labels(),
      counter => (counter.labels({ baz: 1 }) as { inc(): void }).inc(),
    ];
    for (const call of CALLS) {
      assertRefusedAlike(
        () => call(ours as never),
        () => call(theirs as never),
        'c',
      );
    }
  });

  it('leaves out of the exposition what is missing or empty, and takes both as one series', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    counter.inc({ a: 'x' });
    counter.inc({ a: 'x', b: '' });
    counter.inc({ a: 'x', b: undefined });
    counter.labels('x', '').inc();
    counter.labels('', 'y').inc();
    counter.inc({});
    counter.inc();
    assert.deepEqual(samples(registry), { 'c{a="x"}': 4, 'c{b="y"}': 1, c: 2 });
  });

  it('takes values that name properties of every object, and no others than those given', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'constructor', 'toString');
    const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const value of hostile) counter.labels(value, value).inc();
    for (const value of hostile) counter.inc({ constructor: value, toString: value } as never);
    counter.inc({ toString: 'only' } as never);
    counter.inc({ toString: 'only' } as never);
    const expected = Object.fromEntries(
      hostile.map(value => [`c{constructor="${value}",toString="${value}"}`, 2]),
    );
    assert.deepEqual(samples(registry), { ...expected, 'c{toString="only"}': 2 });
  });

  it('takes label objects of any kind', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    class Inherited {
      b = 'y';
    }
    Object.assign(Inherited.prototype, { a: 'x' });
    for (let i = 0; i < 3; i++) {
      counter.inc(Object.freeze({ a: 'x', b: 'y' }));
      counter.inc(Object.assign(Object.create(null) as object, { a: 'x', b: 'y' }));
      counter.inc(new Inherited() as never);
      counter.inc({ a: { toString: () => 'x' }, b: 'y' } as never);
    }
    assert.deepEqual(samples(registry), { 'c{a="x",b="y"}': 12 });
  });

  it('takes the text that a value object has at each recording', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    const value = { text: 'x', toString: () => value.text };
    for (let i = 0; i < 3; i++) counter.inc({ a: value } as never);
    value.text = 'y';
    counter.inc({ a: value } as never);
    assert.deepEqual(samples(registry), { 'c{a="x"}': 3, 'c{a="y"}': 1 });
  });

  it('keeps apart what would be one text behind a separator', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    const tuples: readonly [LabelValue, LabelValue][] = [
      ['1,b:2', ''],
      ['1', '2'],
      ['1|2', ''],
      ['1', '|2'],
      ['1",b="2', ''],
      ['', '1,b:2'],
    ];
    tuples.forEach(([a, b], i) => counter.labels(a, b).inc(i + 1));
    assert.deepEqual(Object.values(samples(registry)), [1, 2, 3, 4, 5, 6]);
  });
});

describe('a handle', () => {
  it('shows its series with the first recording, not before', () => {
    const registry = new Registry();
    const handle = counterWith(registry, 'a').labels('x');
    assert.deepEqual(sampleLines(registry), []);
    handle.inc(0);
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 0']);
  });

  it('creates each series again under its own values, however many labels it has', () => {
    for (const names of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      const registry = new Registry();
      const counter = counterWith(registry, ...names);
      const handles = ['x', 'y', 'of more than a dozen characters'].map((value, i) => {
        const handle = counter.labels(...names.map((name, at) => (at === 0 ? `${i}` : `${name}-${value}`)));
        handle.inc();
        return handle;
      });
      const before = samples(registry);
      counter.reset();
      assert.deepEqual(samples(registry), {});
      for (const handle of handles) handle.inc();
      assert.equal(Object.keys(before).length, 3);
      assert.deepEqual(samples(registry), before);
    }
  });

  it('creates its series again after a removal, from 0', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    const handle = counter.labels('x');
    handle.inc(5);
    counter.remove('x');
    assert.deepEqual(sampleLines(registry), []);
    handle.inc();
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 1']);
    counter.inc({ a: 'x' }, 2);
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 3']);
  });

  it('never records into the series that took the place of its own', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    const kept = counter.labels('old');
    kept.inc(100);
    for (let i = 0; i < 300; i++) {
      counter.remove('old');
      counter.labels(`other-${i}`).inc();
      counter.remove(`other-${i}`);
      counter.labels('stays').inc();
      kept.inc(2);
    }
    assert.deepEqual(samples(registry), { 'c{a="stays"}': 300, 'c{a="old"}': 2 });
  });
});

describe('remove()', () => {
  it('removes one series, by object or by list, and minds nothing that is not there', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    for (const value of ['1', '2', '3']) counter.inc({ a: value, b: 'y' });
    counter.remove('1', 'y');
    counter.remove({ b: 'y', a: '2' });
    counter.remove('9', 'y');
    assert.deepEqual(sampleLines(registry), ['c{a="3",b="y"} 1']);
    assert.throws(() => counter.remove('1'), /Invalid number of arguments \(1\)/);
    assert.throws(() => counter.remove({ z: 1 } as never), /Added label "z"/);
  });

  it('drops the handle, under a number too', () => {
    const counter = counterWith(new Registry(), 'a', 'b');
    const REMOVALS: readonly (() => void)[] = [
      () => counter.remove({ b: 'x', a: 200 }),
      () => counter.remove(200, 'x'),
    ];
    for (const remove of REMOVALS) {
      const handles = [
        counter.labels(200, 'x'),
        counter.labels('200', 'x'),
        counter.labels({ a: 200, b: 'x' }),
      ];
      assert.equal(new Set(handles).size, 1);
      remove();
      assert.notEqual(counter.labels(200, 'x'), handles[0]);
    }
  });

  it('takes a family without labels out of the exposition until it records again', () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'c', help: 'C.', registers: [registry] });
    counter.inc(5);
    counter.remove();
    assert.equal(textOf(registry), '# HELP c C.\n# TYPE c counter\n');
    counter.inc();
    assert.deepEqual(sampleLines(registry), ['c 1']);
  });

  it('removes nothing for a value that is longer than any series has', () => {
    const registry = new Registry({ labelValueMax: 16_384 });
    const counter = counterWith(registry, 'a', 'b', 'c');
    // A key has the length of each value in 16 bits before it. The long value below has 65,536 bytes, which would be
    // taken for none; what follows spells the rest of the victim's key, lengths included.
    const [b, c] = ['\u00e9'.repeat(16_159), `${'\u20ac'.repeat(11_071)}x`];
    const long = `>~${b}\u0081${c}`;
    assert.equal(Buffer.byteLength(long), 65_536);
    counter.inc({ b, c: `${c}\0\0\0\0` });
    counter.remove({ a: long });
    assert.equal(sampleLines(registry).length, 1);
    counter.remove({ b, c: `${c}\0\0\0\0` });
    assert.deepEqual(sampleLines(registry), []);
  });
});

describe('removeMatching()', () => {
  function filled(registry: Registry): Counter<'tenant' | 'route'> {
    const counter = counterWith(registry, 'tenant', 'route');
    counter.inc({ tenant: 'a', route: '/' });
    counter.inc({ tenant: 'a', route: '/x' }, 2);
    counter.inc({ tenant: 'b', route: '/' }, 3);
    counter.inc({ route: '/' }, 4);
    counter.inc({}, 5);
    return counter;
  }

  it('removes the series that have the given values, and says how many', () => {
    const registry = new Registry();
    const counter = filled(registry);
    assert.equal(counter.removeMatching({ tenant: 'a' }), 2);
    assert.equal(counter.removeMatching({ tenant: 'a' }), 0);
    assert.deepEqual(samples(registry), { 'c{tenant="b",route="/"}': 3, 'c{route="/"}': 4, c: 5 });
    assert.equal(counter.removeMatching({ route: '/', tenant: 'b' }), 1);
    assert.equal(counter.removeMatching({ route: '/' }), 1);
    assert.deepEqual(samples(registry), { c: 5 });
  });

  it('takes a value that is empty or undefined for a missing label', () => {
    for (const tenant of ['', undefined]) {
      const registry = new Registry();
      const counter = filled(registry);
      assert.equal(counter.removeMatching({ tenant, route: '/' }), 1);
      assert.equal(counter.removeMatching({ tenant }), 1);
      assert.equal(sampleLines(registry).length, 3);
    }
  });

  it('takes values as their text, and any text for itself', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    for (const value of ['200', '2', '20', 'é', '😀', '"\n', '\ud800']) counter.inc({ a: value, b: 'x' });
    for (const value of [200, 'é', '😀', '"\n', '\ud800']) {
      assert.equal(counter.removeMatching({ a: value }), 1, String(value));
    }
    assert.deepEqual(samples(registry), { 'c{a="2",b="x"}': 1, 'c{a="20",b="x"}': 1 });
    assert.equal(counter.removeMatching({ a: 'x'.repeat(65_536 * 2) }), 0);
  });

  it('counts series that only a handle has asked for, and gives their room to others', () => {
    const registry = new Registry({ familySeriesMax: 2 });
    const counter = counterWith(registry, 'a');
    const handles = [counter.labels('1'), counter.labels('2')];
    assert.equal(counter.removeMatching({ a: '1' }), 1);
    counter.inc({ a: '3' });
    handles[1]!.inc();
    assert.deepEqual(samples(registry), { 'c{a="2"}': 1, 'c{a="3"}': 1 });
  });

  it('leaves the overflow series', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const counter = counterWith(registry, 'a');
    for (const a of ['', 'x', 'y']) counter.inc({ a });
    assert.equal(counter.removeMatching({ a: '' }), 1);
    assert.equal(counter.removeMatching({ a: undefined }), 0);
    assert.equal(samples(registry)['c{otel_metric_overflow="true"}'], 2);
  });

  it('drops cached handles, and those that are kept create their series again, from 0', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    const [gone, kept] = [counter.labels('x', '1'), counter.labels('y', '1')];
    gone.inc(5);
    kept.inc(5);
    counter.removeMatching({ a: 'x' });
    assert.notEqual(counter.labels('x', '1'), gone);
    assert.equal(counter.labels('y', '1'), kept);
    gone.inc();
    counter.inc({ a: 'x', b: '1' });
    assert.deepEqual(samples(registry), { 'c{a="y",b="1"}': 5, 'c{a="x",b="1"}': 2 });
  });

  it('refuses an unknown label as labels() does, no label at all, and what is no object', () => {
    const registry = new Registry();
    const counter = filled(registry);
    const unknown = { name: 'Error', message: /^Added label "z" is not included in initial labelset: / };
    assert.throws(() => counter.removeMatching({ z: 1 } as never), unknown);
    assert.throws(() => counter.removeMatching({ tenant: 'a', z: 1 } as never), unknown);
    assert.throws(() => counter.removeMatching({}), {
      name: 'Error',
      message:
        "removeMatching needs at least one label, c has [ 'tenant', 'route' ]; to remove every series use reset()",
    });
    assert.throws(
      () => counter.removeMatching('a' as never),
      /^TypeError: labels is 'a'; it must be an object/,
    );
    assert.equal(sampleLines(registry).length, 5, 'nothing is removed');
    const bare = new Counter({ name: 'bare', help: 'B.', registers: [registry] });
    assert.throws(
      () => bare.removeMatching({}),
      /at least one label, bare has \[\]; to remove every series use/,
    );
  });

  it('removes nothing of a family that was removed', () => {
    const registry = new Registry();
    const counter = filled(registry);
    registry.removeSingleMetric('c');
    assert.equal(counter.removeMatching({ tenant: 'a' }), 0);
  });
});

describe('init()', () => {
  it('shows a series at 0 at once, by object or by list, and keeps the value of one that is there', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a', 'b');
    counter.inc({ a: 'there', b: '1' }, 5);
    assert.equal(counter.init({ a: 'x', b: '1' }), true);
    assert.equal(counter.init('y', '2'), true);
    assert.equal(counter.init('y', '2'), true);
    assert.equal(counter.init({ a: 'there', b: '1' }), true);
    assert.equal(counter.init({}), true);
    const expected = { 'c{a="there",b="1"}': 5, 'c{a="x",b="1"}': 0, 'c{a="y",b="2"}': 0, c: 0 };
    assert.deepEqual(samples(registry), expected);
    counter.inc({ a: 'x', b: '1' });
    assert.equal(samples(registry)['c{a="x",b="1"}'], 1);
  });

  it('shows a series that a handle has asked for, which goes on with it', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    const handle = counter.labels('x');
    counter.init('x');
    assert.deepEqual(samples(registry), { 'c{a="x"}': 0 });
    handle.inc(2);
    assert.deepEqual(samples(registry), { 'c{a="x"}': 2 });
    assert.equal(registry.cardinality().series, 1);
  });

  it('of a family without labels changes nothing', () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'c', help: 'C.', registers: [registry] });
    counter.inc(3);
    assert.deepEqual([counter.init(), counter.init({})], [true, true]);
    assert.deepEqual(sampleLines(registry), ['c 3']);
  });

  it('ends with the removal of the series', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    for (const end of [
      () => counter.remove('x'),
      () => counter.removeMatching({ a: 'x' }),
      () => counter.reset(),
    ]) {
      counter.init('x');
      assert.equal(sampleLines(registry).length, 1);
      end();
      assert.deepEqual(sampleLines(registry), []);
    }
  });

  it('refuses labels as labels() does, and creates nothing then', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    assert.throws(() => counter.init({ z: 1 } as never), /^Error: Added label "z"/);
    assert.throws(() => counter.init(), /^Error: Invalid number of arguments \(0\)/);
    assert.deepEqual(registry.seriesByFamily(), { c: 0 });
  });

  it('makes nothing of a family that was removed, and in a registry that was closed', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    registry.removeSingleMetric('c');
    assert.equal(counter.init('x'), false);
    const other = new Registry();
    const closed = counterWith(other, 'a');
    other.close();
    assert.equal(closed.init('x'), false);
    assert.equal(other.cardinality().series, 0);
  });

  it('can go on for ever with remove() in a thread whose event loop never turns', () => {
    const registry = new Registry({ seriesMax: 2, familiesMax: 1 });
    const counter = counterWith(registry, 'a');
    for (let i = 0; i < 500; i++) {
      assert.equal(counter.init(`v${i}`), true, `round ${i}`);
      counter.remove(`v${i}`);
    }
    assert.deepEqual(sampleLines(registry), []);
  });
});

describe('reset()', () => {
  it('removes every series with labels', () => {
    const registry = new Registry();
    const counter = counterWith(registry, 'a');
    const handle = counter.labels('x');
    handle.inc(5);
    counter.inc({ a: 'y' });
    counter.inc(7);
    counter.reset();
    assert.deepEqual(sampleLines(registry), []);
    handle.inc();
    assert.deepEqual(sampleLines(registry), ['c{a="x"} 1']);
  });

  it('starts a family without labels again at 0, as often as one likes', () => {
    const registry = new Registry({ seriesMax: 1, familiesMax: 1 });
    const counter = new Counter({ name: 'c', help: 'C.', registers: [registry] });
    const handle = counter.labels();
    for (let i = 0; i < 100; i++) {
      handle.inc(5);
      for (let j = 0; j < 10; j++) counter.reset();
      assert.deepEqual(sampleLines(registry), ['c 0']);
    }
    counter.inc();
    handle.inc();
    assert.deepEqual(sampleLines(registry), ['c 2']);
  });
});

describe('collect', () => {
  it('must be a function, with the text of prom-client, before anything is defined', () => {
    const registry = new Registry();
    const options = { name: 'c', help: 'C.', collect: 5 as never, registers: [registry] };
    assert.throws(() => new Counter(options), { message: 'Optional "collect" parameter must be a function' });
    assert.equal(registry.cardinality().families, 0);
    assert.equal(new Counter({ ...options, collect: undefined }).collect, undefined);
  });

  it('is bound to its metric', () => {
    const registry = new Registry();
    const counter = new Counter({
      name: 'c',
      help: 'C.',
      registers: [registry],
      collect() {
        this.inc(3);
      },
    });
    void counter.collect!();
    assert.deepEqual(sampleLines(registry), ['c 3']);
  });
});
