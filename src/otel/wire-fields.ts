/** Wire fields: the fields of a protobuf message that came from outside. */

export interface WireField {
  readonly number: number;
  /** Of a fixed size or with a length of its own: its bytes. */
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** @throws Error when the bytes are no message */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField, void> {
  let at = 0;
  const byte = (): number => {
    if (at >= bytes.length) throw new Error('a message that ends in the middle');
    return bytes[at++]!;
  };
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const next = byte();
      value += (next & 0x7f) * factor;
      if (next < 0x80) return value;
      factor *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === VARINT) {
      yield { number, value: varint() };
      continue;
    }
    const length = wireType === LENGTH_DELIMITED ? varint() : FIXED_BYTES[wireType];
    if (length === undefined || length > bytes.length - at) throw new Error('a field of no known form');
    at += length;
    yield { number, value: bytes.subarray(at - length, at) };
  }
}
