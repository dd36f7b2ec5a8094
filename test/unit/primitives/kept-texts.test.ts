import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepTexts } from '../../../src/primitives/kept-texts.js';

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

function kept(...texts: string[]): string[] {
  keepTexts(texts);
  return texts;
}

describe('kept texts', () => {
  it('equal those that were given, in any order and any number of times', () => {
    assert.deepEqual(kept(...TEXTS), TEXTS);
    for (const text of [...TEXTS, ...TEXTS.toReversed(), ...TEXTS]) assert.deepEqual(kept(text), [text]);
  });
});
