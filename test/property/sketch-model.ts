/**
 * Sketch model: exponential buckets as the definition has them, in exact integers, one value after the other.
 *
 * Bucket i of schema s holds the values in (2^((i-1)/2^s), 2^(i/2^s)]. A finite double is an integer times a power of two,
 * so which bucket it is in is a question of integers: is m^(2^s) at most 2^k?
 */

export interface ModelShape {
  readonly schema: number;
  readonly bucketsMax: number;
  readonly zeroThreshold: number;
}

export interface ModelBuckets {
  readonly schema: number;
  readonly zeroCount: number;
  /** Index and count of each bucket that is not empty, by increasing index. */
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
}

const COARSEST_SCHEMA = -4;
const MANTISSA_BITS = 52;
const view = new DataView(new ArrayBuffer(8));

/** A positive, finite double as mantissa times 2^exponent, both integers. */
export function partsOf(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> BigInt(MANTISSA_BITS));
  const fraction = bits & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1022 - MANTISSA_BITS }
    : { mantissa: fraction | (1n << BigInt(MANTISSA_BITS)), exponent: biased - 1023 - MANTISSA_BITS };
}

/** The smallest k for which an integer is at most 2^k. */
export function ceilLog2(integer: bigint): number {
  const below = integer - 1n;
  if (below === 0n) return 0;
  const digits = below.toString(16);
  return (digits.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(digits[0]!, 16)));
}

/** What was worked out before: tests record the same values many times. */
const known = new Map<string, number>();
const KNOWN_MAX = 100_000;

/** Index of the bucket of a positive, finite value. */
export function exactIndexOf(value: number, schema: number): number {
  const key = `${value} ${schema}`;
  let index = known.get(key);
  if (index === undefined) {
    index = newIndexOf(value, schema);
    if (known.size === KNOWN_MAX) known.clear();
    known.set(key, index);
  }
  return index;
}

function newIndexOf(value: number, schema: number): number {
  const { mantissa, exponent } = partsOf(value);
  if (schema < 0) return Math.ceil((ceilLog2(mantissa) + exponent) / 2 ** -schema) + 0;
  const bucketsPerDoubling = 2 ** schema;
  return ceilLog2(mantissa ** BigInt(bucketsPerDoubling)) + exponent * bucketsPerDoubling;
}

/** The absolute value, and how often it was recorded. */
interface Weighed {
  readonly value: number;
  readonly times: number;
}

export class SketchModel {
  private readonly positive: Weighed[] = [];
  private readonly negative: Weighed[] = [];
  private zeroCount = 0;

  constructor(private readonly shape: ModelShape) {}

  /** Records a value; 0 times makes room for it, as a thread does that is killed before it has counted it. */
  add(value: number, times = 1): void {
    if (Math.abs(value) <= this.shape.zeroThreshold) this.zeroCount += times;
    else (value > 0 ? this.positive : this.negative).push({ value: Math.abs(value), times });
  }

  /** The finest schema at which all values fit, or the coarsest, with what is too low in the lowest bucket. */
  buckets(): ModelBuckets {
    let { schema } = this.shape;
    let positive = indexes(this.positive, schema);
    let negative = indexes(this.negative, schema);
    while (schema > COARSEST_SCHEMA && widthOf(positive) + widthOf(negative) > this.shape.bucketsMax) {
      schema--;
      positive = indexes(this.positive, schema);
      negative = indexes(this.negative, schema);
    }
    const [positiveRoom, negativeRoom] = this.rooms(widthOf(positive), widthOf(negative));
    return {
      schema,
      zeroCount: this.zeroCount,
      positive: counted(positive, positiveRoom),
      negative: counted(negative, negativeRoom),
    };
  }

  /** Half of the buckets for each sign, and what the other one leaves. */
  private rooms(positiveWidth: number, negativeWidth: number): [number, number] {
    const { bucketsMax } = this.shape;
    const half = Math.floor(bucketsMax / 2);
    if (positiveWidth + negativeWidth <= bucketsMax) return [positiveWidth, negativeWidth];
    if (negativeWidth <= half) return [bucketsMax - negativeWidth, negativeWidth];
    if (positiveWidth <= bucketsMax - half) return [positiveWidth, bucketsMax - positiveWidth];
    return [bucketsMax - half, half];
  }
}

interface Indexed {
  readonly index: number;
  readonly times: number;
}

function indexes(values: readonly Weighed[], schema: number): Indexed[] {
  return values.map(({ value, times }) => ({ index: exactIndexOf(value, schema), times }));
}

function widthOf(found: readonly Indexed[]): number {
  const all = found.map(({ index }) => index);
  return all.length === 0 ? 0 : Math.max(...all) - Math.min(...all) + 1;
}

function counted(found: readonly Indexed[], room: number): [number, number][] {
  const lowest = Math.max(...found.map(({ index }) => index)) - room + 1;
  const counts = new Map<number, number>();
  for (const { index, times } of found) {
    const kept = Math.max(index, lowest);
    counts.set(kept, (counts.get(kept) ?? 0) + times);
  }
  return [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
}
