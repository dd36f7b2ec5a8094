import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefinitionPool } from '../../../src/cluster/definition-pool.js';
import { SNAPSHOT_FORMAT } from '../../../src/cluster/snapshot-version.js';
import { checksumOf, decodeSnapshot, encodeSnapshot } from '../../../src/cluster/snapshot-format.js';
import { Registry, SnapshotFormatError } from '../../../src/index.js';
import { ByteWriter } from '../../../src/cluster/byte-writer.js';
import { partsOf } from './processes.js';

const HEAD_BYTES = 13;

function refusalOf(bytes: Uint8Array): string {
  try {
    decodeSnapshot(bytes, new DefinitionPool());
  } catch (error) {
    assert.ok(error instanceof SnapshotFormatError, String(error));
    assert.equal(error.code, 'ERR_SNAPSHOT_FORMAT');
    return error.message;
  }
  return '';
}

/** A body with a head that fits it. */
function withHead(body: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.raw(encodeSnapshot([]).subarray(0, 5));
  out.word(body.length);
  out.word(checksumOf(body));
  out.raw(body);
  return out.written().slice();
}

function bodyWith(write: (body: ByteWriter) => void): Uint8Array {
  const body = new ByteWriter();
  write(body);
  return withHead(body.written().slice());
}

describe('a snapshot of another format', () => {
  it('is refused, and both formats are named', () => {
    const bytes = encodeSnapshot([]);
    bytes[4] = SNAPSHOT_FORMAT + 1;
    const refusal = refusalOf(bytes);
    assert.match(
      refusal,
      new RegExp(`has format ${SNAPSHOT_FORMAT + 1}, this process reads format ${SNAPSHOT_FORMAT};`),
    );
    assert.match(refusal, /run one version of threadtally/);
  });
});

describe('bytes that are no snapshot', () => {
  const CASES: readonly [string, Uint8Array, RegExp][] = [
    ['none', new Uint8Array(0), /these 0 bytes are no snapshot: the head alone has 13/],
    ['other bytes', new Uint8Array(20).fill(65), /do not start as one does/],
    ['a body that is cut', encodeSnapshot([]).subarray(0, HEAD_BYTES), /their body has 0, and 1 by its head/],
    [
      'more families than bytes',
      bodyWith(body => body.lengthOf(2 ** 40)),
      /1099511627776 items are announced/,
    ],
    ['a length without end', bodyWith(body => body.raw(new Uint8Array(9).fill(0xff))), /more than 8 bytes/],
    [
      'a definition that is no JSON',
      bodyWith(body => {
        body.lengthOf(1);
        body.text('{');
        body.lengthOf(0);
      }),
      /a definition is none/,
    ],
    [
      'a definition that lacks most',
      bodyWith(body => {
        body.lengthOf(1);
        body.text('{"type":"counter"}');
      }),
      /a definition is none/,
    ],
    [
      'a text that is no UTF-8',
      bodyWith(body => {
        body.lengthOf(1);
        body.lengthOf(1);
        body.byte(0xff);
      }),
      /a text is no UTF-8/,
    ],
    [
      'bytes behind the end',
      bodyWith(body => {
        body.lengthOf(0);
        body.byte(0);
      }),
      /1 bytes follow its end/,
    ],
  ];
  for (const [name, bytes, expected] of CASES) {
    it(`are refused with the reason: ${name}`, () => assert.match(refusalOf(bytes), expected));
  }

  it('are found by their checksum when one bit of them was lost', () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.' }).inc(5);
    const bytes = encodeSnapshot(partsOf(registry));
    registry.close();
    bytes[bytes.length - 1]! ^= 1;
    assert.match(refusalOf(bytes), /do not have the checksum/);
  });
});

describe('definitions of a snapshot', () => {
  it('are the same objects in the next one', () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.' }).inc();
    const bytes = encodeSnapshot(partsOf(registry));
    registry.close();
    const pool = new DefinitionPool();
    const [first, second] = [decodeSnapshot(bytes, pool), decodeSnapshot(bytes, pool)];
    assert.equal(first[0]!.descriptor, second[0]!.descriptor);
  });
});
