import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { FamilyDescription, FamilyType } from '../../../src/primitives/family-descriptor.js';
import type { NameValidationScheme } from '../../../src/primitives/name-rules.js';

/** What a definition is refused with; `none` when it is not. */
function refusal(
  options: Partial<FamilyDescription>,
  scheme: NameValidationScheme = 'utf8',
  type: FamilyType = 'counter',
): string {
  try {
    describeFamily(type, { name: 'm', help: 'M.', ...options } as FamilyDescription, 5, scheme);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

const TEXTS = [
  'http.server.duration',
  '日本語',
  '😀',
  ' ',
  '"',
  '\\',
  '\n',
  '\0',
  '{',
  '0',
  'a b',
  ':',
  'é\u0301',
];

describe('names of the scheme utf8', () => {
  for (const text of TEXTS) {
    it(`are ${JSON.stringify(text)}, which the scheme legacy refuses and says why`, () => {
      assert.equal(refusal({ name: text }), 'none');
      assert.equal(refusal({ labelNames: [text] }), 'none');
      const hint =
        /it must match \S+ and be at most 1000 long, or nameValidationScheme of the registry be utf8$/;
      if (text !== ':') assert.match(refusal({ name: text }, 'legacy'), hint);
      assert.match(refusal({ labelNames: [text] }, 'legacy'), hint);
    });
  }

  it('are no text that UTF-8 cannot encode, and nothing else than text', () => {
    for (const name of ['\ud800', 'a\udc00', 5, {}, ['a']] as unknown as string[]) {
      assert.match(
        refusal({ name }),
        /^Invalid metric name: .*; it must be text, not empty and without lone surrogates$/,
      );
      assert.match(
        refusal({ labelNames: [name] }),
        /^Invalid label name: .* of m; it must be text, not empty and without lone surrogates$/,
      );
    }
    assert.match(refusal({ labelNames: [''] }), /^Invalid label name: {2}of m; it must be text/);
  });

  it('have at most 1,000 UTF-16 units, and an error has the length and not all of them', () => {
    for (const scheme of ['utf8', 'legacy'] as const) {
      const [longest, tooLong] = ['x'.repeat(1_000), 'x'.repeat(100_000)];
      assert.equal(refusal({ name: longest, labelNames: [longest] }, scheme), 'none');
      for (const message of [
        refusal({ name: tooLong }, scheme),
        refusal({ labelNames: [tooLong] }, scheme),
      ]) {
        assert.match(message, /; it has 100000 UTF-16 units, it must have at most 1000$/);
        assert.ok(message.length < 300, message);
      }
    }
    assert.equal(refusal({ name: '日'.repeat(1_000) }), 'none');
  });
});

describe('label names', () => {
  it('that begin with __ are refused in both schemes', () => {
    for (const scheme of ['utf8', 'legacy'] as const) {
      assert.equal(
        refusal({ labelNames: ['__a'] }, scheme),
        'Invalid label name: __a of m; names that start with __ are reserved for Prometheus',
      );
    }
  });

  it('that an escaping makes one are refused, with the escaping and what they become', () => {
    assert.equal(
      refusal({ labelNames: ['a.b', 'a_b'] }),
      "Invalid label name: of m, 'a.b' and 'a_b' both become 'a_b' with the escaping underscores; rename one of them",
    );
    assert.equal(
      refusal({ labelNames: ['a__x', 'a_dot_x', 'a-é', 'a_é'] }),
      "Invalid label name: of m, 'a-é' and 'a_é' both become 'a__' with the escaping underscores; rename one of them",
    );
    assert.equal(
      refusal({ labelNames: ['a\u00e9b', 'a-c', 'a', 'aéb'.normalize('NFD')] }),
      'none',
      'they stay different',
    );
    assert.match(refusal({ labelNames: ['日', '月'] }), /'日' and '月' both become '_'/);
  });

  it('that an escaping makes a label which samples have are refused, also in the scheme legacy', () => {
    assert.equal(
      refusal({ labelNames: ['otel.metric.overflow'] }),
      "Invalid label name: of m, 'otel.metric.overflow' becomes 'otel_metric_overflow' with the escaping underscores, " +
        'which samples have by themselves; rename it',
    );
    for (const scheme of ['utf8', 'legacy'] as const) {
      assert.match(
        refusal({ labelNames: ['_name_'] }, scheme),
        /'_name_' becomes '__name__' with the escaping dots, which samples have by themselves/,
      );
    }
    assert.match(refusal({ labelNames: ['..name..'] }), /becomes '__name__' with the escaping underscores/);
  });
});

describe('the name of a state set', () => {
  const STATES = ['on', 'off'];
  const refusalOf = (name: string, labelNames: string[] = []): string =>
    refusal({ name, labelNames, states: STATES }, 'utf8', 'stateset');

  it('is any text that is a label name with every escaping', () => {
    for (const name of ['a.b', '日本', 'a b']) assert.equal(refusalOf(name, ['c.d']), 'none');
    for (const name of ['a:b', '__a', 'otel.metric.overflow', '..name..'])
      assert.match(refusalOf(name), /becomes the label of the states, and is no label name that is free/);
  });

  it('becomes no other label with any escaping', () => {
    assert.equal(
      refusalOf('a.b', ['a_b']),
      "a.b: a.b becomes the label of the states, and is no label name that is free: 'a.b' and 'a_b' both become 'a_b' with the escaping underscores; " +
        'rename one of them',
    );
  });
});
