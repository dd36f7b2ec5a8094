import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import { COMPRESSORS } from '../../../src/server/compression.js';
import { decode, HAS_ZSTD } from '../../integration/server-codings.js';

const TEXT = Buffer.from('http_requests_total{route="/api/v1/items",status="200"} 12345\n'.repeat(50_000));

const BODIES: Readonly<Record<string, Uint8Array>> = {
  'of nothing': new Uint8Array(0),
  'of a few bytes': Buffer.from('up 1\n'),
  'of megabytes': TEXT,
  'that is a part of a larger buffer': TEXT.subarray(1_000, 50_000),
  'that does not compress': Buffer.from(
    Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24),
  ),
  'in shared memory': new Uint8Array(new SharedArrayBuffer(100_000)).fill(65),
};

describe('compression', () => {
  it('is there for gzip, and for zstd where Node.js has it', () => {
    assert.deepEqual([...COMPRESSORS.keys()], HAS_ZSTD ? ['gzip', 'zstd'] : ['gzip']);
    assert.equal(HAS_ZSTD, 'zstdCompress' in zlib);
  });

  for (const [coding, compress] of COMPRESSORS) {
    for (const [title, body] of Object.entries(BODIES)) {
      it(`by ${coding} of a body ${title} can be undone`, async () =>
        assert.ok(Buffer.from(body).equals(decode(coding, await compress(body)))));
    }

    it(`by ${coding} keeps no more memory than its result has`, async () => {
      const coded = await compress(TEXT);
      assert.ok(coded.length < TEXT.length / 20);
      assert.equal(coded.buffer.byteLength, coded.length);
    });

    it(`by ${coding} goes on while this thread does something else`, async () => {
      let isDone = false;
      const coded = compress(TEXT).then(() => (isDone = true));
      // It takes turns of the loop, and this turn is not over.
      await Promise.resolve();
      assert.equal(isDone, false);
      await coded;
    });
  }
});
