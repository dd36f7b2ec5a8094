import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { OpenLabels } from '../../../src/registry/open-labels.js';
import { withUncheckedRenderings } from '../../conformance/checked-renderings.js';
import { Provided } from '../otel/provided.js';
import { silenceWarnings } from './played-thread.js';

silenceWarnings();

type Attributes = Record<string, string | number | boolean>;

interface Found {
  readonly owners: ReadonlyMap<unknown, unknown>;
  readonly clashing: ReadonlyMap<unknown, unknown>;
}

interface Engined {
  readonly engine: { readonly catalogue: { families(): readonly { readonly openLabels: Found }[] } };
}

/** A family with open labels, its series by what they show, and what it takes to make and remove them. */
class Opened {
  readonly provided: Provided;

  constructor(test: TestContext) {
    this.provided = new Provided(test);
  }

  record(attributes: Attributes, value = 1): void {
    this.provided.meter.createCounter('c').add(value, attributes);
  }

  remove(attributes: Attributes): void {
    const family = this.provided.registry.getSingleMetric('c_total') as unknown as {
      remove(text: string): void;
    };
    family.remove(textOf(attributes));
  }

  async shown(): Promise<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(await this.provided.scrape()).map(([name, value]) => [
        name.slice('c_total'.length).replace(/otel_attributes="(?:[^"\\]|\\.)*",?/, '!'),
        value,
      ]),
    );
  }

  /** What the catalogue keeps of the label sets. */
  found(): Found {
    const { engine } = this.provided.registry as unknown as Engined;
    return engine.catalogue.families()[0]!.openLabels;
  }

  names(): readonly string[] {
    return this.provided.registry.snapshot().families[0]!.descriptor.labelNames;
  }
}

function textOf(attributes: Attributes): string {
  const pairs = Object.entries(attributes).flat();
  return JSON.stringify(['counter', 'c', '', '', '', '', ...pairs]);
}

describe('the label names of a family with open labels', () => {
  it('grow with its series, at the end, and go with none', async test => {
    const opened = new Opened(test);
    opened.record({});
    assert.deepEqual(opened.names(), ['otel_attributes']);
    opened.record({ b: 1 });
    assert.deepEqual(opened.names(), ['otel_attributes', 'b']);
    opened.record({ a: 1, b: 2 });
    assert.deepEqual(opened.names(), ['otel_attributes', 'b', 'a']);
    opened.remove({ b: 1 });
    opened.remove({ a: 1, b: 2 });
    assert.deepEqual(opened.names(), ['otel_attributes', 'b', 'a']);
    assert.deepEqual(await opened.shown(), { '': 1 });
  });

  it('leave what was encoded before as it is', async test => {
    const opened = new Opened(test);
    opened.record({ m: 1 });
    assert.deepEqual(await opened.shown(), { '{m="1"}': 1 });
    for (const name of ['a', 'z', 'b']) {
      opened.record({ m: 1, [name]: 1 });
      opened.record({ m: 1 });
      const shown = await opened.shown();
      assert.equal(shown['{m="1"}'], 'mazb'.indexOf(name) + 1);
      assert.ok(Object.keys(shown).some(labels => labels.includes(`${name}="1"`)));
    }
  });
});

describe('series that would have one label set', () => {
  it('have their text beside it, from the second one on', async test => {
    const opened = new Opened(test);
    opened.record({ 'a.b': 1 });
    opened.record({ a_b: 1 }, 2);
    opened.record({ a_b: '1' }, 4);
    opened.record({ a_b: true }, 8);
    opened.record({ 'a-b': 1, c: '' }, 16);
    const values = await opened.shown();
    assert.equal(values['{a_b="1"}'], 1);
    assert.equal(values['{a_b="true"}'], 8);
    const texts = Object.keys(await opened.provided.scrape()).filter(name =>
      name.includes('otel_attributes'),
    );
    assert.equal(texts.length, 3);
    assert.equal(new Set(texts).size, 3);
  });

  it('are found also where their attributes stand in another order than their labels', async test => {
    const opened = new Opened(test);
    opened.record({ 'a.b': 1, a_a: 2 });
    opened.record({ a_a: 2, a_b: 1 }, 2);
    assert.deepEqual(Object.values(await opened.shown()), [1, 2]);
    assert.ok(Object.keys(await opened.shown()).some(labels => labels.startsWith('{!')));
  });

  it('stay as they are when the first one goes, and the next of its labels is the first', async test => {
    const opened = new Opened(test);
    opened.record({ 'a.b': 1 });
    opened.record({ a_b: 1 }, 2);
    assert.deepEqual(await opened.shown(), { '{a_b="1"}': 1, '{!a_b="1"}': 2 });
    opened.remove({ 'a.b': 1 });
    assert.deepEqual(await opened.shown(), { '{!a_b="1"}': 2 });
    opened.record({ 'a-b': 1 }, 4);
    assert.deepEqual(await opened.shown(), { '{!a_b="1"}': 2, '{a_b="1"}': 4 });
    opened.remove({ a_b: 1 });
    opened.record({ a_b: 1 }, 8);
    assert.deepEqual(await opened.shown(), { '{a_b="1"}': 4, '{!a_b="1"}': 8 });
  });

  it('are not those of one series that was removed and created again', async test => {
    const opened = new Opened(test);
    for (let i = 1; i <= 3; i++) {
      opened.record({ a: 1 }, i);
      assert.deepEqual(await opened.shown(), { '{a="1"}': i });
      opened.remove({ a: 1 });
      opened.record({ a: 1 }, 10 * i);
      assert.deepEqual(await opened.shown(), { '{a="1"}': 10 * i });
      opened.remove({ a: 1 });
    }
  });

  it('leave nothing behind once they are gone', async test => {
    const opened = new Opened(test);
    opened.record({ stays: 1 });
    for (let i = 0; i < 200; i++) {
      const series = [{ 'a.b': i }, { a_b: i }, { a_b: String(i) }];
      for (const attributes of series) opened.record(attributes);
      await opened.shown();
      for (const attributes of series) opened.remove(attributes);
    }
    await opened.shown();
    const { owners, clashing } = opened.found();
    assert.deepEqual([owners.size, clashing.size], [1, 0]);
  });

  it('mutant: to show them alike is caught', async test => {
    const opened = new Opened(test);
    const { entry } = OpenLabels.prototype;
    const alike = function (this: OpenLabels, ...given: Parameters<OpenLabels['entry']>) {
      (this as unknown as { clashing: Map<number, unknown> }).clashing.clear();
      return entry.apply(this, given);
    };
    OpenLabels.prototype.entry = alike;
    try {
      opened.record({ 'a.b': 1 });
      opened.record({ a_b: 1 }, 2);
      await withUncheckedRenderings('what a mutant renders is wrong', () =>
        assert.rejects(opened.shown(), /is there twice with the same labels/),
      );
    } finally {
      OpenLabels.prototype.entry = entry;
    }
  });

  it('mutant: to forget none of them is caught', async test => {
    const opened = new Opened(test);
    const { forget } = OpenLabels.prototype;
    OpenLabels.prototype.forget = () => undefined;
    try {
      for (let i = 0; i < 10; i++) {
        opened.record({ a: i });
        await opened.shown();
        opened.remove({ a: i });
      }
      assert.ok(opened.found().owners.size > 1);
    } finally {
      OpenLabels.prototype.forget = forget;
    }
  });
});
