import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseWeightedList } from '../../../src/exposition/weighted-list.js';

function shown(field: string): unknown[] {
  return parseWeightedList(field).map(({ value, parameters, quality }) => [
    value,
    Object.fromEntries(parameters),
    quality,
  ]);
}

describe('a weighted list', () => {
  it('has members in their order, with parameters and a weight, which is 1 by default', () => {
    assert.deepEqual(shown('a/b;version=1;q=0.5, gzip, *'), [
      ['a/b', { version: '1' }, 0.5],
      ['gzip', {}, 1],
      ['*', {}, 1],
    ]);
  });

  it('takes white space, empty members and empty parameters wherever they stand', () => {
    assert.deepEqual(shown(' ,\ta/b ;; x = 1 ;\tq = 0.5; ,, c ,'), [
      ['a/b', { x: '1' }, 0.5],
      ['c', {}, 1],
    ]);
  });

  it('takes names in any case, and leaves the values of parameters as they are', () => {
    assert.deepEqual(shown('A/B;Version=One;Q=0.5'), [['a/b', { version: 'One' }, 0.5]]);
  });

  it('takes quoted values, with separators and escaped characters in them', () => {
    assert.deepEqual(shown('a/b;x="1, 2; \\"3\\" \\\\";q="0.5", c'), [
      ['a/b', { x: '1, 2; "3" \\' }, 0.5],
      ['c', {}, 1],
    ]);
  });

  it('takes the weight wherever it stands, and the first parameter of a name', () => {
    assert.deepEqual(shown('a/b;q=0.1;x=1;q=0.9;x=2'), [['a/b', { x: '1' }, 0.1]]);
  });

  for (const [text, quality] of [
    ['0', 0],
    ['0.', 0],
    ['0.000', 0],
    ['1', 1],
    ['1.000', 1],
    ['.2', 0.2],
    ['0.12345', 0.12345],
  ] as const) {
    it(`reads the weight ${text}`, () => assert.deepEqual(shown(`a;q=${text}`), [['a', {}, quality]]));
  }

  for (const member of [
    'a;q=',
    'a;q',
    'a;q=1.1',
    'a;q=-1',
    'a;q=x',
    'a;q=1e0',
    'a;q=0x1',
    'a;q=Infinity',
    'a;q=.',
    'a;x="open',
    'a;x=a b',
    'a;x="1"2',
    'a;=1',
    'a b',
    'a/b/c',
    '/b',
    'a/',
    'a"b',
    'ä',
    '\0',
  ]) {
    it(`lets ${JSON.stringify(member)} say nothing, and the others count`, () =>
      assert.deepEqual(shown(`b, ${member}`), [['b', {}, 1]]));
  }

  it('is read in one pass, whatever stands in it', () => {
    for (const text of ['"', '\\', '"\\', ',', ';', '=', ';q=', 'a;b="', ' ', 'a/', '*,']) {
      assert.ok(parseWeightedList(text.repeat(200_000)).length <= 200_000, text);
    }
  });
});
