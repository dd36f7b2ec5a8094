import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseCoding } from '../../../src/server/content-coding.js';
import type { ContentCoding } from '../../../src/server/content-coding.js';

const BOTH: readonly ContentCoding[] = ['gzip', 'zstd'];

const CASES: readonly [acceptEncoding: string, chosen: string][] = [
  // What is really sent: by Prometheus and the others that scrape, by browsers, by Node.js, by curl.
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, deflate', 'gzip'],
  ['br, gzip, deflate', 'gzip'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['deflate, gzip;q=1.0, *;q=0.5', 'gzip'],
  // Weights.
  ['gzip;q=0.5, zstd;q=0.4', 'gzip'],
  ['gzip;q=0.5, identity', 'identity'],
  ['gzip;q=0.5, identity;q=0.5', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=0, zstd;q=0', 'identity'],
  ['gzip;q=0.001', 'gzip'],
  // A star speaks of what is not named, and not of zstd.
  ['*', 'gzip'],
  ['*;q=0', 'identity'],
  ['gzip;q=0, *', 'identity'],
  ['zstd;q=0.1, *;q=0', 'zstd forced'],
  ['gzip, *;q=0', 'gzip forced'],
  // The bytes as they are, refused.
  ['identity;q=0', 'identity'],
  ['gzip, identity;q=0', 'gzip forced'],
  ['*, identity;q=0', 'gzip forced'],
  ['identity;q=0, br', 'identity'],
  // Spelling.
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['x-gzip;q=0.1, gzip;q=0.2, identity;q=0.15', 'gzip'],
  [' gzip ; q=1.0 ', 'gzip'],
  ['gzip;q=nonsense', 'identity'],
  [';,;"', 'identity'],
];

describe('the content coding', () => {
  for (const [field, expected] of CASES) {
    it(`is ${expected} for ${JSON.stringify(field)}`, () => {
      const { coding, isForced } = chooseCoding(field, BOTH);
      assert.equal(isForced ? `${coding} forced` : coding, expected);
    });
  }

  it('is one that is available', () => {
    assert.equal(chooseCoding('gzip, zstd', ['gzip']).coding, 'gzip');
    assert.equal(chooseCoding('gzip, zstd', []).coding, 'identity');
    assert.equal(chooseCoding('gzip, identity;q=0', []).coding, 'identity');
  });

  it('is one object for all that want the same', () =>
    assert.equal(chooseCoding('gzip', BOTH), chooseCoding('deflate, x-gzip', BOTH)));
});
