import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, LayoutMismatchError } from '../../../src/errors.js';
import { attachArena, createArena } from '../../../src/memory/arena.js';
import type { Arena } from '../../../src/memory/arena.js';
import {
  ARENA_MAGIC,
  HEADER_BUCKET_COUNT_OFFSET,
  HEADER_BYTES,
  HEADER_EPOCH_OFFSET,
  HEADER_LAYOUT_VERSION_OFFSET,
  HEADER_LEASE_COUNT_OFFSET,
  HEADER_MAGIC_OFFSET,
  HEADER_SERIES_MAX_OFFSET,
  HEADER_SLOT_COUNT_OFFSET,
  HEADER_STRIPE_BYTES_OFFSET,
  HEADER_STRIPE_COUNT_OFFSET,
  LAYOUT_VERSION,
  LEASES_MAX,
} from '../../../src/memory/layout.js';
import type { ArenaSizes } from '../../../src/memory/layout.js';
import { LIMITS, SIZES, newArena } from './arenas.js';

/** The message with which an attach refuses a buffer; it must not have changed the buffer. */
function refusalOf(buffer: unknown): string {
  const before = buffer instanceof SharedArrayBuffer ? Buffer.from(new Uint8Array(buffer)) : undefined;
  try {
    attachArena(buffer);
  } catch (error) {
    assert.ok(error instanceof LayoutMismatchError, String(error));
    assert.equal(error.code, 'ERR_LAYOUT_MISMATCH');
    assert.equal(error.name, 'LayoutMismatchError');
    if (before !== undefined)
      assert.deepEqual(Buffer.from(new Uint8Array(buffer as SharedArrayBuffer)), before);
    return error.message;
  }
  return assert.fail('attachArena accepted the buffer');
}

function overwritten(offset: number, value: number): SharedArrayBuffer {
  const { buffer } = newArena();
  new DataView(buffer).setUint32(offset, value, true);
  return buffer;
}

describe('an arena', () => {
  it('is seen with the same sizes, limits and identity by whoever attaches to its buffer', () => {
    const created = newArena();
    const attached = attachArena(created.buffer);
    assert.notEqual(attached, created);
    assert.deepEqual(attached.sizes, SIZES);
    assert.deepEqual(attached.limits, LIMITS);
    assert.deepEqual(attached.regions, created.regions);
    assert.equal(attached.identity, created.identity);
  });

  it('is one memory under all its views and all its attached objects', () => {
    const created = newArena();
    const attached = attachArena(created.buffer);
    const at = created.stripeOffset(1);
    created.doubles[at / 8] = 1.5;
    assert.equal(attached.quads[at / 8], 0x3ff8_0000_0000_0000n);
    assert.deepEqual([attached.words[at / 4], attached.words[at / 4 + 1]], [0, 0x3ff8_0000]);
    assert.deepEqual([...attached.bytes.subarray(at, at + 8)], [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
  });

  it('has an identity of its own', () => {
    const identities = new Set(Array.from({ length: 50 }, () => newArena().identity));
    assert.equal(identities.size, 50);
  });

  it('lays its stripes one after the other up to its last byte', () => {
    const arena = newArena();
    const { stripeCount, stripeBytes } = SIZES;
    for (let stripe = 0; stripe < stripeCount; stripe++) {
      assert.equal(arena.stripeOffset(stripe + 1) - arena.stripeOffset(stripe), stripeBytes);
    }
    assert.equal(arena.stripeOffset(0), arena.regions.stripesOffset);
    assert.equal(arena.stripeOffset(stripeCount) + stripeBytes, arena.buffer.byteLength);
  });
});

describe('header words', () => {
  it('are unsigned, and wrap at 2^32', () => {
    const arena = newArena();
    assert.equal(arena.addToHeader(HEADER_EPOCH_OFFSET, -1), 0);
    assert.equal(arena.header(HEADER_EPOCH_OFFSET), 0xffff_ffff);
    assert.equal(arena.addToHeader(HEADER_EPOCH_OFFSET, 2), 0xffff_ffff);
    assert.equal(arena.header(HEADER_EPOCH_OFFSET), 1);
  });

  it('are raised, never lowered', () => {
    const arena = newArena();
    const raised = [3, 2, 3, 7, 0x8000_0000, 9].map(value => {
      arena.raiseHeader(HEADER_EPOCH_OFFSET, value);
      return arena.header(HEADER_EPOCH_OFFSET);
    });
    assert.deepEqual(raised, [3, 3, 3, 7, 0x8000_0000, 0x8000_0000]);
  });
});

describe('an attach refuses', () => {
  const FOREIGN: readonly [unknown, RegExp][] = [
    [undefined, /^cannot attach to undefined: pass the token that registry\.share\(\) returned$/],
    [null, /^cannot attach to null: /],
    [42, /^cannot attach to number: /],
    ['arena', /^cannot attach to string: /],
    [{}, /^cannot attach to an object of type Object: /],
    [Object.create(null), /^cannot attach to an object of type Object: /],
    [new ArrayBuffer(HEADER_BYTES), /^cannot attach to an object of type ArrayBuffer: /],
    [new Uint8Array(HEADER_BYTES), /^cannot attach to an object of type Uint8Array: /],
  ];
  for (const [value, message] of FOREIGN) {
    it(`what is no shared buffer: ${message.source.slice(1, 45)}`, () =>
      assert.match(refusalOf(value), message));
  }

  it('a buffer that is too short for a header', () => {
    assert.match(
      refusalOf(new SharedArrayBuffer(HEADER_BYTES - 1)),
      /^cannot attach to a SharedArrayBuffer of 2047 bytes: an arena has at least 2048$/,
    );
    assert.match(refusalOf(new SharedArrayBuffer(0)), /of 0 bytes/);
  });

  it('a foreign buffer, naming what it starts with', () => {
    assert.match(
      refusalOf(new SharedArrayBuffer(HEADER_BYTES)),
      /^cannot attach: the buffer starts with 0x0, not with the arena's magic number 0x594c5454; pass the token/,
    );
    assert.match(refusalOf(overwritten(HEADER_MAGIC_OFFSET, 0xffff_ffff)), /starts with 0xffffffff/);
  });

  it('an arena whose creator has not come to its last store', () => {
    assert.match(refusalOf(overwritten(HEADER_MAGIC_OFFSET, 0)), /starts with 0x0/);
    assert.notEqual(ARENA_MAGIC, 0);
  });

  it('an arena of a newer or older layout, naming both versions', () => {
    assert.equal(
      refusalOf(overwritten(HEADER_LAYOUT_VERSION_OFFSET, LAYOUT_VERSION + 1)),
      `cannot attach: the arena has layout version ${LAYOUT_VERSION + 1}, this copy of threadtally reads version ` +
        `${LAYOUT_VERSION}; load the same version of threadtally in every thread`,
    );
    assert.match(refusalOf(overwritten(HEADER_LAYOUT_VERSION_OFFSET, 0)), /layout version 0/);
  });

  it('a truncated arena, and one with bytes behind its end', () => {
    const whole = newArena();
    const { byteLength } = whole.buffer;
    for (const length of [HEADER_BYTES, byteLength - 1, byteLength - SIZES.stripeBytes, byteLength + 128]) {
      const other = new SharedArrayBuffer(length);
      new Uint8Array(other).set(whole.bytes.subarray(0, Math.min(length, byteLength)));
      assert.equal(
        refusalOf(other),
        `cannot attach: the header describes ${byteLength} bytes, the buffer has ${length}; it was truncated or overwritten`,
      );
    }
  });

  const OVERWRITTEN: readonly [number, number, RegExp][] = [
    [HEADER_STRIPE_COUNT_OFFSET, 0, /stripeCount is 0; it must be a positive integer/],
    [HEADER_STRIPE_COUNT_OFFSET, SIZES.stripeCount + 1, /describes \d+ bytes/],
    [HEADER_STRIPE_COUNT_OFFSET, 0xffff_ffff, /leaseCount is 8; it must be in 4294967295\.\.4094/],
    [
      HEADER_STRIPE_BYTES_OFFSET,
      SIZES.stripeBytes + 8,
      /stripeBytes 4104 and keyRegionBytes 4096 must be multiples of 16/,
    ],
    [HEADER_STRIPE_BYTES_OFFSET, 0xffff_fff0, /need an arena of \d+ bytes, more than/],
    [HEADER_BUCKET_COUNT_OFFSET, 17, /bucketCount is 17; it must be a power of two/],
    [HEADER_LEASE_COUNT_OFFSET, SIZES.stripeCount - 1, /leaseCount is 3; it must be in 4\.\.4094/],
    [HEADER_LEASE_COUNT_OFFSET, LEASES_MAX + 1, /leaseCount is 4095; it must be in 4\.\.4094/],
    [HEADER_SLOT_COUNT_OFFSET, 0x7fff_ffff, /need an arena of \d+ bytes, more than/],
  ];
  for (const [offset, value, message] of OVERWRITTEN) {
    it(`a header overwritten at +${offset} with ${value}`, () =>
      assert.match(refusalOf(overwritten(offset, value)), message));
  }

  it('nothing that only concerns limits, which cannot lead out of the buffer', () => {
    const arena: Arena = attachArena(overwritten(HEADER_SERIES_MAX_OFFSET, 0xffff_ffff));
    assert.equal(arena.limits.seriesMax, 0xffff_ffff);
  });
});

describe('creating an arena', () => {
  const BAD: readonly [Partial<ArenaSizes>, RegExp][] = [
    [{ stripeCount: 0 }, /stripeCount is 0; it must be a positive integer/],
    [{ slotCount: 1.5 }, /slotCount is 1\.5; it must be a positive integer/],
    [{ slotCount: NaN }, /slotCount is NaN/],
    [{ bucketCount: 12 }, /bucketCount is 12; it must be a power of two/],
    [{ leaseCount: 2 }, /leaseCount is 2; it must be in 4\.\.4094/],
    [{ keyRegionBytes: 100 }, /keyRegionBytes 100 must be multiples of 16/],
    [
      { stripeBytes: 0x4000_0000 },
      /need an arena of \d+ bytes, more than \d+; lower seriesMax, threadsMax or stripeBytes/,
    ],
  ];
  for (const [sizes, message] of BAD) {
    it(`is refused for ${JSON.stringify(sizes)}`, () => {
      assert.throws(
        () => createArena({ ...SIZES, ...sizes }, LIMITS),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError);
          assert.equal(error.code, 'ERR_CONFIGURATION');
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
