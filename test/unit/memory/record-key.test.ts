import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotIndex } from '../../../src/memory/layout.js';
import { RecordKey, SERIES_KEY_PREFIX_BYTES, decodeSeriesValues } from '../../../src/memory/record-key.js';

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
