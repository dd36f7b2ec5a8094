/**
 * Protobuf reader: delimited io.prometheus.client.MetricFamily messages, read byte by byte.
 *
 * Field numbers and types are those of io/prometheus/client/metrics.proto in prometheus/client_model. A reader of its own
 * and no library: one would take a field twice, skip an unknown one, and be silent about either.
 */
import type { Findings } from './rules.js';

/** 64-bit integers are bigints. What is not there was not in the bytes; a repeated field is there always. */
export interface ReadMessage {
  readonly place: string;
  readonly fields: Readonly<Record<string, ReadValue>>;
}

export type ReadValue = number | bigint | string | ReadMessage | readonly (number | bigint | ReadMessage)[];

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const VARINT_BITS = 64n;

type Scalar = 'string' | 'double' | 'uint64' | 'int64' | 'uint32' | 'int32' | 'sint32' | 'sint64' | 'enum';
/** `[]` behind the type of a repeated field. */
type Schema = Readonly<Record<number, readonly [name: string, type: string]>>;

const EXEMPLAR: Schema = {
  1: ['label', 'LabelPair[]'],
  2: ['value', 'double'],
  3: ['timestamp', 'Timestamp'],
};
const SCHEMAS: Readonly<Record<string, Schema>> = {
  MetricFamily: {
    1: ['name', 'string'],
    2: ['help', 'string'],
    3: ['type', 'enum'],
    4: ['metric', 'Metric[]'],
    5: ['unit', 'string'],
  },
  Metric: {
    1: ['label', 'LabelPair[]'],
    2: ['gauge', 'Gauge'],
    3: ['counter', 'Counter'],
    4: ['summary', 'Summary'],
    5: ['untyped', 'Untyped'],
    6: ['timestampMs', 'int64'],
    7: ['histogram', 'Histogram'],
  },
  LabelPair: { 1: ['name', 'string'], 2: ['value', 'string'] },
  Gauge: { 1: ['value', 'double'] },
  Untyped: { 1: ['value', 'double'] },
  Counter: { 1: ['value', 'double'], 2: ['exemplar', 'Exemplar'], 3: ['created', 'Timestamp'] },
  Quantile: { 1: ['quantile', 'double'], 2: ['value', 'double'] },
  Summary: {
    1: ['count', 'uint64'],
    2: ['sum', 'double'],
    3: ['quantile', 'Quantile[]'],
    4: ['created', 'Timestamp'],
  },
  Bucket: {
    1: ['cumulativeCount', 'uint64'],
    2: ['upperBound', 'double'],
    3: ['exemplar', 'Exemplar'],
    4: ['cumulativeCountFloat', 'double'],
  },
  BucketSpan: { 1: ['offset', 'sint32'], 2: ['length', 'uint32'] },
  Histogram: {
    1: ['count', 'uint64'],
    2: ['sum', 'double'],
    3: ['bucket', 'Bucket[]'],
    4: ['countFloat', 'double'],
    5: ['schema', 'sint32'],
    6: ['zeroThreshold', 'double'],
    7: ['zeroCount', 'uint64'],
    8: ['zeroCountFloat', 'double'],
    9: ['negativeSpan', 'BucketSpan[]'],
    10: ['negativeDelta', 'sint64[]'],
    11: ['negativeCount', 'double[]'],
    12: ['positiveSpan', 'BucketSpan[]'],
    13: ['positiveDelta', 'sint64[]'],
    14: ['positiveCount', 'double[]'],
    15: ['created', 'Timestamp'],
    16: ['exemplars', 'Exemplar[]'],
  },
  Exemplar: EXEMPLAR,
  Timestamp: { 1: ['seconds', 'int64'], 2: ['nanos', 'int32'] },
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Thrown where the bytes cannot be read on; nobody else sees it. */
class Unreadable extends Error {}

/** The families of a body, in order. A finding, and nothing of the rest, where it cannot be read on. */
export function readMessages(body: Uint8Array, findings: Findings): ReadMessage[] {
  const families: ReadMessage[] = [];
  const reader = new WireReader(body, findings);
  try {
    while (!reader.isAtEnd) families.push(reader.delimited(`family[${families.length}]`));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    findings.add('wire', `family[${families.length}]`, error.message);
  }
  return families;
}

class WireReader {
  private at = 0;
  private end: number;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly findings: Findings,
  ) {
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  delimited(place: string): ReadMessage {
    return this.within(() => this.message('MetricFamily', place));
  }

  private message(type: string, place: string): ReadMessage {
    const schema = SCHEMAS[type]!;
    const fields: Record<string, ReadValue> = {};
    for (const [name, one] of Object.values(schema)) if (one.endsWith('[]')) fields[name] = [];
    while (!this.isAtEnd) this.field(schema, fields, place);
    return { place, fields };
  }

  private field(schema: Schema, fields: Record<string, ReadValue>, place: string): void {
    const tag = this.varint();
    const wireType = Number(tag & 7n);
    if (![VARINT, FIXED64, BYTES, FIXED32].includes(wireType)) this.stop(`a wire type ${wireType}`);
    const [name, type] = schema[Number(tag >> 3n)] ?? [];
    if (name === undefined || type === undefined) {
      this.findings.add('field', place, `an unknown field ${tag >> 3n}`);
      this.skip(wireType);
      return;
    }
    const list = fields[name];
    const at = Array.isArray(list) ? `${place}.${name}[${list.length}]` : `${place}.${name}`;
    const scalar = type.replace('[]', '');
    const expected = wireTypeOf(scalar);
    if (Array.isArray(list) && wireType === BYTES && expected !== BYTES) {
      this.within(() => {
        while (!this.isAtEnd) list.push(this.scalar(scalar as Scalar, at));
      });
      return;
    }
    if (wireType !== expected) {
      this.findings.add('field', at, `wire type ${wireType} of a ${scalar}`);
      this.skip(wireType);
      return;
    }
    const value = Object.hasOwn(SCHEMAS, scalar)
      ? this.within(() => this.message(scalar, at))
      : this.scalar(scalar as Scalar, at);
    if (Array.isArray(list)) list.push(value);
    else {
      if (list !== undefined) this.findings.add('field', at, 'a second time');
      fields[name] = value;
    }
  }

  private scalar(type: Scalar, place: string): string | number | bigint {
    if (type === 'string') return this.text(place);
    if (type === 'double') {
      const value = this.view.getFloat64(this.advance(8), true);
      return value;
    }
    const value = this.varint();
    if (type === 'uint64') return value;
    if (type === 'int64') return BigInt.asIntN(64, value);
    if (type === 'sint64') return zigzag(value);
    const small = type === 'sint32' ? zigzag(value) : BigInt.asIntN(64, value);
    const [min, max] = type === 'uint32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
    if (small < min || small > max) this.findings.add('wire', place, `${small} is no ${type}`);
    return Number(small);
  }

  private text(place: string): string {
    return this.within(() => {
      const bytes = this.bytes.subarray(this.at, this.end);
      this.at = this.end;
      try {
        return decoder.decode(bytes);
      } catch {
        const text = Buffer.from(bytes).toString();
        this.findings.add('utf-8', place, text);
        return text;
      }
    });
  }

  /** Reads a length, and what is that long. */
  private within<T>(read: () => T): T {
    const length = Number(this.varint());
    const outer = this.end;
    if (length > outer - this.at) this.stop(`a length of ${length} where ${outer - this.at} bytes are left`);
    this.end = this.at + length;
    const value = read();
    this.end = outer;
    return value;
  }

  private skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.advance(8);
    else if (wireType === FIXED32) this.advance(4);
    else this.within(() => this.advance(this.end - this.at));
  }

  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < VARINT_BITS; shift += 7n) {
      const byte = this.bytes[this.advance(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (byte === 0 && shift > 0n)
        this.findings.add('wire', `byte ${this.at - 1}`, 'a varint of too many bytes');
      if (value >> VARINT_BITS > 0n) this.stop('a varint of more than 64 bits');
      return value;
    }
    return this.stop('a varint of more than ten bytes');
  }

  private advance(bytes: number): number {
    const { at } = this;
    if (bytes > this.end - at) this.stop(`${bytes} bytes where ${this.end - at} are left`);
    this.at += bytes;
    return at;
  }

  private stop(problem: string): never {
    throw new Unreadable(`byte ${this.at}: ${problem}`);
  }
}

function wireTypeOf(type: string): number {
  if (type === 'double') return FIXED64;
  return type === 'string' || Object.hasOwn(SCHEMAS, type) ? BYTES : VARINT;
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}
