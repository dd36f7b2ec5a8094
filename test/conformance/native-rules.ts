/** Native rules: the native buckets of a histogram in the protobuf format (prometheus.io/docs/specs/native_histograms). */
import type { ReadMessage } from './protobuf-reader.js';
import type { Findings } from './rules.js';

const SCHEMAS: readonly [min: number, max: number] = [-4, 8];
/** Powers of two below and above all doubles but zero and the infinities. */
const POWERS: readonly [min: number, max: number] = [-1_074, 1_024];

/** True when Prometheus takes it for a native one, or when anything in it says that it is meant to be one. */
export function isNative({ fields }: ReadMessage): boolean {
  const { schema, zeroThreshold, zeroCount } = fields;
  const lists = ['positiveSpan', 'negativeSpan', 'positiveDelta', 'negativeDelta'];
  const hasLists = lists.some(name => (fields[name] as readonly unknown[]).length > 0);
  return schema !== undefined || zeroThreshold !== undefined || zeroCount !== undefined || hasLists;
}

export function checkNative(histogram: ReadMessage, findings: Findings): void {
  const { fields, place } = histogram;
  const {
    schema,
    zeroThreshold = 0,
    zeroCount = 0n,
  } = fields as {
    schema?: number;
    zeroThreshold?: number;
    zeroCount?: bigint;
  };
  if (schema === undefined || schema < SCHEMAS[0] || schema > SCHEMAS[1]) {
    findings.add('native-schema', place, `schema ${String(schema)}`);
    return;
  }
  if (!(zeroThreshold >= 0 && zeroThreshold < Infinity))
    findings.add('native-schema', place, `threshold ${zeroThreshold}`);
  const spanCount = listOf(histogram, 'positiveSpan').length + listOf(histogram, 'negativeSpan').length;
  if (spanCount === 0 && zeroThreshold === 0)
    findings.add('native-spans', place, 'nothing tells it from a classic histogram');
  let counted = zeroCount;
  for (const sign of ['positive', 'negative'] as const) {
    if ((fields[`${sign}Count`] as readonly unknown[]).length > 0)
      findings.add('field', place, `${sign}Count of counts that are whole`);
    for (const [index, count] of bucketsOf(histogram, sign, schema, findings)) {
      counted += count;
      if (count > 0n && 2 ** (index * 2 ** -schema) <= zeroThreshold)
        findings.add('native-zero', place, `${sign} bucket ${index} with a threshold of ${zeroThreshold}`);
    }
  }
  const { count, sum } = fields as { count?: bigint; sum?: number };
  // Observations of NaN are in no bucket.
  if (count !== undefined && (Number.isNaN(sum) ? counted > count : counted !== count))
    findings.add('native-count', place, `${counted} in buckets, ${count} in all`);
}

function bucketsOf(
  histogram: ReadMessage,
  sign: 'positive' | 'negative',
  schema: number,
  findings: Findings,
): [index: number, count: bigint][] {
  const spans = listOf(histogram, `${sign}Span`) as readonly ReadMessage[];
  const deltas = listOf(histogram, `${sign}Delta`) as readonly bigint[];
  const buckets: [number, bigint][] = [];
  let [index, count] = [0, 0n];
  for (const [i, { fields, place }] of spans.entries()) {
    const { offset = 0, length = 0 } = fields as { offset?: number; length?: number };
    if (i > 0 && offset < 0) findings.add('native-spans', place, `an offset of ${offset}`);
    if (length === 0 && (spans.length > 1 || offset !== 0 || deltas.length > 0))
      findings.add('native-spans', place, 'a span of no buckets');
    index += offset;
    for (let k = 0; k < length && buckets.length < deltas.length; k++, index++) {
      count += deltas[buckets.length]!;
      if (count < 0n) findings.add('native-deltas', place, `bucket ${index} counts ${count}`);
      buckets.push([index, count]);
    }
    if (index <= POWERS[0] * 2 ** schema || index > POWERS[1] * 2 ** schema + 2)
      findings.add('native-spans', place, `bucket ${index} of schema ${schema}`);
  }
  const length = spans.reduce((sum, { fields }) => sum + Number(fields['length'] ?? 0), 0);
  if (length !== deltas.length)
    findings.add('native-deltas', histogram.place, `${deltas.length} ${sign} deltas for ${length} buckets`);
  return buckets;
}

function listOf({ fields }: ReadMessage, name: string): readonly unknown[] {
  return fields[name] as readonly unknown[];
}
