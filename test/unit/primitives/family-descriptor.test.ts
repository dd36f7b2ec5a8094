import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import { BUCKETS_MAX } from '../../../src/memory/bucket-index.js';
import {
  decodeDescriptor,
  describeConflict,
  describeFamily,
  encodeDescriptor,
} from '../../../src/primitives/family-descriptor.js';
import type {
  FamilyDescription,
  FamilyDescriptor,
  FamilyType,
} from '../../../src/primitives/family-descriptor.js';

function describeOf(type: FamilyType, options: unknown): FamilyDescriptor {
  return describeFamily(type, options as FamilyDescription, 3);
}

function problemsOf(type: FamilyType, options: object): string {
  try {
    describeOf(type, { name: 'm', help: 'M.', ...options });
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.message;
  }
  return 'none';
}

describe('describing a family', () => {
  it('fills in what is left out', () => {
    assert.deepEqual(describeOf('gauge', { name: 'depth', help: 'Depth.' }), {
      type: 'gauge',
      name: 'depth',
      help: 'Depth.',
      unit: '',
      labelNames: [],
      aggregator: 'sum',
      sharing: 'striped',
      bounds: [],
      sketch: null,
      quantiles: [],
      enableExemplars: false,
      states: [],
      initial: '',
      seriesMax: 0,
      idleExpirySeconds: 0,
      openLabels: false,
    });
  });

  it('keeps copies of the lists that it was given', () => {
    const options = { name: 'm', help: 'M.', labelNames: ['a'], buckets: [1, 2] };
    const descriptor = describeOf('histogram', options);
    options.labelNames.push('b');
    options.buckets.push(3);
    assert.deepEqual([descriptor.labelNames, descriptor.bounds], [['a'], [1, 2]]);
  });

  it('makes `last` one shared value', () => {
    assert.equal(describeOf('gauge', { name: 'm', help: 'M.', aggregator: 'last' }).sharing, 'atomic');
    assert.equal(describeOf('gauge', { name: 'm', help: 'M.', sharing: 'atomic' }).sharing, 'atomic');
  });

  it('checks in the order of prom-client, one fault after the other', () => {
    const STEPS: readonly [unknown, string, RegExp][] = [
      [undefined, 'TypeError', /^constructor expected a config object, such as .* not undefined$/],
      [null, 'TypeError', /^constructor expected a config object, such as .* not null$/],
      ['m', 'TypeError', /^constructor expected a config object, such as .* not 'm'$/],
      [{}, 'Error', /^Missing mandatory help parameter; say/],
      [{ name: 'm', help: '' }, 'Error', /^Missing mandatory help parameter of 'm'; say/],
      [{ help: 'M.' }, 'Error', /^Missing mandatory name parameter; the help is 'M\.'$/],
      [{ help: 'M.', name: '' }, 'Error', /^Missing mandatory name parameter; the help is 'M\.'$/],
      [
        { help: 'M.', name: '1m', labelNames: ['-'] },
        'Error',
        /^Invalid metric name: '1m'; it must match \S+ and be at/,
      ],
      [
        { help: 'M.', name: 'm', labelNames: ['-', 'a', ''] },
        'Error',
        /^Invalid label name: -, {2}of m; it must match/,
      ],
    ];
    for (const [options, name, message] of STEPS)
      assert.throws(() => describeOf('counter', options), { name, message });
  });

  it('takes every name of the data model and no other', () => {
    for (const name of ['a', '_', ':', 'a:b_C9', '__proto__', 'constructor', 'x'.repeat(1_000)]) {
      assert.equal(describeOf('counter', { name, help: 'M.' }).name, name);
    }
    for (const name of ['9', 'a-b', 'a b', 'a.b', 'é', 'a\n', '\na', 'x'.repeat(1_001), 5, {}, ['a']]) {
      assert.throws(() => describeOf('counter', { name, help: 'M.' }), /^Error: Invalid metric name: /);
    }
  });

  it('takes every label name of the data model and no other', () => {
    for (const label of ['a', '_', 'a9_B', 'constructor', 'toString', 'quantile']) {
      assert.deepEqual(describeOf('counter', { name: 'm', help: 'M.', labelNames: [label] }).labelNames, [
        label,
      ]);
    }
    for (const label of ['9', 'a:b', 'a-b', '', 'é', 'a\n', 5, null]) {
      assert.throws(
        () => describeOf('counter', { name: 'm', help: 'M.', labelNames: [label] }),
        /^Error: Invalid label name: /,
      );
    }
  });

  it('refuses labels that samples get by themselves', () => {
    const withLabel =
      (type: FamilyType, label: string, options = {}) =>
      (): FamilyDescriptor =>
        describeOf(type, { name: 'm', help: 'M.', labelNames: [label], ...options });
    assert.throws(withLabel('histogram', 'le'), {
      message:
        'le is a reserved label keyword; samples of the histogram m have it by themselves, rename the label',
    });
    assert.equal(withLabel('counter', 'le')().type, 'counter');
    for (const type of ['counter', 'gauge', 'histogram'] as const) {
      assert.throws(
        withLabel(type, 'otel_metric_overflow'),
        /^Error: otel_metric_overflow is a reserved label keyword; samples of the \w+ m have it by themselves/,
      );
      assert.throws(
        withLabel(type, '__name__'),
        /__name__ of m; names that start with __ are reserved for Prometheus/,
      );
    }
    assert.throws(
      withLabel('gauge', 'thread', { aggregator: 'thread' }),
      /label thread is added by aggregator thread/,
    );
    assert.equal(withLabel('gauge', 'thread')().type, 'gauge');
  });

  it('refuses a label name that is given twice, and too many', () => {
    const withLabels =
      (...labelNames: string[]) =>
      (): FamilyDescriptor =>
        describeOf('counter', { name: 'm', help: 'M.', labelNames });
    assert.throws(withLabels('a', 'b', 'a'), { message: 'Invalid label name: a of m is given twice' });
    assert.equal(withLabels('a', 'b', 'c')().labelNames.length, 3);
    assert.throws(withLabels('a', 'b', 'c', 'd'), {
      message: 'm has 4 label names, the limit is 3; drop some or raise labelsMax',
    });
  });

  it('lists every wrong choice at once', () => {
    const message = problemsOf('gauge', {
      aggregator: 'median',
      sharing: 'both',
      seriesMax: 0,
      unit: 'seconds',
    });
    assert.equal(
      message,
      "m: aggregator 'median' is not one of sum, min, max, average, first, last, omit, thread; sharing 'both' is not " +
        'one of striped, atomic; seriesMax 0 is no positive integer; unit seconds is not the end of the name; rename ' +
        'it to m_seconds',
    );
    for (const seriesMax of [-1, 1.5, NaN, '5', null]) {
      assert.match(problemsOf('counter', { seriesMax }), /^m: seriesMax .* is no positive integer$/);
    }
  });

  it('takes a positive, finite time after which idle series are removed', () => {
    assert.equal(
      describeOf('gauge', { name: 'm', help: 'M.', idleExpirySeconds: 0.5 }).idleExpirySeconds,
      0.5,
    );
    for (const idleExpirySeconds of [0, -1, NaN, Infinity, '5', null]) {
      assert.match(
        problemsOf('counter', { idleExpirySeconds }),
        /^m: idleExpirySeconds .* is no positive, finite number; leave it out to keep idle series$/,
      );
    }
    assert.match(
      problemsOf('counter', { idleExpirySeconds: 0, seriesMax: 0 }),
      /seriesMax 0 .*; idleExpirySeconds 0 /,
    );
  });

  it('wants the unit at the end of the name, before _total', () => {
    for (const name of ['m_seconds', 'm_seconds_total']) {
      assert.equal(describeOf('counter', { name, help: 'M.', unit: 'seconds' }).unit, 'seconds');
    }
    assert.match(problemsOf('counter', { name: 'seconds', unit: 'seconds' }), /is not the end of the name/);
    assert.match(problemsOf('gauge', { unit: 'seconds' }), /; rename it to m_seconds$/);
    assert.match(
      problemsOf('counter', { name: 'a_total', unit: 'seconds' }),
      /; rename it to a_seconds_total$/,
    );
    assert.equal(problemsOf('counter', { unit: '' }), 'none');
  });

  it('wants lists where lists belong, and names every one that is none', () => {
    assert.equal(
      problemsOf('histogram', { labelNames: 'ab', buckets: 5 }),
      "m: labelNames is 'ab'; it must be an array of names; buckets is 5; it must be an array of numbers",
    );
    assert.match(problemsOf('counter', { labelNames: null }), /^m: labelNames is null;/);
  });

  it('wants a unit that a UNIT line can hold, behind which only a counter goes on', () => {
    for (const unit of ['m/s', 'é', 'a b', 5, null])
      assert.match(
        problemsOf('gauge', { name: `m_${unit}`.replace(/\W/g, ''), unit }),
        /^m_\w*: unit is .*; it must match/,
      );
    assert.match(
      problemsOf('gauge', { name: 'm_seconds_total', unit: 'seconds' }),
      /unit seconds is not the end of the name; rename it to m_seconds$/,
    );
    assert.match(
      problemsOf('counter', { name: 'lines_total', unit: 'total' }),
      /unit total is not the end of the name; rename it to lines_total_total$/,
    );
  });

  it('drops the bound that is always there from the end of the buckets', () => {
    assert.deepEqual(describeOf('histogram', { name: 'm', help: 'M.', buckets: [1, Infinity] }).bounds, [1]);
    assert.deepEqual(describeOf('histogram', { name: 'm', help: 'M.', buckets: [Infinity] }).bounds, []);
    for (const buckets of [
      [Infinity, Infinity],
      [Infinity, 1],
      [-Infinity, 1],
    ])
      assert.match(
        problemsOf('histogram', { buckets }),
        /is not finite; leave it out, \+Inf is always there/,
      );
  });

  it('puts quantiles in increasing order', () => {
    const percentiles = [0.99, 0, 1, 0.5];
    assert.deepEqual(
      describeOf('summary', { name: 'm', help: 'M.', percentiles }).quantiles,
      [0, 0.5, 0.99, 1],
    );
    assert.deepEqual(percentiles, [0.99, 0, 1, 0.5]);
    assert.match(
      problemsOf('summary', { percentiles: [1, 1, 2] }),
      /1 is given twice; percentile 2 is not in 0\.\.1/,
    );
  });

  it('lists every unusable bucket at once', () => {
    assert.equal(
      problemsOf('histogram', { buckets: [1, 1, 0, NaN, Infinity, '5'] }),
      'm: bucket 1 does not follow 1; sort them and leave out duplicates; bucket 0 does not follow 1; sort them and ' +
        'leave out duplicates; bucket NaN is no number; bucket Infinity is not finite; leave it out, +Inf is always ' +
        "there; bucket '5' is no number",
    );
    const many = Array.from({ length: BUCKETS_MAX }, (_, i) => i);
    assert.equal(
      problemsOf('histogram', { buckets: many }),
      `m: ${BUCKETS_MAX} buckets are more than ${BUCKETS_MAX - 1}`,
    );
    assert.equal(problemsOf('histogram', { buckets: [] }), 'none');
    assert.equal(problemsOf('histogram', { buckets: [-Number.MAX_VALUE, -5e-324, 0, 5e-324] }), 'none');
  });
});

describe('a conflict of definitions', () => {
  const base = describeOf('histogram', { name: 'm', help: 'M.', labelNames: ['a'], buckets: [1] });

  it('is none for the same definition, also after a round trip through bytes', () => {
    assert.equal(describeConflict(base, { ...base }), undefined);
    assert.equal(describeConflict(decodeDescriptor(encodeDescriptor(base)), base), undefined);
  });
});

describe('an encoded descriptor', () => {
  it('keeps every field, with any text', () => {
    const help = 'quotes " backslash \\ newline \n nul \0 emoji 😀 lone \ud800';
    const options = {
      name: 'm_bytes',
      help,
      unit: 'bytes',
      labelNames: ['a', 'b'],
      seriesMax: 7,
      buckets: [-1.5, 1e300],
    };
    const descriptor = describeOf('histogram', options);
    assert.deepEqual(decodeDescriptor(encodeDescriptor(descriptor)), descriptor);
  });
});
