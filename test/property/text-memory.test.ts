/** Text memory: what is taken over, left out and written anew is one text, however much longer or shorter it becomes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from '../../src/exposition/text-buffer.js';

/** A piece of the former text, and what becomes of it. */
interface Piece {
  readonly kibibytes: number;
  readonly what: 'take' | 'skip' | 'write' | 'insert';
  /** Of what is written in its place, or before it. */
  readonly written: number;
}

const pieces: fc.Arbitrary<Piece[]> = fc.array(
  fc.record({
    kibibytes: fc.integer({ min: 0, max: 60 }),
    what: fc.constantFrom<Piece['what'][]>('take', 'take', 'take', 'skip', 'write', 'insert'),
    written: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 50_000 })),
  }),
  { maxLength: 60 },
);

/** Each piece has text of its own, so that nothing passes for another. */
function pieceText(index: number, bytes: number): string {
  return `${index}:`.repeat(Math.ceil(bytes / 2)).slice(0, bytes);
}

function play(former: TextBuffer, taken: readonly Piece[]): void {
  let expected = '';
  for (const [index, { kibibytes, what, written }] of taken.entries()) {
    const bytes = kibibytes * 1_024 + (index % 7);
    const text = pieceText(index, bytes);
    const other = pieceText(index + 1_000, written);
    if (what === 'insert') {
      former.text(other);
      expected += other;
    }
    if (what === 'take' || what === 'insert') {
      // Where more is to stand aside than there is room for, it is written again.
      if (!former.take(bytes)) former.text(text);
      expected += text;
      continue;
    }
    former.skip(bytes);
    if (what === 'skip') continue;
    former.text(other);
    expected += other;
  }
  assert.equal(Buffer.from(former.finish()).toString(), expected);
}

function formerOf(taken: readonly Piece[], buffer: TextBuffer): void {
  for (const [index, { kibibytes }] of taken.entries())
    buffer.text(pieceText(index, kibibytes * 1_024 + (index % 7)));
}

describe('the text of a former rendering', () => {
  it('is taken over in its place, or moved', () => {
    fc.assert(
      fc.property(pieces, fc.boolean(), (taken, isFetched) => {
        const buffer = new TextBuffer(100);
        formerOf(taken, buffer);
        if (!isFetched) {
          buffer.clear();
          play(buffer, taken);
          return;
        }
        const other = new TextBuffer(100);
        other.fetch(buffer, 0, buffer.length);
        play(other, taken);
      }),
    );
  });

  it('stays in its place when nothing becomes longer: no byte is written', () => {
    const buffer = new TextBuffer(100);
    buffer.text('abcdef');
    buffer.clear();
    assert.ok(buffer.take(3));
    const before = buffer.finish();
    assert.equal(Buffer.from(before.buffer, before.byteOffset, 6).toString(), 'abcdef');
  });

  it('is there only as far as it went', () => {
    const buffer = new TextBuffer(100);
    buffer.text('abcdef');
    buffer.clear();
    assert.equal(buffer.take(7), false);
    assert.ok(buffer.reach(4));
    assert.equal(buffer.reach(3), false);
    assert.equal(buffer.take(3), false);
    assert.ok(buffer.take(2));
    assert.equal(Buffer.from(buffer.finish()).toString(), 'ef');
  });
});
