import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printAddress } from '../../../workers/address-line.js';

const URL_SHOWN = 'http://127.0.0.1:9464/metrics';

/** What is printed where, by whether each of the two is a terminal. */
function printed(isTTY: { readonly stdout: boolean; readonly stderr: boolean }): [string, string] {
  let [out, err] = ['', ''];
  printAddress(
    URL_SHOWN,
    { isTTY: isTTY.stdout, write: text => (out += text) },
    { isTTY: isTTY.stderr, write: text => (err += text) },
  );
  return [out, err];
}

describe('the address of the metrics', () => {
  const told = `listening on ${URL_SHOWN}\n`;

  it('is the only line on stdout, for a script that reads it', () => {
    for (const stderr of [false, true])
      assert.deepEqual(printed({ stdout: false, stderr }), [`${URL_SHOWN}\n`, told]);
    assert.deepEqual(printed({ stdout: true, stderr: false }), [`${URL_SHOWN}\n`, told]);
  });

  it('is printed once on a terminal', () => {
    assert.deepEqual(printed({ stdout: true, stderr: true }), ['', told]);
  });
});
