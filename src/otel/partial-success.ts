/**
 * Partial success: what the answer of a receiver says of data points that it has refused, though it has taken the request.
 *
 * An answer is from outside: what is no ExportMetricsServiceResponse says nothing.
 */
import type { OtlpAnswer } from './otlp-attempt.js';
import { fieldsOf } from './wire-fields.js';

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
