import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LINE_TOO_LONG, LineSplitter, type Line } from '../../../../workers/ingest/line-splitter.js';

function split(chunks: readonly string[], lineLengthMax = 1_000): Line[] {
  const splitter = new LineSplitter(lineLengthMax);
  return [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()];
}

describe('LineSplitter', () => {
  it('gives the last line with and without a line end', () => {
    assert.deepEqual(split(['a\nb']), ['a', 'b']);
    assert.deepEqual(split(['a\nb\n']), ['a', 'b']);
    assert.deepEqual(split(['']), []);
  });

  it('takes Windows line ends, also when a chunk ends between the two characters', () => {
    assert.deepEqual(split(['a\r', '\nb\r\n']), ['a', 'b']);
  });

  it('gives the same lines however the text is cut', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', 'ü')).map(parts => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (whole, sizes) => {
        const chunks: string[] = [];
        for (let index = 0, turn = 0; index < whole.length; turn++) {
          const size = sizes[turn % sizes.length];
          chunks.push(whole.slice(index, index + size));
          index += size;
        }
        assert.deepEqual(split(chunks), split([whole]));
      }),
    );
  });

  it('puts a marker in the place of a line over the limit, and goes on behind it', () => {
    assert.deepEqual(split(['12345\n123456\n1\n'], 5), ['12345', LINE_TOO_LONG, '1']);
    assert.deepEqual(split(['123', '456', '789', '\n1'], 5), [LINE_TOO_LONG, '1']);
    assert.deepEqual(split(['123', '456'], 5), [LINE_TOO_LONG]);
  });
});
