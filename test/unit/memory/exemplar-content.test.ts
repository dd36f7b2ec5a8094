import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  EXEMPLAR_LABELS_BYTES_MAX,
  ExemplarContent,
  LABEL_LENGTHS_BYTES,
  labelBytesOf,
} from '../../../src/memory/exemplar-content.js';
import type { Exemplar } from '../../../src/memory/exemplar-content.js';

/** What a reader has after it loaded the words of a writer, over the words of an earlier exemplar. */
function readBack(exemplar: Exemplar, before?: Exemplar): Exemplar {
  const [writer, reader] = [new ExemplarContent(), new ExemplarContent()];
  for (const one of [before, exemplar]) {
    if (one === undefined) continue;
    writer.set(one);
    for (let i = 0; i < writer.wordCount; i++) reader.words[i] = writer.words[i]!;
  }
  return { labels: reader.labels(), value: reader.value, timestampSeconds: reader.timestampSeconds };
}

const TRACE = {
  labels: ['trace_id', '4bf92f3577b34da6', 'span_id', '00f067aa'],
  value: 0.25,
  timestampSeconds: 1.5e9,
};

describe('the content of an exemplar', () => {
  it('is read back as it was set', () => {
    assert.deepEqual(readBack(TRACE), TRACE);
    const other = {
      labels: ['a', 'é€😀', 'empty', ''],
      value: -Infinity,
      timestampSeconds: 1_700_000_000.123,
    };
    assert.deepEqual(readBack(other), other);
  });

  it('shows nothing of a longer one that stood there before', () => {
    const short = { labels: ['a', 'b'], value: 1, timestampSeconds: 2 };
    assert.deepEqual(readBack(short, TRACE), short);
    const none = { labels: [], value: 1, timestampSeconds: 2 };
    assert.deepEqual(readBack(none, TRACE), none);
  });

  it('has room for labels that fill it to the last byte', () => {
    const value = 'x'.repeat(EXEMPLAR_LABELS_BYTES_MAX - LABEL_LENGTHS_BYTES - 1);
    const full = { labels: ['n', value], value: 1, timestampSeconds: 2 };
    assert.equal(labelBytesOf(full.labels), EXEMPLAR_LABELS_BYTES_MAX);
    assert.deepEqual(readBack(full, TRACE), full);
    const ending = { labels: ['n', value.slice(3), 'm', ''], value: 1, timestampSeconds: 2 };
    assert.equal(labelBytesOf(ending.labels), EXEMPLAR_LABELS_BYTES_MAX);
    assert.deepEqual(readBack(ending, TRACE), ending);
  });

  it('takes as many words as it needs', () => {
    const content = new ExemplarContent();
    content.set({ labels: [], value: 1, timestampSeconds: 2 });
    assert.equal(content.wordCount, 5);
    content.set({ labels: ['n', 'x'.repeat(EXEMPLAR_LABELS_BYTES_MAX - 3)], value: 1, timestampSeconds: 2 });
    assert.equal(content.wordCount, content.words.length);
  });

  it('ends at the end of its room whatever the lengths in it say', () => {
    const content = new ExemplarContent();
    for (const byte of [0x01, 0x7f, 0xff]) {
      content.words.fill(byte * 0x0101_0101);
      const labels = content.labels();
      assert.equal(labels.length % 2, 0);
      assert.ok(Buffer.byteLength(labels.join('')) <= EXEMPLAR_LABELS_BYTES_MAX * 3, labels.join());
    }
  });

  it('counts the bytes of UTF-8, and two for each label', () => {
    assert.equal(labelBytesOf([]), 0);
    assert.equal(labelBytesOf(['a', '']), 3);
    assert.equal(labelBytesOf(['a', 'é', 'b', '😀']), 2 + 1 + 2 + 2 + 1 + 4);
  });
});
