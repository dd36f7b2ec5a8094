/** Planted messages: protobuf expositions that break one rule each, and good ones beside them; encoded by protobufjs. */
import protobuf from 'protobufjs';
import type { Rule } from './rules.js';

type Fields = Readonly<Record<string, unknown>>;

/** `double value = 1` as `value: 'double 1'`. */
function message(...fields: string[]): protobuf.IType {
  const described = fields.map(field => {
    const [name, type, id] = field.split(' ') as [string, string, string];
    const rule = type.endsWith('[]') ? { rule: 'repeated' } : {};
    return [name, { type: type.replace('[]', ''), id: Number(id), ...rule }] as const;
  });
  return { edition: '2023', fields: Object.fromEntries(described) };
}

const root = protobuf.Root.fromJSON({
  nested: {
    Timestamp: message('seconds int64 1', 'nanos int32 2'),
    LabelPair: message('name string 1', 'value string 2'),
    Value: message('value double 1', 'exemplar Exemplar 2', 'created Timestamp 3'),
    Quantile: message('quantile double 1', 'value double 2'),
    Summary: message('count uint64 1', 'sum double 2', 'quantile Quantile[] 3', 'created Timestamp 4'),
    Bucket: message('count uint64 1', 'upper double 2', 'exemplar Exemplar 3'),
    Span: message('offset sint32 1', 'length uint32 2'),
    Histogram: message(
      'count uint64 1',
      'sum double 2',
      'bucket Bucket[] 3',
      'countFloat double 4',
      'schema sint32 5',
      'zeroThreshold double 6',
      'zeroCount uint64 7',
      'negativeSpan Span[] 9',
      'negativeDelta sint64[] 10',
      'positiveSpan Span[] 12',
      'positiveDelta sint64[] 13',
      'positiveCount double[] 14',
      'created Timestamp 15',
      'exemplars Exemplar[] 16',
    ),
    Exemplar: message('label LabelPair[] 1', 'value double 2', 'timestamp Timestamp 3'),
    Metric: message(
      'label LabelPair[] 1',
      'gauge Value 2',
      'counter Value 3',
      'summary Summary 4',
      'histogram Histogram 7',
    ),
    Family: message(
      'name string 1',
      'help string 2',
      'type int32 3',
      'metric Metric[] 4',
      'unit string 5',
      'other int32 9',
    ),
  },
});
const Family = root.lookupType('Family');

const [COUNTER, GAUGE, SUMMARY, HISTOGRAM] = [0, 1, 2, 4];

export function family(fields: Fields): Fields {
  return { help: 'H.', ...fields };
}

export function delimited(...families: readonly Fields[]): Buffer {
  return Buffer.concat(families.map(fields => Buffer.from(Family.encodeDelimited(fields).finish())));
}

const gauge = (...labels: readonly (readonly [string, string])[]): Fields => ({
  label: labels.map(([name, value]) => ({ name, value })),
  gauge: { value: 1 },
});
const gauges = (...metric: readonly Fields[]): Buffer =>
  delimited(family({ name: 'g', type: GAUGE, metric }));
const counter = (fields: Fields): Buffer =>
  delimited(family({ name: 'c', type: COUNTER, metric: [{ counter: { value: 1, ...fields } }] }));
const summary = (fields: Fields): Buffer =>
  delimited(family({ name: 's', type: SUMMARY, metric: [{ summary: { count: 1, sum: 1, ...fields } }] }));
const histogram = (fields: Fields): Buffer =>
  delimited(family({ name: 'h', type: HISTOGRAM, metric: [{ histogram: fields }] }));

const CLASSIC: Fields = {
  count: 3,
  sum: 4.5,
  bucket: [
    { count: 1, upper: 1 },
    { count: 3, upper: Infinity },
  ],
};
const NATIVE: Fields = {
  count: 6,
  sum: 1,
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  positiveSpan: [
    { offset: -2, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveDelta: [1, 1, -1],
  negativeSpan: [{ offset: 0, length: 1 }],
  negativeDelta: [1],
};
const classic = (fields: Fields): Buffer => histogram({ ...CLASSIC, ...fields });
const native = (fields: Fields): Buffer => histogram({ ...NATIVE, ...fields });

const exemplar = (value: number, fields: Fields = {}): Fields => ({
  label: [{ name: 'a', value: 'x' }],
  value,
  ...fields,
});
const label = (name: string, value: string): Fields => ({ label: [{ name, value }], value: 1 });

interface PlantedMessage {
  readonly rule: Rule;
  readonly what: string;
  readonly body: Buffer;
}

const g = { name: 'g', type: GAUGE, metric: [gauge()] };
const fieldOf = (bytes: readonly number[]): Buffer => Buffer.of(bytes.length, ...bytes);
/** Name `g`, help `H`, type gauge, and a metric with the gauge 0 that `rest` goes on with. */
const RAW = [0x0a, 1, 0x67, 0x12, 1, 0x48, 0x18, 1];
const RAW_METRIC = [0x22, 11, 0x12, 9, 0x09, 0, 0, 0, 0, 0, 0, 0, 0];

const PLANTED: readonly (readonly [Rule, string, Buffer])[] = [
  ['wire', 'a length beyond the end', Buffer.of(100, 1)],
  ['wire', 'a varint of too many bytes', fieldOf([...RAW.slice(0, 7), 0x81, 0x00, ...RAW_METRIC])],
  ['wire', 'a wire type that is none', fieldOf([...RAW, ...RAW_METRIC, 0x4f])],
  ['utf-8', 'a help in another encoding', fieldOf([0x0a, 1, 0x67, 0x12, 1, 0xe9, 0x18, 1, ...RAW_METRIC])],
  ['field', 'one that is unknown', delimited(family({ ...g, other: 1 }))],
  ['field', 'one that is there twice', fieldOf([...RAW, 0x18, 1, ...RAW_METRIC])],
  ['field', 'one of another wire type', fieldOf([...RAW, ...RAW_METRIC, 0x28, 1])],
  ['field', 'a gauge without value', gauges({ gauge: {} })],
  ['field', 'counts as doubles', classic({ countFloat: 1 })],
  ['field', 'native counts as doubles', native({ positiveCount: [1] })],
  ['name', 'an empty one', delimited(family({ ...g, name: '' }))],
  ['name', 'one that was to be escaped', delimited(family({ ...g, name: 'g.x' }))],
  ['name', 'a label that was to be escaped', gauges(gauge(['a.b', 'x']))],
  ['type', 'one that is none', delimited(family({ ...g, type: 9 }))],
  ['metadata-missing', 'no help', delimited({ ...g })],
  ['metadata-missing', 'no type', delimited({ help: 'C.', name: 'c', metric: [{ counter: { value: 1 } }] })],
  ['family-twice', 'two messages', delimited(family(g), family({ ...g, metric: [gauge(['a', 'x'])] }))],
  ['family-empty', 'no metric', gauges()],
  ['metric-kind', 'a counter in a gauge', gauges({ counter: { value: 1 } })],
  ['metric-kind', 'nothing', gauges({})],
  ['metric-kind', 'two', gauges({ gauge: { value: 1 }, counter: { value: 1 } })],
  [
    'name-clash',
    'a gauge and a histogram',
    delimited(
      family({ ...g, name: 'h_count' }),
      family({ name: 'h', type: HISTOGRAM, metric: [{ histogram: CLASSIC }] }),
    ),
  ],
  ['unit', 'one that does not end the name', delimited(family({ ...g, unit: 'seconds' }))],
  ['sample-twice', 'the same labels', gauges(gauge(['a', 'x']), gauge(['a', 'x']))],
  ['label-twice', 'in one metric', gauges(gauge(['a', 'x'], ['a', 'y']))],
  ['label-order', 'in two metrics', gauges(gauge(['a', 'x'], ['b', 'y']), gauge(['b', 'x'], ['a', 'y']))],
  ['label-reserved', '__name__', gauges(gauge(['__name__', 'x']))],
  [
    'label-reserved',
    'le',
    delimited(family({ name: 'h', type: HISTOGRAM, metric: [{ ...label('le', '1'), histogram: CLASSIC }] })),
  ],
  ['counter-value', 'below 0', counter({ value: -1 })],
  ['counter-value', 'NaN', counter({ value: NaN })],
  ['created', 'before 1970', counter({ created: { seconds: -1 } })],
  ['created', 'a second of nanoseconds', counter({ created: { seconds: 1, nanos: 1_000_000_000 } })],
  ['exemplar-length', '129 characters', counter({ exemplar: { ...label('a', 'x'.repeat(128)) } })],
  ['timestamp-form', 'before 1970', counter({ exemplar: exemplar(1, { timestamp: { seconds: -1 } }) })],
  ['quantile-range', 'above 1', summary({ quantile: [{ quantile: 1.5, value: 1 }] })],
  [
    'bound-order',
    'quantiles',
    summary({
      quantile: [
        { quantile: 0.5, value: 1 },
        { quantile: 0.1, value: 1 },
      ],
    }),
  ],
  [
    'summary-totals',
    'no sum',
    delimited(family({ name: 's', type: SUMMARY, metric: [{ summary: { count: 1 } }] })),
  ],
  ['histogram-totals', 'no sum', histogram({ count: 3, bucket: CLASSIC['bucket'] })],
  [
    'bound-order',
    'bounds',
    classic({
      bucket: [
        { count: 1, upper: 2 },
        { count: 1, upper: 1 },
        { count: 3, upper: Infinity },
      ],
    }),
  ],
  ['bucket-infinity', 'not there', classic({ bucket: [{ count: 3, upper: 1 }] })],
  [
    'bucket-cumulative',
    'fewer',
    classic({
      bucket: [
        { count: 4, upper: 1 },
        { count: 3, upper: Infinity },
      ],
    }),
  ],
  ['count-of-buckets', 'another', classic({ count: 4 })],
  [
    'exemplar-bucket',
    'below it',
    classic({
      bucket: [
        { count: 1, upper: 1 },
        { count: 3, upper: Infinity, exemplar: exemplar(1) },
      ],
    }),
  ],
  [
    'exemplar-place',
    'native ones without native buckets',
    classic({ exemplars: [exemplar(1, { timestamp: { seconds: 1 } })] }),
  ],
  ['exemplar-place', 'a native one without time', native({ exemplars: [exemplar(1)] })],
  ['native-schema', 'above 8', native({ schema: 9 })],
  ['native-schema', 'a negative threshold', native({ zeroThreshold: -1 })],
  [
    'native-spans',
    'one that goes back',
    native({
      positiveSpan: [
        { offset: -2, length: 2 },
        { offset: -1, length: 1 },
      ],
    }),
  ],
  [
    'native-spans',
    'one of no buckets',
    native({
      positiveSpan: [
        { offset: -2, length: 3 },
        { offset: 1, length: 0 },
      ],
    }),
  ],
  ['native-spans', 'buckets that no double has', native({ positiveSpan: [{ offset: 9_000, length: 3 }] })],
  [
    'native-spans',
    'none, and no threshold',
    histogram({ count: 0, sum: 0, schema: 3, zeroThreshold: 0, zeroCount: 0 }),
  ],
  ['native-deltas', 'too few', native({ count: 7, positiveDelta: [2, 1] })],
  ['native-deltas', 'below 0', native({ count: 7, positiveDelta: [1, -2, 6] })],
  ['native-zero', 'a bucket within', native({ zeroThreshold: 4 })],
  ['native-count', 'another', native({ count: 7 })],
];

export const PLANTED_MESSAGES: readonly PlantedMessage[] = PLANTED.map(([rule, what, body]) => ({
  rule,
  what,
  body,
}));

export const GOOD_MESSAGES: readonly { readonly what: string; readonly body: Buffer }[] = [
  { what: 'a gauge', body: gauges(gauge(['a', 'é'], ['b', '']), gauge()) },
  { what: 'nothing', body: Buffer.of() },
  { what: 'a classic histogram', body: classic({ created: { seconds: 1, nanos: 999_999_999 } }) },
  { what: 'a native histogram', body: native({ exemplars: [exemplar(1, { timestamp: { seconds: 1 } })] }) },
  { what: 'a native histogram that saw NaN', body: native({ count: 9, sum: NaN }) },
  { what: 'both in one', body: native({ bucket: [{ count: 6, upper: Infinity, exemplar: exemplar(-1) }] }) },
  {
    what: 'an empty native histogram',
    body: histogram({
      count: 0,
      sum: 0,
      schema: 3,
      zeroThreshold: 0,
      zeroCount: 0,
      positiveSpan: [{ offset: 0, length: 0 }],
    }),
  },
  {
    what: 'a summary',
    body: summary({
      quantile: [
        { quantile: 0, value: NaN },
        { quantile: 1, value: 2 },
      ],
    }),
  },
  {
    what: 'a counter of seconds',
    body: delimited(
      family({
        name: 'c_seconds_total',
        type: COUNTER,
        unit: 'seconds',
        metric: [{ counter: { value: 1 } }],
      }),
    ),
  },
];
