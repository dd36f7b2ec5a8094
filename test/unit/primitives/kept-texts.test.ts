import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keptTexts } from '../../../src/primitives/kept-texts.js';

const TEXTS = [
  '',
  'x',
  '200',
  'a label value of some length',
  'another value of some length',
  '\ud800 is half of a character',
  '4294967296000',
  '1234567890123456',
  'hasOwnProperty',
  '__defineGetter__',
  'propertyIsEnumerable',
];

describe('kept texts', () => {
  it('equal those that were given, in any order and any number of times', () => {
    assert.deepEqual(keptTexts(TEXTS), TEXTS);
    for (const text of [...TEXTS, ...TEXTS.toReversed(), ...TEXTS])
      assert.deepEqual(keptTexts([text]), [text]);
  });

  it('leave the list that was given as it is', () => {
    const given = Object.freeze(['a label value of some length']);
    assert.notEqual(keptTexts(given), given);
  });
});
