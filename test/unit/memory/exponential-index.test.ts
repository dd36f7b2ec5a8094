import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FINEST_BUCKETS,
  FINEST_INDEX_MAX,
  SCHEMA_MAX,
  SCHEMA_MIN,
  coarserIndex,
  exponentialTable,
  finestIndexOf,
  mantissaBounds,
} from '../../../src/memory/exponential-index.js';
import { SKETCH_BUCKETS_MAX } from '../../../src/memory/sketch-shape.js';
import { StripedSketch } from '../../../src/memory/sketch-writer.js';
import { SketchReader } from '../../../src/memory/sketch-reader.js';
import { neighbourOf } from '../../property/arbitraries.js';
import { exactIndexOf } from '../../property/sketch-model.js';
import { withMutant } from '../../model/stepping.js';
import { newArena } from './arenas.js';
import { shapeOf, shownBuckets } from './sketches.js';

const EXPONENT_MIN = -1_022;
const EXPONENT_MAX = 1_023;
const SUBNORMAL_EXPONENT_MIN = -1_074;
const MANTISSA_BITS = 52;
const SCHEMAS = Array.from({ length: SCHEMA_MAX - SCHEMA_MIN + 1 }, (_, i) => SCHEMA_MIN + i);

/** Upper bound, included, of a bucket: the double next to the real one. Infinity where no double is large enough. */
function upperBoundOf(index: number, schema: number): number {
  return 2 ** (index / 2 ** schema);
}

/** m^256 is at most 2^(k + 52 * 256): m / 2^52 is at most 2^(k/256). */
function isBelowBound(mantissa: bigint, k: number): boolean {
  return mantissa ** BigInt(FINEST_BUCKETS) <= 1n << BigInt(k + MANTISSA_BITS * FINEST_BUCKETS);
}

/** The largest doubles in 1..2 that are not above 2^(k/256), found by halving, with exact powers. */
const BOUNDS: readonly number[] = Array.from({ length: FINEST_BUCKETS }, (_, k) => {
  let low = 1n << BigInt(MANTISSA_BITS);
  let high = low << 1n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (isBelowBound(middle, k)) low = middle;
    else high = middle;
  }
  return Number(low) / 2 ** MANTISSA_BITS;
});

/** Calls `visit` with each bound of a schema among the normal doubles: the largest double not above it, and its index. */
function forEachBound(
  schema: number,
  exponents: { readonly from: number; readonly to: number },
  visit: (bound: number, index: number) => void,
): void {
  const step = 2 ** (SCHEMA_MAX - schema);
  for (let exponent = exponents.from; exponent <= exponents.to; exponent++) {
    for (let k = 0; k < FINEST_BUCKETS; k += Math.min(step, FINEST_BUCKETS)) {
      const finest = exponent * FINEST_BUCKETS + k;
      if (finest % step === 0) visit(BOUNDS[k]! * 2 ** exponent, finest / step);
    }
  }
}

const EVERYWHERE = { from: EXPONENT_MIN, to: EXPONENT_MAX };

describe('the bounds of the finest schema', () => {
  it('are the largest doubles not above the real ones', () => {
    assert.deepEqual(
      mantissaBounds().map(bound => Number(bound) / 2 ** MANTISSA_BITS),
      BOUNDS,
    );
  });
});

describe('the index of a value', () => {
  it('at each bound of each schema is that of the bucket which the bound ends, and one more right above it', () => {
    for (const schema of SCHEMAS) {
      let checked = 0;
      const shift = SCHEMA_MAX - schema;
      forEachBound(schema, EVERYWHERE, (bound, index) => {
        const above = neighbourOf(bound, 1);
        if (
          coarserIndex(finestIndexOf(bound), shift) !== index ||
          coarserIndex(finestIndexOf(above), shift) !== index + 1
        ) {
          assert.fail(
            `schema ${schema}: the indexes at ${bound} and above it are not ${index} and ${index + 1}`,
          );
        }
        checked++;
      });
      const expected = Math.floor((EXPONENT_MAX - EXPONENT_MIN) * 2 ** schema);
      assert.ok(checked >= expected, `${checked} bounds`);
    }
  });

  it('is exact for subnormal values at their bounds, below and above', () => {
    for (const schema of SCHEMAS) {
      for (let exponent = SUBNORMAL_EXPONENT_MIN; exponent < EXPONENT_MIN; exponent += 3) {
        for (let k = 0; k < FINEST_BUCKETS; k += 17) {
          const bound = BOUNDS[k]! * 2 ** exponent;
          for (const value of [bound, neighbourOf(bound, 1), neighbourOf(bound, -1)]) {
            if (value === 0) continue;
            const index = coarserIndex(finestIndexOf(value), SCHEMA_MAX - schema);
            assert.equal(index, exactIndexOf(value, schema), `${value} at schema ${schema}`);
          }
        }
      }
    }
  });

  it('at the ends of the doubles is that of the first and the last bucket', () => {
    assert.equal(finestIndexOf(5e-324), SUBNORMAL_EXPONENT_MIN * FINEST_BUCKETS);
    assert.equal(finestIndexOf(Number.MAX_VALUE), FINEST_INDEX_MAX);
    assert.equal(finestIndexOf(1), 0);
  });

  it('says which values lie between the bounds that are shown', () => {
    for (const schema of SCHEMAS) {
      for (const value of [0.001, 0.3, 1, 1.5, 3, 1_000, 1e12]) {
        const index = coarserIndex(finestIndexOf(value), SCHEMA_MAX - schema);
        assert.ok(value <= upperBoundOf(index, schema), `${value} at schema ${schema}`);
        assert.ok(value > upperBoundOf(index - 1, schema), `${value} at schema ${schema}`);
      }
    }
  });
});

describe('the index that a recording computes by itself', () => {
  const arena = newArena({ stripeBytes: 262_144 });
  const { words, quads, doubles } = arena;
  const AT = arena.stripeOffset(1);
  const writer = { words, quads, doubles, stripeOffset: 0, mark: 1 };

  /** The buckets of a fresh sketch over some binades after `record`, which may not leave the short way. */
  function recorded(
    schema: number,
    { from, to }: { readonly from: number; readonly to: number },
    record: (sketch: StripedSketch) => void,
  ): ReadonlyMap<number, number> {
    const shape = shapeOf({ bucketsMax: SKETCH_BUCKETS_MAX, schema });
    words.fill(0, AT / 4);
    const sketch = new StripedSketch(writer, shape);
    sketch.moveTo(AT);
    // The window is as wide as it has to be from here on.
    sketch.add(2 ** from);
    sketch.add(neighbourOf(BOUNDS.at(-1)! * 2 ** to, 1));
    const leave = (): never => assert.fail('the recording took the long way');
    withMutant(StripedSketch.prototype, 'addOther', leave, () => record(sketch));
    const reader = new SketchReader(arena, shape);
    reader.start();
    reader.addStriped(AT, 0);
    const shown = shownBuckets(reader.merge());
    assert.equal(shown.schema, schema, 'nothing was made coarser');
    return new Map(shown.positive);
  }

  it('is exact at each bound of each schema and right above it', () => {
    for (const schema of SCHEMAS) {
      const binades = Math.floor(SKETCH_BUCKETS_MAX / 2 ** schema) - 2;
      // The smallest values with a full exponent, and those of the last bucket of all, are looked at twice: beside them
      // are subnormal ones and infinity.
      for (let from = EXPONENT_MIN + 1; from < EXPONENT_MAX; from += binades) {
        const span = { from, to: Math.min(from + binades - 1, EXPONENT_MAX - 2 ** Math.max(0, -schema)) };
        const expected = new Map<number, number>();
        const expect = (index: number): void => void expected.set(index, (expected.get(index) ?? 0) + 1);
        const counts = recorded(schema, span, sketch => {
          expect(exactIndexOf(2 ** span.from, schema));
          expect(exactIndexOf(neighbourOf(BOUNDS.at(-1)! * 2 ** span.to, 1), schema));
          forEachBound(schema, span, (bound, index) => {
            sketch.add(bound);
            sketch.add(neighbourOf(bound, 1));
            expect(index);
            expect(index + 1);
          });
        });
        const inOrder = (map: ReadonlyMap<number, number>): [number, number][] =>
          [...map].sort(([a], [b]) => a - b);
        assert.deepEqual(inOrder(counts), inOrder(expected), `schema ${schema} from 2^${from}`);
      }
    }
  });

  it('mutant: a table whose bounds are one double off is noticed', () => {
    const shape = shapeOf({ bucketsMax: 600, schema: 8 });
    const countsWith = (lowWords: Uint32Array): number[] => {
      words.fill(0, AT / 4);
      const sketch = new StripedSketch(writer, shape);
      Reflect.set(sketch, 'lowWords', lowWords);
      sketch.moveTo(AT);
      sketch.add(1.0001);
      sketch.add(1.9999);
      for (const bound of BOUNDS.slice(1)) sketch.add(bound);
      const reader = new SketchReader(arena, shape);
      reader.start();
      reader.addStriped(AT, 0);
      return shownBuckets(reader.merge()).positive.map(([, count]) => count);
    };
    const { lowWords } = exponentialTable();
    const expected = [2, ...Array.from({ length: FINEST_BUCKETS - 2 }, () => 1), 1];
    assert.deepEqual(countsWith(lowWords), expected);
    const oneOff = lowWords.map(low => (low === 0 ? low : low - 1));
    assert.notDeepEqual(countsWith(oneOff), expected);
  });
});
