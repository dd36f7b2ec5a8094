/** Accept and Accept-Encoding: whatever comes is answered, and what is well-formed is answered as the rules say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { negotiateExposition } from '../../src/exposition/negotiation.js';
import type { ExpositionFormat } from '../../src/exposition/negotiation.js';
import { parseWeightedList } from '../../src/exposition/weighted-list.js';
import type { Escaping } from '../../src/primitives/name-escaping.js';
import { chooseCoding } from '../../src/server/content-coding.js';
import type { ContentCoding } from '../../src/server/content-coding.js';

/** Bytes of all kinds, and texts of the characters that mean something. */
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '*',
        '/',
        ',',
        ';',
        '=',
        '"',
        '\\',
        ' ',
        'q',
        '0.5',
        'text/plain',
        'gzip',
        'version',
        '1.0.0',
        'escaping',
        '\0',
        'é',
      ),
    )
    .map(parts => parts.join('')),
);

const FORMATS: readonly ExpositionFormat[] = ['protobuf', 'openmetrics', 'text'];
const offers = fc.subarray([...FORMATS]);
const weight = fc.integer({ min: 0, max: 10 }).map(tenths => tenths / 10);

/** A media range as its meaning, beside the many ways to write it. */
interface Range {
  readonly type: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly escaping: Escaping | undefined;
  readonly weight: number;
}

const RANGES: readonly Omit<Range, 'weight' | 'escaping'>[] = [
  {
    type: 'application/vnd.google.protobuf',
    parameters: [
      ['proto', 'io.prometheus.client.MetricFamily'],
      ['encoding', 'delimited'],
    ],
  },
  { type: 'application/openmetrics-text', parameters: [['version', '1.0.0']] },
  { type: 'application/openmetrics-text', parameters: [['version', '0.0.1']] },
  { type: 'text/plain', parameters: [['version', '1.0.0']] },
  { type: 'text/plain', parameters: [['version', '0.0.4']] },
  { type: 'text/plain', parameters: [] },
  { type: 'application/openmetrics-text', parameters: [] },
  { type: 'text/*', parameters: [] },
  { type: 'application/*', parameters: [] },
  { type: '*/*', parameters: [] },
  { type: 'text/html', parameters: [] },
  { type: 'text/plain', parameters: [['version', '9']] },
];

const range: fc.Arbitrary<Range> = fc
  .tuple(
    fc.constantFrom(...RANGES),
    weight,
    fc.option(fc.constantFrom<Escaping>('allow-utf-8', 'underscores', 'dots', 'values'), { nil: undefined }),
  )
  .map(([known, itsWeight, escaping]) => ({ ...known, weight: itsWeight, escaping }));

/** How one header may be written: spaces, case, quotes, the place of the weight. */
const style = fc.record({
  space: fc.constantFrom('', ' ', '\t', '  '),
  isUpper: fc.boolean(),
  isQuoted: fc.boolean(),
  isWeightFirst: fc.boolean(),
});

function written(
  ranges: readonly Range[],
  {
    space,
    isUpper,
    isQuoted,
    isWeightFirst,
  }: { space: string; isUpper: boolean; isQuoted: boolean; isWeightFirst: boolean },
): string {
  return ranges
    .map(({ type, parameters, escaping, weight: itsWeight }) => {
      const all: (readonly [string, string])[] = [...parameters];
      if (escaping !== undefined) all.push(['escaping', escaping]);
      const q = ['q', String(itsWeight)] as const;
      const ordered = isWeightFirst ? [q, ...all] : [...all, q];
      const texts = ordered.map(
        ([name, value]) =>
          `${isUpper ? name.toUpperCase() : name}${space}=${space}${isQuoted ? `"${value}"` : value}`,
      );
      return [isUpper ? type.toUpperCase() : type, ...texts].join(`${space};${space}`);
    })
    .join(`${space},${space}`);
}

interface Known {
  readonly format: ExpositionFormat;
  readonly version: string;
  readonly type: string;
  readonly parameters: readonly (readonly [string, string])[];
}

/** Richest first, as RANGES has them. */
const KNOWN: readonly Known[] = RANGES.slice(0, 5).map(({ type, parameters }) => ({
  type,
  parameters,
  format: type.startsWith('text') ? 'text' : type.endsWith('protobuf') ? 'protobuf' : 'openmetrics',
  version: type.endsWith('protobuf') ? 'delimited' : parameters[0]![1],
}));

/** How closely a range speaks of a format: 4 by version, 3 by type, 2 and 1 by wildcards, 0 not at all. */
function closeness(known: Known, { type, parameters }: Range): number {
  const isSame = JSON.stringify(parameters) === JSON.stringify(known.parameters);
  if (type === known.type && isSame) return 4;
  const standsFor = known.type === 'text/plain' ? '0.0.4' : known.format === 'openmetrics' ? '1.0.0' : 'none';
  if (type === known.type && parameters.length === 0) return known.version === standsFor ? 3 : 0;
  if (type === `${known.type.split('/')[0]}/*`) return 2;
  return type === '*/*' ? 1 : 0;
}

/** The rules of negotiation.ts as a table that is sorted. */
function expectedFor(ranges: readonly Range[], offered: readonly ExpositionFormat[]): string {
  const rows = KNOWN.filter(known => known.format === 'text' || offered.includes(known.format)).map(
    (known, order) => {
      const closest = Math.max(0, ...ranges.map(each => closeness(known, each)));
      const deciding = ranges.filter(each => closest > 0 && closeness(known, each) === closest);
      return { known, order, closest, weight: Math.max(0, ...deciding.map(each => each.weight)) };
    },
  );
  const acceptable = rows.filter(row => row.weight > 0);
  acceptable.sort((a, b) => {
    if (a.weight !== b.weight) return b.weight - a.weight;
    const [aNamed, bNamed] = [a.closest >= 3, b.closest >= 3];
    if (aNamed !== bNamed) return aNamed ? -1 : 1;
    if (aNamed) return a.order - b.order;
    const people = [
      'text 0.0.4',
      'text 1.0.0',
      'openmetrics 1.0.0',
      'openmetrics 0.0.1',
      'protobuf delimited',
    ];
    const place = ({ known }: typeof a): number => people.indexOf(`${known.format} ${known.version}`);
    return place(a) - place(b);
  });
  const { format, version } = acceptable[0]?.known ?? { format: 'text', version: '0.0.4' };
  return `${format} ${version}`;
}

describe('an Accept header', () => {
  it('of any bytes gets an answer that is a header value', () => {
    fc.assert(
      fc.property(noise, offers, (accept, offered) => {
        const { format, contentType, escaping } = negotiateExposition(accept, offered);
        assert.match(contentType, /^[\w/.-]+(?:; \w+=[\w.-]+)+$/);
        assert.ok(format === 'text' || offered.includes(format));
        assert.ok(['allow-utf-8', 'underscores', 'dots', 'values'].includes(escaping));
      }),
    );
  });

  it('is answered with the format that the rules say, however it is written', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), offers, style, (ranges, offered, how) => {
        const { format, version } = negotiateExposition(written(ranges, how), offered);
        assert.equal(`${format} ${version}`, expectedFor(ranges, offered));
      }),
      { numRuns: 2_000 },
    );
  });

  it('means the same with members in it that cannot be read', () => {
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 4 }),
        style,
        fc.constantFrom('a b', ';;', 'x/y/z', 'a;q=2', 'a;b="'),
        (ranges, how, malformed) => {
          const accept = written(ranges, how);
          assert.deepEqual(
            negotiateExposition(`${accept},${malformed}`, FORMATS),
            negotiateExposition(accept, FORMATS),
          );
        },
      ),
    );
  });
});

const CODINGS = ['gzip', 'x-gzip', 'zstd', 'identity', '*', 'br', 'deflate'] as const;
const coding = fc.record({ name: fc.constantFrom(...CODINGS), weight });

/** For each coding in order of preference: the heaviest member of its name, or else the star, which is not for zstd. */
function expectedCoding(
  members: readonly { name: string; weight: number }[],
  available: readonly ContentCoding[],
): string {
  if (members.length === 0) return 'identity';
  const weightOf = (...names: string[]): number | undefined => {
    const weights = members.filter(({ name }) => names.includes(name)).map(member => member.weight);
    return weights.length === 0 ? undefined : Math.max(...weights);
  };
  const table: [string, number][] = [
    ['zstd', available.includes('zstd') ? (weightOf('zstd') ?? 0) : 0],
    ['gzip', available.includes('gzip') ? (weightOf('gzip', 'x-gzip') ?? weightOf('*') ?? 0) : 0],
    ['identity', weightOf('identity') ?? weightOf('*') ?? 0.000_001],
  ];
  const heaviest = Math.max(...table.map(([, itsWeight]) => itsWeight));
  return heaviest === 0 ? 'identity' : table.find(([, itsWeight]) => itsWeight === heaviest)![0];
}

describe('an Accept-Encoding header', () => {
  const availability = fc.subarray<ContentCoding>(['gzip', 'zstd']);

  it('of any bytes gets a coding that is available', () => {
    fc.assert(
      fc.property(noise, availability, (field, available) => {
        const { coding: chosen } = chooseCoding(field, available);
        assert.ok(chosen === 'identity' || available.includes(chosen));
      }),
    );
  });

  it('is answered with the coding that the rules say', () => {
    fc.assert(
      fc.property(fc.array(coding, { maxLength: 6 }), availability, (members, available) => {
        const field = members.map(({ name, weight: itsWeight }) => `${name};q=${itsWeight}`).join(', ');
        assert.equal(chooseCoding(field, available).coding, expectedCoding(members, available));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never gets the bytes as they are where it refuses them and takes something else', () => {
    fc.assert(
      fc.property(fc.array(coding, { maxLength: 6 }), members => {
        const field = [
          'gzip;q=0.1',
          'identity;q=0',
          ...members
            .filter(({ name }) => !['identity', 'gzip', 'x-gzip'].includes(name))
            .map(({ name, weight: itsWeight }) => `${name};q=${itsWeight}`),
        ].join(',');
        const choice = chooseCoding(field, ['gzip', 'zstd']);
        assert.notEqual(choice.coding, 'identity');
        assert.equal(choice.isForced, true);
      }),
    );
  });
});

describe('a weighted list', () => {
  it('of any bytes is read without an exception, into weights of 0..1', () => {
    fc.assert(
      fc.property(noise, field => {
        for (const { quality, value } of parseWeightedList(field)) {
          assert.ok(quality >= 0 && quality <= 1);
          assert.equal(value, value.toLowerCase());
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
