import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverUrl } from '../../../src/server/server-url.js';

const CASES: readonly [string, string][] = [
  ['127.0.0.1', 'http://127.0.0.1:9464'],
  ['localhost', 'http://localhost:9464'],
  ['0.0.0.0', 'http://127.0.0.1:9464'],
  ['::1', 'http://[::1]:9464'],
  ['::', 'http://[::1]:9464'],
  ['fe80::1%eth0', 'http://[fe80::1%25eth0]:9464'],
];

describe('the url of a server', () => {
  for (const [host, url] of CASES) {
    it(`is ${url} for the host ${host}`, () => assert.equal(serverUrl(host, 9464), url));
  }
});
