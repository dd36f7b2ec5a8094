/**
 * Partial success: what the answer of a receiver says of data points that it has refused, though it has taken the request.
 *
 * An answer is from outside: what is no ExportMetricsServiceResponse says nothing.
 */
import type { OtlpAnswer } from './otlp-attempt.js';

export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const NOTHING: PartialSuccess = { rejected: 0, message: '' };
/** Fields of the answer, and of the message in it. */
const PARTIAL_SUCCESS_FIELD = 1;
const REJECTED_FIELD = 1;
const MESSAGE_FIELD = 2;

export function partialSuccessOf({ body, contentType }: OtlpAnswer): PartialSuccess {
  try {
    return /json/i.test(contentType) ? ofJson(body) : ofProtobuf(body);
  } catch {
    return NOTHING;
  }
}

function ofJson(body: Uint8Array): PartialSuccess {
  const { partialSuccess } = JSON.parse(Buffer.from(body).toString('utf8')) as {
    readonly partialSuccess?: { readonly rejectedDataPoints?: unknown; readonly errorMessage?: unknown };
  };
  const { rejectedDataPoints = 0, errorMessage = '' } = partialSuccess ?? {};
  return partial(Number(rejectedDataPoints), String(errorMessage));
}

function ofProtobuf(body: Uint8Array): PartialSuccess {
  let found = NOTHING;
  for (const field of fieldsOf(body)) {
    if (field.number !== PARTIAL_SUCCESS_FIELD || typeof field.value === 'number') continue;
    let [rejected, message] = [0, ''];
    for (const { number, value } of fieldsOf(field.value)) {
      if (number === REJECTED_FIELD && typeof value === 'number') rejected = value;
      if (number === MESSAGE_FIELD && typeof value !== 'number')
        message = Buffer.from(value).toString('utf8');
    }
    found = partial(rejected, message);
  }
  return found;
}

function partial(rejected: number, message: string): PartialSuccess {
  return { rejected: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0, message };
}

interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a message in the protobuf wire format. @throws Error when it is none */
function* fieldsOf(bytes: Uint8Array): Generator<Field, void> {
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
