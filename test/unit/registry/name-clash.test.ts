import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefinitionConflictError, Registry } from '../../../src/index.js';
import { PlayedThread } from './played-thread.js';

const INFO = { name: 'build', help: 'B.', labelNames: ['v'] };

function refusal(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof DefinitionConflictError, String(error));
    return error.message;
  }
  return 'none';
}

describe('the sample of an info', () => {
  it('has the name of no other family, whichever thread defined that', test => {
    const registry = new Registry();
    new PlayedThread(test, registry.share(), 901).define('gauge', { name: 'build_info', help: 'G.' });
    assert.equal(
      refusal(() => registry.info(INFO)),
      'cannot define build: the info build shows a sample build_info, which is the name of the gauge build_info; rename one of them',
    );
    assert.equal(registry.cardinality().families, 1);
    registry.removeSingleMetric('build_info');
    assert.equal(registry.info(INFO).name, 'build');
  });

  it('keeps its name free', () => {
    const registry = new Registry();
    registry.info(INFO);
    const messageFor = (type: string): string =>
      `cannot define build_info: the info build shows a sample build_info, which is the name of this ${type}; rename one of them`;
    assert.equal(
      refusal(() => registry.gauge({ name: 'build_info', help: 'G.' })),
      messageFor('gauge'),
    );
    assert.equal(
      refusal(() => registry.info({ ...INFO, name: 'build_info_info' })),
      messageFor('info'),
    );
    assert.match(
      refusal(() => registry.gauge({ name: 'build', help: 'G.' })),
      /type is "info", this definition has "gauge"/,
    );
    assert.equal(registry.cardinality().families, 1);
    registry.clear();
    assert.equal(registry.gauge({ name: 'build_info', help: 'G.' }).name, 'build_info');
  });

  it('leaves names alone that only look alike', () => {
    const registry = new Registry();
    registry.gauge({ name: 'other', help: 'G.' });
    for (const name of ['other_info', '_info', 'info', 'x_info']) registry.gauge({ name, help: 'G.' });
    registry.info(INFO);
    registry.counter({ name: 'build_information_total', help: 'C.' });
    assert.equal(registry.cardinality().families, 7);
  });
});

describe('samples of other names than the family', () => {
  const TYPES = ['counter', 'gauge', 'histogram', 'summary'] as const;
  const CLASHES: readonly (readonly [(typeof TYPES)[number], string, (typeof TYPES)[number], string])[] = [
    ['histogram', 'h', 'counter', 'h_count'],
    ['histogram', 'h', 'gauge', 'h_bucket'],
    ['histogram', 'h', 'summary', 'h_sum'],
    ['summary', 's', 'gauge', 's_count'],
    ['summary', 's', 'gauge', 's_created'],
    ['counter', 'c', 'counter', 'c_total'],
    ['counter', 'c_total', 'gauge', 'c_created'],
    ['counter', 'c', 'gauge', 'c_created'],
    ['counter', 'c_total', 'gauge', 'c'],
    ['counter', 'c_total', 'histogram', 'c'],
  ];
  for (const [type, name, otherType, otherName] of CLASHES) {
    for (const isReversed of [false, true]) {
      it(`are no other family's: ${type} ${name} and ${otherType} ${otherName}${isReversed ? ', reversed' : ''}`, () => {
        const registry = new Registry();
        const definitions = [
          () => registry[type]({ name, help: 'x' }),
          () => registry[otherType]({ name: otherName, help: 'x' }),
        ];
        if (isReversed) definitions.reverse();
        definitions[0]!();
        assert.match(
          refusal(definitions[1]!),
          /^cannot define \w+: the \w+ \w+ (?:shows a sample|is in OpenMetrics called) \w+, which is the name of /,
        );
        assert.equal(registry.cardinality().families, 1);
      });
    }
  }

  it('may look like those of types that do not have them', () => {
    const registry = new Registry();
    for (const suffix of ['', '_sum', '_count', '_bucket', '_created', '_total'])
      registry.gauge({ name: `g${suffix}`, help: 'x' });
    registry.summary({ name: 's', help: 'x' });
    registry.gauge({ name: 's_bucket', help: 'x' });
    assert.equal(registry.cardinality().families, 8);
  });
});

describe('what OpenMetrics calls a counter', () => {
  it('is no name of another family, because both would be one there', () => {
    const registry = new Registry();
    registry.counter({ name: 'jobs_total', help: 'J.' });
    assert.equal(
      refusal(() => registry.gauge({ name: 'jobs', help: 'J.' })),
      'cannot define jobs: the counter jobs_total is in OpenMetrics called jobs, which is the name of this gauge; rename one of them',
    );
    registry.info(INFO);
    assert.equal(
      refusal(() => registry.counter({ name: 'build_info_total', help: 'B.' })),
      'cannot define build_info_total: the info build shows a sample build_info, which is the OpenMetrics name of this counter; rename one of them',
    );
    registry.gauge({ name: 'depth', help: 'D.' });
    registry.gauge({ name: 'depth_total', help: 'A gauge has no suffix in any format.' });
  });
});

describe('in a registry of UTF-8 names', () => {
  const UTF8 = { nameValidationScheme: 'utf8' } as const;
  const help = 'x';

  it('two that an escaping makes one are refused, whichever thread defined the first', test => {
    const registry = new Registry(UTF8);
    new PlayedThread(test, registry.share(), 901).define('gauge', { name: 'a.b', help });
    assert.equal(
      refusal(() => registry.gauge({ name: 'a_b', help })),
      'cannot define a_b: with the escaping underscores the gauge a.b is called a_b, which is the name of this gauge; rename one of them',
    );
    assert.match(
      refusal(() => registry.counter({ name: 'a b_total', help })),
      /the counter a b_total is in OpenMetrics called a_b, which is the name of the gauge a\.b;/,
    );
    registry.gauge({ name: 'A.b', help });
    assert.equal(registry.cardinality().families, 2);
    registry.removeSingleMetric('a.b');
    registry.removeSingleMetric('A.b');
    assert.equal(registry.gauge({ name: 'a_b', help }).name, 'a_b');
  });

  it('a name that an escaping makes the sample of another family is refused, in both orders', () => {
    const CASES = [
      [{ type: 'histogram', name: 'a_b' }, { type: 'gauge', name: 'a.b_count' }, /a sample a_b_count/],
      [{ type: 'summary', name: 'a.b' }, { type: 'counter', name: 'a_b_sum' }, /a sample a_b_sum/],
      [{ type: 'counter', name: 'a.total' }, { type: 'gauge', name: 'a' }, /OpenMetrics called a,/],
      [{ type: 'histogram', name: '日' }, { type: 'gauge', name: '月.count' }, /a sample __count/],
      [
        { type: 'gauge', name: 'a.b' },
        { type: 'gauge', name: 'a-b' },
        /called a_b, which is the name of this gauge/,
      ],
    ] as const;
    for (const [first, second, message] of CASES) {
      for (const [one, other] of [
        [first, second],
        [second, first],
      ] as const) {
        const registry = new Registry(UTF8);
        registry[one.type]({ name: one.name, help });
        const what = JSON.stringify([one, other]);
        assert.match(
          refusal(() => registry[other.type]({ name: other.name, help })),
          message,
          what,
        );
        assert.equal(registry.cardinality().families, 1, what);
      }
    }
  });

  it('the same definition in another thread is the same family', test => {
    const registry = new Registry(UTF8);
    const other = new PlayedThread(test, registry.share(), 901);
    registry.counter({ name: 'a.b', help }).inc(2);
    other.counter({ name: 'a.b', help }).inc(3);
    assert.equal(registry.counter({ name: 'a.b', help }).value(), 5);
  });
});
