/**
 * Exemplar content: the value, the time and the labels of one exemplar, as the words that stand in the arena.
 *
 * Layout    see layout.ts, "Exemplar", from its value on.
 * Promises  What was set is what is read back, except that a lone surrogate becomes U+FFFD. Labels that end nowhere are
 *           read to the end of their room and not beyond.
 *
 * An object of its own to each writer and reader, reused: neither makes a buffer for an exemplar.
 */
import {
  EXEMPLAR_BYTES,
  EXEMPLAR_LABELS_OFFSET,
  EXEMPLAR_TIMESTAMP_OFFSET,
  EXEMPLAR_VALUE_OFFSET,
  U32_BYTES,
  U64_BYTES,
} from './layout.js';

/** One observation, tied to what produced it. */
export interface Exemplar {
  /** Names and values in turn. */
  readonly labels: readonly string[];
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestampSeconds: number;
}

/** Room for the labels of an exemplar, with LABEL_LENGTHS_BYTES for each label. */
export const EXEMPLAR_LABELS_BYTES_MAX = EXEMPLAR_BYTES - EXEMPLAR_LABELS_OFFSET;
/** The lengths of a name and of its value. */
export const LABEL_LENGTHS_BYTES = 2;

const CONTENT_BYTES = EXEMPLAR_BYTES - EXEMPLAR_VALUE_OFFSET;
const LABELS_AT = EXEMPLAR_LABELS_OFFSET - EXEMPLAR_VALUE_OFFSET;
const VALUE_DOUBLE = 0;
const TIMESTAMP_DOUBLE = (EXEMPLAR_TIMESTAMP_OFFSET - EXEMPLAR_VALUE_OFFSET) / U64_BYTES;
/** Where the words of the time stand. */
export const TIMESTAMP_WORD = (TIMESTAMP_DOUBLE * U64_BYTES) / U32_BYTES;

/** Bytes that labels take, names and values in turn: more than EXEMPLAR_LABELS_BYTES_MAX do not fit. */
export function labelBytesOf(labels: readonly string[]): number {
  let bytes = (labels.length / 2) * LABEL_LENGTHS_BYTES;
  for (const text of labels) bytes += Buffer.byteLength(text);
  return bytes;
}

export class ExemplarContent {
  readonly words = new Int32Array(CONTENT_BYTES / U32_BYTES);
  /** Words that set() has filled; what stands behind them says nothing. */
  wordCount = 0;
  private readonly doubles = new Float64Array(this.words.buffer);
  private readonly bytes = Buffer.from(this.words.buffer);

  get value(): number {
    return this.doubles[VALUE_DOUBLE]!;
  }

  get timestampSeconds(): number {
    return this.doubles[TIMESTAMP_DOUBLE]!;
  }

  /** Takes over an exemplar whose labels have been found to fit. */
  set({ labels, value, timestampSeconds }: Exemplar): void {
    this.doubles[VALUE_DOUBLE] = value;
    this.doubles[TIMESTAMP_DOUBLE] = timestampSeconds;
    let end = LABELS_AT;
    for (const text of labels) end = this.append(text, end);
    if (end < CONTENT_BYTES) this.bytes[end++] = 0;
    this.wordCount = Math.ceil(end / U32_BYTES);
  }

  /** The labels, names and values in turn. */
  labels(): string[] {
    const { bytes } = this;
    const labels: string[] = [];
    for (let at = LABELS_AT; at < CONTENT_BYTES && bytes[at] !== 0;) {
      const nameEnd = at + 1 + bytes[at]!;
      const valueEnd = nameEnd + 1 + (bytes[nameEnd] ?? 0);
      labels.push(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', nameEnd + 1, valueEnd));
      at = valueEnd;
    }
    return labels;
  }

  private append(text: string, at: number): number {
    const written = this.bytes.write(text, at + 1, 'utf8');
    this.bytes[at] = written;
    return at + 1 + written;
  }
}
