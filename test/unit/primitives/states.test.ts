import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { ConfigurationError } from '../../../src/errors.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { FamilyDescription } from '../../../src/primitives/family-descriptor.js';
import { STATES_MAX, STATE_LENGTH_MAX, indexStates, stateIndexOf } from '../../../src/primitives/states.js';

function problemsOf(options: object): string {
  try {
    const given = { name: 'phase', help: 'P.', states: ['a', 'b'], ...options };
    describeFamily('stateset', given as FamilyDescription, 3);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.message;
  }
  return 'none';
}

describe('the states of a definition', () => {
  it('may be any different texts up to the limits', () => {
    const many = Array.from({ length: STATES_MAX }, (_, i) => `s${i}`);
    for (const states of [['a'], many, ['x'.repeat(STATE_LENGTH_MAX)], [' ', '"', '\n', '😀', '__proto__']])
      assert.equal(problemsOf({ states }), 'none');
  });

  it('are refused with every fault at once', () => {
    assert.equal(
      problemsOf({ states: ['', 5, 'a', 'a', '\ud800', 'x'.repeat(STATE_LENGTH_MAX + 1)], unit: 'seconds' }),
      `phase: unit seconds is given; type stateset has none, leave it out; ` +
        `state '' is no text of 1..256 characters that UTF-8 can encode; ` +
        `state 5 is no text of 1..256 characters that UTF-8 can encode; state 'a' is given twice; ` +
        `state ${inspect('\ud800')} is no text of 1..256 characters that UTF-8 can encode; ` +
        `state '${'x'.repeat(STATE_LENGTH_MAX + 1)}' is no text of 1..256 characters that UTF-8 can encode`,
    );
    assert.equal(problemsOf({ states: [] }), 'phase: there are 0 states; there must be 1..100');
    const many = Array.from({ length: STATES_MAX + 1 }, (_, i) => `s${i}`);
    assert.equal(problemsOf({ states: many }), 'phase: there are 101 states; there must be 1..100');
    for (const states of [undefined, null, 'abc', { 0: 'a' }])
      assert.match(problemsOf({ states }), /^phase: states is .+; it must be an array of names/);
  });

  it('have an initial one that is one of them', () => {
    assert.equal(problemsOf({ initial: 'b' }), 'none');
    assert.equal(problemsOf({ initial: 'c' }), `phase: initial is 'c'; it must be one of a, b`);
  });

  it('need a name that can be their label, and that no own label has', () => {
    assert.equal(
      problemsOf({ labelNames: ['phase'] }),
      'phase: label phase is what the states are named by; rename the label',
    );
    for (const name of ['a:b', '__x', 'otel_metric_overflow']) {
      assert.match(
        problemsOf({ name }),
        new RegExp(
          `^${name}: ${name} becomes the label of the states, and is no label name that is free: .*; rename it$`,
        ),
      );
    }
  });
});

describe('a state', () => {
  const indexes = indexStates(['a', 'b', '__proto__']);

  it('is found by its name', () => {
    assert.deepEqual(
      ['b', 'a', '__proto__'].map(state => stateIndexOf('phase', indexes, state)),
      [1, 0, 2],
    );
  });

  it('that is none is named, with those that are', () => {
    for (const [state, text] of [
      ['c', `'c'`],
      [undefined, 'undefined'],
      [0, '0'],
      ['toString', `'toString'`],
    ]) {
      assert.throws(() => stateIndexOf('phase', indexes, state), {
        name: 'Error',
        message: `phase has no state ${text}; its states are a, b, __proto__`,
      });
    }
  });
});
