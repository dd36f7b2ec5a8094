/**
 * Whatever families and labels are called, every format with every escaping is valid, has each name once, and reads back as
 * what was recorded; and what is refused at registration is what would have been invalid.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threadId } from 'node:worker_threads';
import fc from 'fast-check';
import { canonicalNumberText } from '../../src/exposition/canonical-number.js';
import { Registry } from '../../src/index.js';
import { ESCAPINGS, escapeLabelName, escapeMetricName } from '../../src/primitives/name-escaping.js';
import type { Escaping } from '../../src/primitives/name-escaping.js';
import { sampleKey } from '../../src/testing/exposition-parser.js';
import { parseExposition } from '../../src/testing/index.js';
import { classicTextOf } from '../classic-text.js';
import { readOpenMetrics, skip } from '../integration/openmetrics-parser.js';
import { decodeFamilies } from '../unit/exposition/decoded-families.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { hostileText } from './arbitraries.js';

silenceWarnings();

/** There are hundreds of registries in this process, and address space is not for nothing. */
const SMALL = {
  seriesMax: 200,
  threadsMax: 2,
  stripeBytes: 1_048_576,
  nameValidationScheme: 'utf8',
} as const;
const TYPES = ['counter', 'gauge', 'thread', 'histogram', 'summary', 'info', 'stateset'] as const;
const SUFFIXES: Readonly<Record<(typeof TYPES)[number], readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  thread: [''],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['', '_info'],
  stateset: [''],
};
const RESERVED: Readonly<Record<string, string>> = { histogram: 'le', summary: 'quantile', thread: 'thread' };
const STATES = ['on', 'o.f\n"f"'] as const;
const ACCEPTS = {
  text: 'text/plain;version=0.0.4',
  text1: 'text/plain;version=1.0.0',
  openmetrics: 'application/openmetrics-text;version=1.0.0',
  protobuf: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
} as const;

interface Planned {
  readonly type: (typeof TYPES)[number];
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly value: number;
}

/** Of pieces that are escaped alike, that look like suffixes, that end a name in quotes; or any text. */
function hostileName(): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    'a',
    'b',
    '.',
    '_',
    '-',
    ' ',
    '_count',
    '.total',
    '_total',
    '_created',
    '_info',
    '_bucket',

    '"',
    '\\',
    '\n',
    '{',
    '}',
    ',',
    '=',
    '#',
    '0',
    ':',
    'U__',
    '_dot_',
    '_2e_',
    'é',
    '😀',
    '日',
    '\0',
    '\r',
    'le',
    'quantile',
    'thread',
    'otel.metric.overflow',
    '..name..',
    '__',
    '# EOF',
  );
  return fc
    .oneof(
      { weight: 8, arbitrary: fc.array(pieces, { minLength: 1, maxLength: 4 }).map(parts => parts.join('')) },
      { weight: 1, arbitrary: hostileText() },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 1_000 }) },
    )
    .filter(name => name !== '' && name.isWellFormed() && name.length <= 1_000);
}

const planned: fc.Arbitrary<Planned> = fc.record({
  type: fc.constantFrom(...TYPES),
  name: hostileName(),
  labelNames: fc.uniqueArray(hostileName(), { maxLength: 3 }),
  value: fc.integer({ min: 2, max: 1_000_000 }),
});

/** The family's own name, as the registry has it: an info is defined by the name of its sample too. */
function familyName({ type, name }: Planned): string {
  return type === 'info' && name.endsWith('_info') && name !== '_info'
    ? name.slice(0, -'_info'.length)
    : name;
}

function takenNames(family: Planned, escaping: Escaping): string[] {
  const shown = escapeMetricName(familyName(family), escaping);
  const isTotal = family.type === 'counter' && shown.endsWith('_total') && shown !== '_total';
  const base = isTotal ? shown.slice(0, -'_total'.length) : shown;
  return [shown, ...SUFFIXES[family.type].map(suffix => base + suffix)];
}

/** What a registration must refuse, said without a thought for cost. */
function isRefused(family: Planned, others: readonly Planned[]): boolean {
  const { type } = family;
  const name = familyName(family);
  if (others.some(other => familyName(other) === name)) return true;
  if (type === 'info' && family.labelNames.length === 0) return true;
  if (type === 'stateset' && (name.includes(':') || name.startsWith('__'))) return true;
  if (family.labelNames.some(label => label.startsWith('__'))) return true;
  return ESCAPINGS.some(escaping => {
    const own = [...family.labelNames, ...(type === 'stateset' ? [name] : [])];
    const labels = own.map(label => escapeLabelName(label, escaping));
    const reserved = ['otel_metric_overflow', '__name__', RESERVED[type]];
    if (new Set(labels).size < labels.length || labels.some(label => reserved.includes(label))) return true;
    const taken = takenNames(family, escaping);
    return others.some(other => takenNames(other, escaping).some(shown => taken.includes(shown)));
  });
}

function record(registry: Registry, { type, name, labelNames, value }: Planned): void {
  const options = { name, help: helpOf(name), labelNames };
  const labels = labelsOf(labelNames);
  switch (type) {
    case 'counter':
      registry.counter<string>(options).inc(labels, value);
      break;
    case 'gauge':
    case 'thread':
      registry
        .gauge<string>({ ...options, aggregator: type === 'thread' ? 'thread' : 'sum' })
        .set(labels, value);
      break;
    case 'histogram':
      registry.histogram<string>({ ...options, buckets: [1, 1e6] }).observe(labels, value);
      break;
    case 'summary':
      registry.summary<string>({ ...options, percentiles: [] }).observe(labels, value);
      break;
    case 'info':
      registry.info<string>(options).set(labels);
      break;
    case 'stateset':
      registry.stateSet<string, string>({ ...options, states: STATES }).set(labels, STATES[1]);
  }
}

function helpOf(name: string): string {
  return `H "${name}" \\ \n.`;
}

function labelsOf(labelNames: readonly string[]): Record<string, string> {
  return Object.fromEntries(labelNames.map((label, i) => [label, `value ${i} of ${label}`]));
}

/** The samples that a family must have, by what tells them apart. OpenMetrics adds `_total` to a counter that lacks it. */
function expectedOf(family: Planned, escaping: Escaping, isOpenMetrics = false): [string, number][] {
  const { type, labelNames, value } = family;
  const name = escapeMetricName(familyName(family), escaping);
  const labels = Object.fromEntries(
    Object.entries(labelsOf(labelNames)).map(([label, text]) => [escapeLabelName(label, escaping), text]),
  );
  const sample = (suffix: string, number: number, more: Record<string, string> = {}): [string, number] => [
    sampleKey(name + suffix, { ...labels, ...more }),
    number,
  ];
  const totals = [sample('_sum', value), sample('_count', 1)];
  switch (type) {
    case 'histogram':
      return [
        ...[0, 1, 1].map((count, i) => sample('_bucket', count, { le: ['1.0', '1e+06', '+Inf'][i]! })),
        ...totals,
      ];
    case 'summary':
      return totals;
    case 'info':
      return [sample('_info', 1)];
    case 'stateset':
      return STATES.map((state, i) => sample('', i, { [name]: state }));
    case 'thread':
      return [sample('', value, { thread: String(threadId) })];
    case 'counter':
      return [
        sample(isOpenMetrics && (!name.endsWith('_total') || name === '_total') ? '_total' : '', value),
      ];
    default:
      return [sample('', value)];
  }
}

/** Name, type and help of a family in the text format. */
function headOf(family: Planned, escaping: Escaping, isOpenMetrics: boolean): string[] {
  const { type } = family;
  const [shown, base] = takenNames(family, escaping);
  const names: Partial<Record<string, string>> = {
    info: `${shown}_info`,
    ...(isOpenMetrics ? { counter: `${base}_total` } : {}),
  };
  const types: Partial<Record<string, string>> = { info: 'gauge', stateset: 'gauge', thread: 'gauge' };
  return [names[type] ?? shown!, types[type] ?? type, helpOf(family.name)];
}

function headsIn(text: string): (string | undefined)[][] {
  return parseExposition(text).map(({ name, type, help }) => [name, type, help]);
}

function samplesIn(text: string): [string, number][] {
  return parseExposition(text).flatMap(family =>
    family.samples.map(({ name, labels, value }): [string, number] => [sampleKey(name, labels), value]),
  );
}

function samplesInProtobuf(body: Uint8Array): [string, number][] {
  const families = decodeFamilies(body);
  assert.equal(new Set(families.map(({ name }) => name)).size, families.length, 'a family is there twice');
  return families.flatMap(({ name, metric }) =>
    metric.flatMap(({ label = [], counter, gauge, histogram, summary }) => {
      const labels = Object.fromEntries(label.map(pair => [pair.name, pair.value]));
      assert.equal(Object.keys(labels).length, label.length, `${name} has a label twice`);
      const sample = (suffix: string, value: number, le?: string): [string, number] => [
        sampleKey(name + suffix, le === undefined ? labels : { ...labels, le }),
        value,
      ];
      if (histogram !== undefined) {
        return [
          ...(histogram.bucket ?? []).map(({ upperBound, cumulativeCount }) =>
            sample('_bucket', Number(cumulativeCount), canonicalNumberText(upperBound)),
          ),
          sample('_sum', histogram.sampleSum),
          sample('_count', Number(histogram.sampleCount)),
        ];
      }
      if (summary !== undefined)
        return [sample('_sum', summary.sampleSum), sample('_count', Number(summary.sampleCount))];
      return [sample('', (counter ?? gauge)!.value)];
    }),
  );
}

/** Defines what is not refused, and compares what is refused with what must be. */
function defined(registry: Registry, plan: readonly Planned[]): Planned[] {
  const accepted: Planned[] = [];
  for (const family of plan) {
    let message = '';
    try {
      record(registry, family);
    } catch (error) {
      message = String(error);
    }
    // The same name again is not refused when the definition is the same; only the first of each is compared.
    if (accepted.some(other => familyName(other) === familyName(family))) continue;
    assert.equal(message !== '', isRefused(family, accepted), `${JSON.stringify(family)}: ${message}`);
    if (message === '') accepted.push(family);
  }
  return accepted;
}

const byKey = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : 1);

async function bodyOf(registry: Registry, accept: string, escaping: Escaping): Promise<Uint8Array> {
  const { body, contentType } = await registry.render({ accept: `${accept};escaping=${escaping}` });
  assert.ok(contentType.endsWith(`escaping=${escaping}`), contentType);
  return Uint8Array.from(body);
}

describe('names of any characters', () => {
  it('read back in every format with every escaping', async () => {
    let [families, definitions] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(planned, { minLength: 1, maxLength: 8 }), async plan => {
        const registry = new Registry(SMALL);
        const accepted = new Map(defined(registry, plan).map(family => [familyName(family), family]));
        definitions += plan.length;
        families += accepted.size;
        const recorded = plan.filter(family => accepted.get(familyName(family)) === family);
        for (const escaping of ESCAPINGS) {
          const expected = recorded.flatMap(family => expectedOf(family, escaping)).sort(byKey);
          for (const accept of [ACCEPTS.text, ACCEPTS.text1]) {
            const text = Buffer.from(await bodyOf(registry, accept, escaping)).toString();
            assert.deepEqual(samplesIn(text).sort(byKey), expected, `${accept} ${escaping}`);
            assert.deepEqual(
              headsIn(text),
              recorded.map(family => headOf(family, escaping, false)),
            );
          }
          const protobuf = samplesInProtobuf(await bodyOf(registry, ACCEPTS.protobuf, escaping));
          assert.deepEqual(protobuf.sort(byKey), expected, `protobuf ${escaping}`);
          const open = Buffer.from(await bodyOf(registry, ACCEPTS.openmetrics, escaping)).toString();
          const openExpected = recorded.flatMap(family => expectedOf(family, escaping, true)).sort(byKey);
          assert.deepEqual(samplesIn(classicTextOf(open)).sort(byKey), openExpected, escaping);
          assert.deepEqual(
            headsIn(classicTextOf(open)),
            recorded.map(family => headOf(family, escaping, true)),
          );
        }
        registry.close();
      }),
      { numRuns: 150 },
    );
    assert.ok(families > definitions / 3, `${families} families of ${definitions} definitions`);
  });

  it('are read by the official OpenMetrics parser when they are escaped', { skip }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(planned, { minLength: 4, maxLength: 10 }),
        fc.constantFrom<Escaping>('underscores', 'dots', 'values'),
        async (plan, escaping) => {
          const registry = new Registry(SMALL);
          const accepted = defined(registry, plan);
          const read = readOpenMetrics(await bodyOf(registry, ACCEPTS.openmetrics, escaping));
          assert.equal(read.length, accepted.length);
          registry.close();
        },
      ),
      { numRuns: 15 },
    );
  });
});
