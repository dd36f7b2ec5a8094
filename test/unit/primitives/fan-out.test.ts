import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counter, Gauge, Histogram, Registry, Summary } from '../../../src/index.js';

type Registers = readonly [Registry, Registry];

function twoRegistries(): Registers {
  return [new Registry(), new Registry()];
}

async function samples(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

/** Both show this. */
async function bothShow([a, b]: Registers, expected: readonly string[]): Promise<void> {
  assert.deepEqual(await samples(a), expected);
  assert.deepEqual(await samples(b), expected);
}

describe('a metric of several registries', () => {
  it('records into each of them, by its methods and by its handles', async () => {
    const registers = twoRegistries();
    const common = { help: 'H.', registers };
    const counter = new Counter({ ...common, name: 'c', labelNames: ['a'] });
    counter.inc({ a: 1 }, 2);
    counter.labels(1).inc();
    counter.labels({ a: 2 }).inc(0.5);
    counter.inc();
    const gauge = new Gauge({ ...common, name: 'g' });
    gauge.set(10);
    gauge.dec(3);
    gauge.labels().inc();
    const histogram = new Histogram({ ...common, name: 'h', buckets: [1.5] });
    histogram.observe(0.5);
    histogram.labels().observe(2);
    const summary = new Summary({ ...common, name: 's', percentiles: [] });
    summary.observe(4);
    await bothShow(registers, [
      'c{a="1"} 3',
      'c{a="2"} 0.5',
      'c 1',
      'g 8',
      'h_bucket{le="1.5"} 1',
      'h_bucket{le="+Inf"} 2',
      'h_sum 2.5',
      'h_count 2',
      's_sum 4',
      's_count 1',
    ]);
  });

  it('times, initialises, removes and resets in each of them', async () => {
    const registers = twoRegistries();
    const histogram = new Histogram({ name: 'h', help: 'H.', buckets: [], labelNames: ['a'], registers });
    assert.equal(typeof histogram.startTimer({ a: 1 })(), 'number');
    assert.equal(typeof histogram.labels(1).startTimer()(), 'number');
    assert.equal(histogram.value({ a: 1 })?.count, 2);
    for (const registry of registers) assert.equal((await samples(registry)).at(-1), 'h_count{a="1"} 2');
    histogram.remove(1);
    histogram.zero({ a: 2 });
    await bothShow(registers, ['h_bucket{le="+Inf",a="2"} 0', 'h_sum{a="2"} 0', 'h_count{a="2"} 0']);
    assert.equal(histogram.removeMatching({ a: 2 }), 1);
    await bothShow(registers, []);
    histogram.observe({ a: 3 }, 1);
    histogram.reset();
    await bothShow(registers, []);
  });

  it('is one object, with one callback, whichever of them is asked', async () => {
    const registers = twoRegistries();
    let runs = 0;
    const gauge: Gauge = new Gauge({
      name: 'g',
      help: 'H.',
      registers,
      collect(): void {
        assert.equal(this, gauge);
        this.set(++runs);
      },
    });
    for (const registry of registers) assert.equal(registry.getSingleMetric('g'), gauge);
    assert.equal(registers[1].gauge({ name: 'g', help: 'H.' }), gauge);
    assert.deepEqual(await samples(registers[0]), ['g 1']);
    assert.deepEqual(await samples(registers[1]), ['g 2']);
    assert.equal(runs, 2);
  });

  it('goes on in the other when one of them drops it', async () => {
    const registers = twoRegistries();
    const counter = new Counter({ name: 'c', help: 'H.', registers });
    registers[0].removeSingleMetric('c');
    counter.inc(2);
    counter.labels().inc();
    assert.deepEqual(await samples(registers[0]), []);
    assert.deepEqual(await samples(registers[1]), ['c 3']);
  });

  it('is in none of them when one has a metric of its name', () => {
    const registers = twoRegistries();
    registers[1].gauge({ name: 'c', help: 'H.' });
    assert.throws(() => new Counter({ name: 'c', help: 'H.', registers }), {
      message: /^A metric with the name c has already been registered\. .*getSingleMetric\('c'\)/,
    });
    assert.equal(registers[0].getSingleMetric('c'), undefined);
  });

  it('records nothing in any when the first refuses the value', async () => {
    const registers = twoRegistries();
    const counter = new Counter({ name: 'c', help: 'H.', registers });
    assert.throws(() => counter.inc(-1), /decrease/);
    assert.throws(() => counter.labels().inc(NaN), TypeError);
    await bothShow(registers, ['c 0']);
  });

  it('keeps its exemplars in each of them', async () => {
    const registers = twoRegistries();
    const counter = new Counter({ name: 'c', help: 'H.', registers, enableExemplars: true });
    counter.inc({ value: 2, exemplarLabels: { trace: 'x' } });
    for (const registry of registers) {
      const [family] = await registry.getMetricsAsJSON();
      assert.deepEqual(family!.values[0]!.exemplar?.labelSet, { trace: 'x' });
    }
  });

  it('is one of one registry when the same is given twice: its handles stay slots', () => {
    const [registry] = twoRegistries();
    const once = new Counter({ name: 'a', help: 'H.', registers: [registry] });
    const twice = new Counter({ name: 'b', help: 'H.', registers: [registry, registry] });
    assert.equal(twice.labels().constructor, once.labels().constructor);
  });
});
