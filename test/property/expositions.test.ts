/** Expositions compared by their meaning: any spelling of the same is equal, any change of it is not. */
import assert from 'node:assert/strict';
import { AssertionError } from 'node:assert';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assertExposition, parseExposition } from '../../src/testing/index.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

interface Sample {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
}

const LABEL_NAMES = ['a', 'b', 'constructor', '__proto__', 'le'];

const samples: fc.Arbitrary<Sample[]> = fc.uniqueArray(
  fc.record({
    labels: fc
      .uniqueArray(fc.constantFrom(...LABEL_NAMES), { maxLength: 4 })
      .chain(names => fc.tuple(...names.map(name => fc.tuple(fc.constant(name), hostileText())))),
    value: anyDouble(),
  }),
  { minLength: 1, maxLength: 12, selector: ({ labels }) => JSON.stringify(byName(labels)) },
);

/** What tells label sets apart. */
function byName(labels: Sample['labels']): (readonly [string, string])[] {
  return labels
    .map(([name, value]) => [name, asEncoded(value)] as const)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function escaped(text: string): string {
  return asEncoded(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function lineOf({ labels, value }: Sample, blank: string): string {
  const pairs = labels.map(([name, text]) => `${name}${blank}=${blank}"${escaped(text)}"`);
  return `${blank}g${blank}{${pairs.join(`${blank},${blank}`)}}${blank} ${value}`;
}

function textOf(all: readonly Sample[], blank = ''): string {
  return `# TYPE g gauge\n${all.map(sample => `${lineOf(sample, blank)}\n`).join('')}`;
}

describe('two expositions', () => {
  it('are equal in any order and spelling of their samples and labels', async () => {
    const pair = samples.chain(all =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.constantFrom('', ' ', '\t '),
      ),
    );
    await fc.assert(
      fc.asyncProperty(pair, async ([all, shuffled, blank]) => {
        const turned = shuffled.map(sample => ({ ...sample, labels: sample.labels.toReversed() }));
        await assertExposition(textOf(turned, blank), textOf(all));
      }),
      { numRuns: 500 },
    );
  });

  it('are not equal when one value is another number, or one sample is missing', async () => {
    const changes = samples.chain(all => fc.tuple(fc.constant(all), fc.nat(all.length - 1), anyDouble()));
    await fc.assert(
      fc.asyncProperty(changes, async ([all, at, value]) => {
        const text = textOf(all);
        const isSame = Object.is(value + 0, all[at]!.value + 0);
        const other = all.map((sample, i) => (i === at ? { ...sample, value } : sample));
        if (!isSame) await assert.rejects(assertExposition(textOf(other), text), AssertionError);
        const fewer = all.filter((_, i) => i !== at);
        await assert.rejects(assertExposition(textOf(fewer), text), AssertionError);
        await assert.rejects(assertExposition(text, textOf(fewer)), AssertionError);
      }),
      { numRuns: 500 },
    );
  });

  it('read back as they were written', () => {
    fc.assert(
      fc.property(samples, all => {
        const [family] = parseExposition(textOf(all));
        assert.deepEqual(
          family!.samples.map(({ labels, value }) => [Object.entries(labels), value]),
          all.map(({ labels, value }) => [labels.map(([name, text]) => [name, asEncoded(text)]), value + 0]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('are refused or read, whatever the text is, and never read for ever', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText(), fc.string({ unit: 'binary' })), text => {
        try {
          parseExposition(`${text}\n`);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_EXPOSITION_SYNTAX');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
