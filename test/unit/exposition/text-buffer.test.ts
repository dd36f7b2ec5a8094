import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fragments, TextBuffer, fragmentOf } from '../../../src/exposition/text-buffer.js';
import { numberText } from '../../../src/exposition/text-numbers.js';

function textOf(buffer: TextBuffer): string {
  return Buffer.from(buffer.finish()).toString('utf8');
}

function written(write: (buffer: TextBuffer) => void, capacity = 64): string {
  const buffer = new TextBuffer(capacity);
  write(buffer);
  return textOf(buffer);
}

/** Texts of every length around the eight bytes of a copy, some with characters of several bytes at the seams. */
function textsAroundCopies(): string[] {
  const texts: string[] = [];
  for (let length = 0; length <= 40; length++) {
    const ascii = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH'.slice(0, length);
    texts.push(ascii, `${ascii}é`, `${ascii}€`, `${ascii}😀`, `😀${ascii}`);
  }
  return texts;
}

describe('a text buffer', () => {
  it('copies fragments of every length exactly', () => {
    for (const text of textsAroundCopies()) {
      const result = written(buffer => {
        const fragment = fragmentOf(text);
        buffer.reserve(fragment.length);
        buffer.fragment(fragment);
        buffer.byte(0x7c);
      });
      assert.equal(result, `${text}|`);
    }
  });

  it('copies from any place of a fragment list to any place', () => {
    const fragments = new Fragments();
    const texts = textsAroundCopies();
    const pieces = texts.map(text => ({ at: fragments.add(text), end: fragments.length }));
    const buffer = new TextBuffer(1);
    pieces.forEach(({ at, end }) => {
      buffer.reserve(end - at);
      buffer.copy(fragments.view, at, end - at);
    });
    assert.equal(textOf(buffer), texts.join(''));
  });

  it('writes lines, with a comma only between labels', () => {
    const labels = fragmentOf('a="x"');
    const none = fragmentOf('');
    const heads = ['m_sum{', 'm_bucket{le="1"'].map(fragmentOf);
    const lines = written(buffer => {
      buffer.line(fragmentOf('m ').view, 0, 2, 5);
      for (const head of heads) {
        for (const { view, length } of [labels, none]) buffer.labelledLine(head, view, 0, length, 1.5);
      }
    }, 0);
    assert.equal(
      lines,
      'm 5\nm_sum{a="x"} 1.5\nm_sum{} 1.5\nm_bucket{le="1",a="x"} 1.5\nm_bucket{le="1"} 1.5\n',
    );
  });

  it('writes text of any characters, lone surrogates as U+FFFD', () => {
    assert.equal(
      written(buffer => buffer.text('a\ud800b\udc00é😀\0\n')),
      'a\ufffdb\ufffdé😀\0\n',
    );
    assert.equal(
      written(buffer => buffer.text('x'.repeat(5_000)), 0),
      'x'.repeat(5_000),
    );
  });

  it('grows from nothing, and keeps what it had', () => {
    const expected: string[] = [];
    const buffer = new TextBuffer(0);
    for (let i = 0; i < 2_000; i++) {
      const head = fragmentOf(`line_${i} `);
      buffer.line(head.view, 0, head.length, i);
      expected.push(`line_${i} ${i}\n`);
    }
    assert.equal(textOf(buffer), expected.join(''));
  });

  it('gives the bytes away that it has written, and no more', () => {
    const buffer = new TextBuffer(1_000);
    buffer.text('abc');
    assert.equal(buffer.finish().length, 3);
  });
});

describe('a number', () => {
  const SPELLED: readonly [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [9, '9'],
    [10, '10'],
    [99, '99'],
    [100, '100'],
    [65_536, '65536'],
    [99_999, '99999'],
    [100_000, '100000'],
    [9_999_999, '9999999'],
    [10_000_000, '10000000'],
    [999_999_999, '999999999'],
    [2 ** 31, '2147483648'],
    [2 ** 32 - 1, '4294967295'],
    [2 ** 32, '4294967296'],
    [2 ** 53, '9007199254740992'],
    [-1, '-1'],
    [0.1, '0.1'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1e+21'],
    [123_456_789_012_345_680_000, '123456789012345680000'],
    [1e-7, '1e-7'],
    [0.000_001, '0.000001'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ];
  for (const [value, text] of SPELLED) {
    it(`is spelled ${text}`, () =>
      assert.equal(
        written(buffer => buffer.number(value)),
        text,
      ));
  }

  it('fits into the room that is kept for one, whatever it is', () => {
    const longest = -Number.MAX_VALUE;
    assert.equal(String(longest).length, 24, 'a sign, 17 digits, a point and an exponent of three digits');
    const lines = written(buffer => {
      for (let i = 0; i < 100; i++) buffer.line(fragmentOf('').view, 0, 0, longest);
    }, 0);
    assert.equal(lines, `${longest}\n`.repeat(100));
  });

  it('of every power of ten and two, and beside it, has all its digits', () => {
    for (let exponent = 0; exponent <= 32; exponent++) {
      for (const base of [2 ** exponent, 10 ** exponent]) {
        for (const value of [base - 1, base, base + 1])
          assert.equal(
            written(buffer => buffer.number(value)),
            String(value),
          );
      }
    }
  });

  it('as a text of its own is spelled the same', () => {
    for (const [value, text] of SPELLED) assert.equal(numberText(value), text);
  });
});

describe('fragments', () => {
  it('are copied with zeros behind them, and not with what was left of others', () => {
    const fragments = new Fragments();
    for (const text of textsAroundCopies()) {
      fragments.clear();
      fragments.add('x'.repeat(80));
      fragments.clear();
      fragments.add(text);
      const target = Buffer.alloc(80, 'y');
      fragments.copyTo(new DataView(target.buffer, target.byteOffset), 5);
      const end = 5 + Buffer.byteLength(text);
      const copied = 5 + 8 * Math.ceil((end - 5) / 8);
      assert.equal(target.toString('utf8', 5, end), text);
      assert.ok(target.subarray(end, copied).every(byte => byte === 0));
      assert.ok(target.subarray(copied).every(byte => byte === 0x79));
    }
  });

  it('keep what was added before they grew', () => {
    const fragments = new Fragments();
    const texts = Array.from({ length: 500 }, (_, i) => `text number ${i} ${'€'.repeat(i % 50)}`);
    const places = texts.map(text => [fragments.add(text), fragments.length] as const);
    places.forEach(([at, end], i) => {
      assert.equal(Buffer.from(fragments.bytes.subarray(at, end)).toString(), texts[i]);
    });
    fragments.clear();
    assert.equal(fragments.add('x'), 0);
  });

  it('know whether they end in a label', () => {
    assert.equal(fragmentOf('m_bucket{le="1"').endsInLabel, true);
    assert.equal(fragmentOf('m{').endsInLabel, false);
  });
});
