import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FIXED64,
  LENGTH_DELIMITED,
  ProtoBuffer,
  VARINT,
  fragmentOf,
  tagOf,
} from '../../../src/exposition/proto-buffer.js';

/** What `write` writes, as hexadecimal digits. */
function written(write: (out: ProtoBuffer) => void, capacity = 64): string {
  const out = new ProtoBuffer(capacity);
  write(out);
  return Buffer.from(out.finish()).toString('hex');
}

/** Base 128, from the definition: seven bits in each byte, the lowest first, the highest bit of all but the last set. */
function varintOf(value: bigint): string {
  const bytes: bigint[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push((rest & 0x7fn) | 0x80n);
  bytes.push(rest);
  return Buffer.from(bytes.map(Number)).toString('hex');
}

function zigzagOf(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}

/** Values around every power of two up to 2^bits that a double can be. */
function edges(bits: number): number[] {
  const found = [0, 1, 2];
  for (let exponent = 2; exponent <= bits; exponent++)
    for (const delta of [-2, -1, 0, 1, 2]) found.push(2 ** exponent + delta);
  return found;
}

describe('a varint', () => {
  it('has seven bits in each byte, the lowest first', () => {
    assert.equal(
      written(out => out.varint(300)),
      'ac02',
    );
  });

  it('is right at every power of two, up to the largest of 64 bits that is a double', () => {
    for (const value of [...edges(53), 2 ** 60, 2 ** 63, 2 ** 64 - 2 ** 11]) {
      assert.equal(
        written(out => out.varint(value)),
        varintOf(BigInt(value)),
        String(value),
      );
    }
  });

  it('is signed by zigzag, at every power of two', () => {
    for (const magnitude of [...edges(53), 2 ** 60, 2 ** 62]) {
      for (const value of [magnitude, -magnitude]) {
        assert.equal(
          written(out => out.zigzag(value)),
          varintOf(zigzagOf(BigInt(value))),
          String(value),
        );
      }
    }
  });

  it('of -2^63 and of minus zero are the last and the first there are', () => {
    assert.equal(
      written(out => out.zigzag(-(2 ** 63))),
      'ff'.repeat(9) + '01',
    );
    assert.equal(
      written(out => out.zigzag(-0)),
      '00',
    );
  });
});

describe('a field', () => {
  it('has its number and wire type before its value, also when they take two bytes', () => {
    assert.equal(
      written(out => out.uintField(tagOf(1, VARINT), 150)),
      '089601',
    );
    assert.equal(
      written(out => out.sintField(tagOf(5, VARINT), -1)),
      '2801',
    );
    assert.equal(
      written(out => out.textField(tagOf(2, LENGTH_DELIMITED), 'testing')),
      '120774657374696e67',
    );
    assert.equal(
      written(out => out.textField(tagOf(16, LENGTH_DELIMITED), '')),
      '820100',
    );
  });

  it('holds a double as it is', () => {
    for (const value of [0, -0, 1.5, Infinity, -Infinity, NaN, 5e-324, Number.MAX_VALUE]) {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      assert.equal(
        written(out => out.doubleField(tagOf(1, FIXED64), value)),
        `09${bytes.toString('hex')}`,
      );
      assert.equal(
        written(out => out.doubleFieldOf(tagOf(1, FIXED64), Float64Array.of(7, value), 1)),
        `09${bytes.toString('hex')}`,
      );
    }
  });

  it('holds text as UTF-8, lone surrogates as U+FFFD', () => {
    for (const text of ['é 日本 😀', 'lone \ud800 end', '\udc00\ud800', 'x'.repeat(200) + '€']) {
      const bytes = Buffer.from(text, 'utf8');
      assert.equal(
        written(out => out.textField(tagOf(1, LENGTH_DELIMITED), text)),
        `0a${varintOf(BigInt(bytes.length))}${bytes.toString('hex')}`,
      );
    }
  });

  it('holds a part of other bytes', () => {
    const source = Uint8Array.of(1, 2, 3, 4, 5);
    assert.equal(
      written(out => out.bytesField(tagOf(1, LENGTH_DELIMITED), source, 1, 4)),
      '0a03020304',
    );
  });
});

describe('a message', () => {
  it('is what was written since its end, with its length before it', () => {
    const hex = written(out => {
      const end = out.length;
      const innerEnd = out.length;
      out.uintField(tagOf(1, VARINT), 150);
      out.message(tagOf(3, LENGTH_DELIMITED), innerEnd);
      out.delimited(end);
    });
    assert.equal(hex, '051a03089601');
  });

  it('grows its buffer as often as it needs to, from nothing on', () => {
    const write = (out: ProtoBuffer): void => {
      const end = out.length;
      for (let i = 0; i < 300; i++) out.uintField(tagOf(1, VARINT), i * 1_000);
      out.textField(tagOf(2, LENGTH_DELIMITED), 'é'.repeat(5_000));
      out.fragment(fragmentOf(inner => inner.doubleField(tagOf(3, FIXED64), 0.1)));
      out.bytesField(tagOf(4, LENGTH_DELIMITED), new Uint8Array(3_000).fill(7), 0, 3_000);
      out.doubleFieldOf(tagOf(5, FIXED64), Float64Array.of(2.5), 0);
      out.sintField(tagOf(6, VARINT), -(2 ** 50));
      out.message(tagOf(7, LENGTH_DELIMITED), end);
    };
    const roomy = written(write, 100_000);
    for (const capacity of [0, 1, 7, 10, 100])
      assert.equal(written(write, capacity), roomy, String(capacity));
  });
});

describe('a copy', () => {
  it('writes its bytes and no others, whatever its length', () => {
    const source = Uint8Array.from({ length: 80 }, (_, i) => 0xff - i);
    const view = new DataView(source.buffer);
    for (let from = 0; from < 9; from++) {
      for (let length = 0; length <= 40; length++) {
        const out = new ProtoBuffer(8);
        out.uintField(tagOf(1, VARINT), 5);
        out.copy(view, from, length);
        assert.deepEqual([...out.finish()], [...source.subarray(from, from + length), 8, 5]);
      }
    }
  });

  it('keeps every bit also where a double would be a signalling NaN', () => {
    const bytes = Uint8Array.from([1, 0, 0, 0, 0, 0, 0xf0, 0x7f, 2, 0, 0, 0, 0, 0, 0xf4, 0xff]);
    const out = new ProtoBuffer(16);
    out.copy(new DataView(bytes.buffer), 0, bytes.length);
    assert.deepEqual([...out.finish()], [...bytes]);
  });

  it('takes another double at the place that it is told', () => {
    const out = new ProtoBuffer(64);
    out.doubleField(tagOf(1, FIXED64), 1);
    out.putDoubleOf(1, Float64Array.of(0, 42), 1);
    assert.equal(Buffer.from(out.finish()).readDoubleLE(1), 42);
  });
});

describe('a buffer', () => {
  it('starts over in the same memory', () => {
    const out = new ProtoBuffer(64);
    out.varint(1);
    const { buffer } = out.finish();
    out.clear();
    assert.equal(out.length, 0);
    out.varint(2);
    assert.deepEqual([...out.finish()], [2]);
    assert.equal(out.finish().buffer, buffer);
  });
});
