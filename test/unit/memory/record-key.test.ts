import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotIndex } from '../../../src/memory/layout.js';
import {
  RecordKey,
  SERIES_KEY_PREFIX_BYTES,
  decodeSeriesValues,
  hasSeriesValues,
  wantedValues,
} from '../../../src/memory/record-key.js';

const FAMILY = 3 as SlotIndex;

function seriesKey(...values: string[]): RecordKey {
  const key = new RecordKey(100_000, 1);
  key.startSeries(FAMILY, 9);
  for (const value of values) key.appendValue(value);
  return key;
}

function bytesOf(key: RecordKey): Buffer {
  return Buffer.from(key.bytes.subarray(0, key.length));
}

function valuesOf(key: RecordKey): string[] {
  return decodeSeriesValues(bytesOf(key), 0, key.length);
}

describe('a record key', () => {
  it('of a family is its tag and its name', () => {
    const key = new RecordKey(100, 1);
    key.setFamily('jobs_total');
    assert.equal(bytesOf(key).toString(), 'Fjobs_total');
    key.setFamily('up');
    assert.equal(bytesOf(key).toString(), 'Fup', 'the scratch is reused');
  });

  it('of a series is its tag, family slot and sequence, then a length before each value', () => {
    const expected = Buffer.concat([
      Buffer.from('S'),
      Buffer.from([3, 0, 0, 0, 9, 0, 0, 0]),
      Buffer.from([2, 0]),
      Buffer.from('ab'),
      Buffer.from([0, 0]),
      Buffer.from([3, 0]),
      Buffer.from('€'),
    ]);
    assert.deepEqual(bytesOf(seriesKey('ab', '', '€')), expected);
    assert.equal(bytesOf(seriesKey()).length, SERIES_KEY_PREFIX_BYTES);
  });

  it('keeps a family and a series sequence apart in all 32 bits', () => {
    const key = new RecordKey(100, 1);
    key.startSeries(0x8000_0001 as SlotIndex, -1);
    assert.deepEqual([...bytesOf(key)], [0x53, 1, 0, 0, 0x80, 255, 255, 255, 255]);
  });

  it('gives its values back', () => {
    const long = 'x'.repeat(300) + 'é';
    for (const values of [
      [],
      [''],
      ['a', '', 'b'],
      ['\0', '"', '\n\\'],
      [long, '日本', '😀'],
      ['a'.repeat(65_535)],
    ]) {
      assert.deepEqual(valuesOf(seriesKey(...values)), values);
    }
  });

  it('holds lone surrogates as the replacement character', () => {
    assert.deepEqual(valuesOf(seriesKey('a\ud800b', '\udc00')), ['a\ufffdb', '\ufffd']);
  });

  it('differs for values that would be one text behind any separator', () => {
    const keys = [
      ['a', 'b'],
      ['ab', ''],
      ['', 'ab'],
      ['a,b', ''],
      ['a"b', ''],
      ['a\0b', ''],
      ['a', '\u0001\0b'],
    ].map(values => bytesOf(seriesKey(...values)).toString('hex'));
    assert.equal(new Set(keys).size, keys.length);
  });

  it('equals its own bytes in an arena, and no others', () => {
    const key = seriesKey('abc');
    const arena = new Uint8Array(64);
    arena.set(bytesOf(key), 5);
    assert.equal(key.equalsAt(arena, 5, key.length), true);
    assert.equal(key.equalsAt(arena, 5, key.length - 1), false);
    assert.equal(key.equalsAt(arena, 5, key.length + 1), false);
    assert.equal(key.equalsAt(arena, 4, key.length), false);
    arena[5 + key.length - 1]! ^= 1;
    assert.equal(key.equalsAt(arena, 5, key.length), false);
  });

  it('takes over a key that stands in an arena', () => {
    const key = seriesKey('abc', 'd');
    const arena = new Uint8Array(64);
    arena.set(bytesOf(key), 7);
    const loaded = new RecordKey(100, 1);
    loaded.load(arena, 7, key.length);
    assert.deepEqual(bytesOf(loaded), bytesOf(key));
    assert.equal(loaded.hash(), key.hash());
  });

  it('never loads more than it has room for', () => {
    const loaded = new RecordKey(10, 1);
    loaded.load(new Uint8Array(64), 0, 0xffff_ffff);
    assert.equal(loaded.length, 10);
  });
});

describe('the hash of a key', () => {
  it('is a 32-bit integer of the bytes and the seed alone', () => {
    const [a, b] = [seriesKey('abc').hash(), seriesKey('abc').hash()];
    assert.equal(a, b);
    assert.equal(a, a | 0);
  });

  it('changes with every byte of the key', () => {
    const hashes = new Set<number>();
    for (let length = 0; length < 50; length++) hashes.add(seriesKey('x'.repeat(length)).hash());
    for (let i = 0; i < 50; i++) hashes.add(seriesKey(`${'x'.repeat(i)}y${'x'.repeat(49 - i)}`).hash());
    assert.ok(hashes.size >= 99, `${hashes.size} of 100 hashes are different`);
  });

  it('changes with the seed, so that nobody outside can choose values that collide', () => {
    const bucketsOf = (seed: number): number[] =>
      Array.from({ length: 64 }, (_, i) => {
        const key = new RecordKey(100, seed);
        key.setFamily(`metric_${i}`);
        return key.hash() & 15;
      });
    assert.notDeepEqual(bucketsOf(1), bucketsOf(2));
  });

  it('fills the buckets of an index evenly enough', () => {
    const counts = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 6_400; i++) counts[seriesKey(`user-${i}`).hash() & 63]!++;
    // Poisson with mean 100: ten standard deviations.
    assert.ok(
      Math.max(...counts) < 200 && Math.min(...counts) > 20,
      `${Math.min(...counts)}..${Math.max(...counts)}`,
    );
  });
});

describe('the wanted values of a series key', () => {
  /** Asked of a key that stands between others in an arena. */
  function has(values: readonly string[], wanted: readonly (string | undefined)[]): boolean {
    const key = seriesKey(...values);
    const arena = new Uint8Array(key.length + 20).fill(0x61);
    arena.set(bytesOf(key), 7);
    return hasSeriesValues(arena, 7, key.length, wantedValues(wanted));
  }

  it('are compared where they are given, byte by byte', () => {
    const VALUES = ['GET', '', 'é'];
    for (const wanted of [
      ['GET', undefined, undefined],
      [undefined, undefined, 'é'],
      ['GET', '', 'é'],
      [undefined, '', undefined],
      [undefined, undefined, undefined],
    ])
      assert.equal(has(VALUES, wanted), true, String(wanted));
    for (const wanted of [
      ['GE', undefined, undefined],
      ['GETS', undefined, undefined],
      ['get', undefined, undefined],
      ['GET', undefined, 'e'],
      [undefined, 'a', undefined],
      ['', undefined, undefined],
    ])
      assert.equal(has(VALUES, wanted), false, String(wanted));
  });

  it('are not found across the borders of values', () => {
    assert.equal(has(['ab', 'c'], ['a', undefined]), false);
    assert.equal(has(['a', 'bc'], ['ab', undefined]), false);
    assert.equal(has(['', 'ab'], ['ab', undefined]), false);
  });

  it('hold lone surrogates as keys do', () => {
    assert.equal(has(['a\ud800'], ['a\udfff']), true, 'both are the replacement character');
    assert.equal(has(['a'], ['a\ud800']), false);
  });

  it('may be longer than any key', () => {
    assert.equal(has(['x'.repeat(10)], ['x'.repeat(200_000)]), false);
    assert.equal(has([''], ['x'.repeat(65_536)]), false, 'a length that is 0 in 16 bits');
  });

  it('are not those of a key that ends before them', () => {
    assert.equal(has([], ['a']), false);
    assert.equal(has([], ['']), false);
    assert.equal(has(['a'], ['a', '']), false);
    assert.equal(has([], [undefined]), false);
  });
});
