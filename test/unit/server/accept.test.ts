import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prefersPlainText } from '../../../src/server/accept.js';

const PLAIN = [
  'text/plain',
  'TEXT/Plain',
  'text/*',
  'text/plain, */*;q=0.1',
  'text/plain;version=0.0.4;q=1,*/*;q=0.1',
  'application/json;q=0.5, text/plain;q=0.6',
  'application/*;q=0.2, text/plain ; q=0.3',
  'application/json;q=0, */*',
];

const JSON_WANTED = [
  '',
  '*/*',
  'application/json',
  'text/plain, application/json',
  'text/plain;q=0.5, */*',
  'text/plain;q=0, text/*',
  'text/plain;q=nonsense, */*;q=0.1',
  'text/plain;q=7, */*;q=0.1',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'image/png',
  ',,;;q=,/',
];

describe('an Accept header', () => {
  for (const accept of PLAIN) {
    it(`asks for plain text with ${JSON.stringify(accept)}`, () =>
      assert.equal(prefersPlainText(accept), true));
  }
  for (const accept of JSON_WANTED) {
    it(`gets JSON with ${JSON.stringify(accept)}`, () => assert.equal(prefersPlainText(accept), false));
  }
});
