import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeConflict } from '../../../src/primitives/definition-conflict.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type {
  FamilyDescription,
  FamilyDescriptor,
  FamilyType,
} from '../../../src/primitives/family-descriptor.js';

const ADVICE = '; define it alike in every place and thread, or choose another name';

function descriptorOf(type: FamilyType, options: Partial<FamilyDescription>): FamilyDescriptor {
  return describeFamily(type, { name: 'm', help: 'M.', ...options }, 3);
}

function conflictOf(type: FamilyType, is: object, wanted: object): string | undefined {
  const conflict = describeConflict(descriptorOf(type, is), descriptorOf(type, wanted));
  if (conflict === undefined) return undefined;
  assert.ok(conflict.endsWith(ADVICE), conflict);
  return conflict.slice(0, -ADVICE.length);
}

describe('the conflict of two definitions', () => {
  const base = descriptorOf('gauge', { labelNames: ['a'] });

  it('names each difference, and both sides of it', () => {
    const OTHERS: readonly Partial<FamilyDescriptor>[] = [
      { type: 'counter' },
      { help: 'N.' },
      { unit: 'x' },
      { labelNames: ['b'] },
      { labelNames: ['a', 'b'] },
      { aggregator: 'max' },
      { sharing: 'atomic' },
    ];
    for (const other of OTHERS) {
      const [key, value] = Object.entries(other)[0]!;
      const expected = `${key} is ${JSON.stringify(base[key as keyof FamilyDescriptor])}, this definition has ${JSON.stringify(value)}`;
      assert.equal(describeConflict(base, { ...base, ...other }), expected + ADVICE);
    }
    assert.equal(
      describeConflict(base, { ...base, help: 'N.', bounds: [1, 2] }),
      `help is "M.", this definition has "N."; buckets is [], this definition has [1,2]${ADVICE}`,
    );
  });

  it('says which limits one side does not give', () => {
    assert.equal(conflictOf('gauge', { seriesMax: 5 }, {}), 'seriesMax is 5, this definition gives none');
    assert.equal(
      conflictOf('gauge', {}, { idleExpirySeconds: 60 }),
      'idleExpirySeconds is not given, this definition has 60',
    );
  });

  it('names the options of sketches, not what they are made into', () => {
    const CASES: readonly [FamilyType, object, object, string][] = [
      ['summary', { percentiles: [0.5] }, {}, 'percentiles is [0.5], this definition has []'],
      [
        'summary',
        { relativeError: 0.1, maxBuckets: 20 },
        {},
        'relativeError is 0.086, this definition has 0.0054; maxBuckets is 20, this definition has 2000',
      ],
      ['summary', { maxAgeSeconds: 60 }, {}, 'maxAgeSeconds is 60, this definition gives none'],
      [
        'summary',
        { maxAgeSeconds: 60 },
        { maxAgeSeconds: 60, ageBuckets: 3 },
        'ageBuckets is 5, this definition has 3',
      ],
      [
        'histogram',
        { native: true },
        { native: { schema: 3, maxBuckets: 20, zeroThreshold: 0.5 } },
        'native.schema is 8, this definition has 3; native.maxBuckets is 160, this definition has 20; ' +
          `native.zeroThreshold is ${2 ** -128}, this definition has 0.5`,
      ],
      [
        'histogram',
        {},
        { native: { schema: 3, zeroThreshold: 0 } },
        'native is not given, this definition has {"schema":3,"maxBuckets":160,"zeroThreshold":0}',
      ],
    ];
    for (const [type, is, wanted, expected] of CASES) assert.equal(conflictOf(type, is, wanted), expected);
  });

  it('of two types names the types, and no sketch', () => {
    const conflict = describeConflict(descriptorOf('summary', {}), descriptorOf('counter', {}));
    assert.equal(conflict, `type is "summary", this definition has "counter"${ADVICE}`);
  });

  it('is there exactly when the descriptors differ, rounded texts or not', () => {
    const summary = fc
      .record({
        relativeError: fc.double({ min: 0.0014, max: 0.33, noNaN: true }),
        maxBuckets: fc.integer({ min: 20, max: 24 }),
        maxAgeSeconds: fc.option(fc.double({ min: 2, max: 5, noNaN: true }), { nil: undefined }),
        ageBuckets: fc.integer({ min: 1, max: 15 }),
      })
      .map(options => descriptorOf('summary', options as FamilyDescription));
    const check = (a: FamilyDescriptor, b: FamilyDescriptor): void =>
      assert.equal(describeConflict(a, b) === undefined, JSON.stringify(a) === JSON.stringify(b));
    fc.assert(fc.property(summary, summary, check));
    fc.assert(fc.property(summary, one => check(one, { ...one })));
  });
});
