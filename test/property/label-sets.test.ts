import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { RecordKey, decodeSeriesValues } from '../../src/memory/record-key.js';
import { parseExposition } from '../../src/testing/index.js';
import { asEncoded, hostileText } from './arbitraries.js';

function keyOf(values: readonly string[]): RecordKey {
  const key = new RecordKey(10_000, 1);
  key.startSeries(1 as SlotIndex, 2);
  for (const value of values) key.appendValue(value);
  return key;
}

function sortedTuples(tuples: Iterable<readonly string[]>): string[] {
  return [...tuples].map(tuple => JSON.stringify(tuple)).sort();
}

describe('the key of a label set', () => {
  it('is that of no other label set of as many labels', () => {
    const pairs = fc.integer({ min: 1, max: 4 }).chain(length => {
      const tuple = fc.array(hostileText(), { minLength: length, maxLength: length });
      return fc.tuple(tuple, tuple);
    });
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const isSame = a.every((value, i) => asEncoded(value) === asEncoded(b[i]!));
        const [keyA, keyB] = [keyOf(a), keyOf(b)];
        assert.equal(keyA.equalsAt(keyB.bytes, 0, keyB.length), isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the values back', () => {
    fc.assert(
      fc.property(fc.array(hostileText(), { maxLength: 6 }), values => {
        const key = keyOf(values);
        const decoded = decodeSeriesValues(Buffer.from(key.bytes), 0, key.length);
        assert.deepEqual(decoded, values.map(asEncoded));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('label sets', () => {
  const LABEL_NAMES = ['a', 'b', 'constructor'] as const;
  const tuple = fc.tuple(hostileText(), hostileText(), hostileText());

  it('are series of their own, by object and by list, and read back from the exposition as they were', () => {
    fc.assert(
      fc.property(fc.array(tuple, { minLength: 1, maxLength: 30 }), tuples => {
        const registry = new Registry({ seriesMax: 100, familiesMax: 5, threadsMax: 1 });
        try {
          const counter = registry.counter({ name: 'c', help: 'C.', labelNames: LABEL_NAMES });
          const expected = new Map<string, number>();
          tuples.forEach((values, i) => {
            const [a, b, constructor] = values;
            if (i % 2 === 0) counter.inc({ a, b, constructor });
            else counter.labels(...values).inc();
            const key = JSON.stringify(values.map(asEncoded));
            expected.set(key, (expected.get(key) ?? 0) + 1);
          });
          const { samples } = parseExposition(Buffer.from(registry.renderNow()).toString())[0]!;
          const found = samples.map(
            ({ labels, value }) =>
              [
                JSON.stringify(LABEL_NAMES.map(name => (Object.hasOwn(labels, name) ? labels[name] : ''))),
                value,
              ] as const,
          );
          assert.deepEqual(
            sortedTuples(found.map(([key, value]) => [key, String(value)])),
            sortedTuples([...expected].map(([key, value]) => [key, String(value)])),
          );
        } finally {
          registry.close();
        }
      }),
    );
  });
});

describe('an exposition', () => {
  it('reads back as it was recorded: help, types, labels and values of every type', () => {
    const series = fc.uniqueArray(fc.tuple(hostileText(), fc.integer({ min: 0, max: 2 ** 33 })), {
      maxLength: 10,
      selector: ([text]) => asEncoded(text),
    });
    fc.assert(
      fc.property(
        hostileText().filter(help => help !== ''),
        series,
        (help, recorded) => {
          const registry = new Registry({ seriesMax: 100, familiesMax: 5, threadsMax: 1 });
          try {
            const counter = registry.counter({ name: 'c', help, labelNames: ['l'] });
            const gauge = registry.gauge({ name: 'g', help, labelNames: ['l'] });
            const histogram = registry.histogram({ name: 'h', help, labelNames: ['l'], buckets: [100] });
            for (const [l, value] of recorded) {
              counter.inc({ l }, value);
              gauge.set({ l }, -value);
              histogram.observe({ l }, value);
            }
            const parsed = parseExposition(Buffer.from(registry.renderNow()).toString());
            assert.deepEqual(
              parsed.map(family => [family.name, family.type, family.help]),
              [
                ['c', 'counter', asEncoded(help)],
                ['g', 'gauge', asEncoded(help)],
                ['h', 'histogram', asEncoded(help)],
              ],
            );
            const labelsOf = (text: string): object => (text === '' ? {} : { l: asEncoded(text) });
            const expectedOf = (name: string, sign: number): object[] =>
              recorded.map(([text, value]) => ({ name, labels: labelsOf(text), value: sign * value || 0 }));
            assert.deepEqual(parsed[0]!.samples, expectedOf('c', 1));
            assert.deepEqual(parsed[1]!.samples, expectedOf('g', -1));
            assert.deepEqual(
              parsed[2]!.samples.filter(sample => sample.name === 'h_sum'),
              expectedOf('h_sum', 1),
            );
          } finally {
            registry.close();
          }
        },
      ),
    );
  });
});
