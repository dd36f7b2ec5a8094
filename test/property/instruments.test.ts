/** Whatever is recorded through instruments, every format is valid, no two series are one, and nothing is lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { SlotMeterProvider } from '../../src/otel/meter-provider.js';
import { parseExposition } from '../../src/testing/index.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { hostileText } from './arbitraries.js';

silenceWarnings();

type Kind = 'counter' | 'updown' | 'histogram' | 'observed';

interface Recording {
  readonly kind: Kind;
  readonly name: string;
  readonly unit: string;
  readonly scope: string;
  readonly attributes: Attributes;
  readonly value: number;
}

type Act = Recording | 'render' | 'reset' | 'remove';

const FORMATS = [
  undefined,
  'application/openmetrics-text; version=1.0.0',
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
];

/** Names that fall together, with others and with those of samples, more often than chance would have it. */
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'n',
      'a.b',
      'a_b',
      'a-b',
      'A.b',
      'n.total',
      'n_bucket',
      'n_sum',
      'n.info',
      'n_created',
      'target',
      'target_info',
      'le',
    ),
  },
  { weight: 1, arbitrary: hostileText(12) },
);
const unit = fc.constantFrom('', '', 's', 'ms', '1', 'By', '{request}', 'By/s', '}{');
const key = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a.b',
      'a_b',
      'a-b',
      'le',
      'quantile',
      'thread',
      '__name__',
      'otel_attributes',
      'otel.scope.name',
      'otel_metric_overflow',
      '',
    ),
  },
  { weight: 1, arbitrary: hostileText(6) },
);
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      1,
      '1',
      true,
      'true',
      '',
      'x;y',
      'x',
      'y',
      null,
      undefined,
      NaN,
      [1],
      ['1'],
    ),
  },
  { weight: 1, arbitrary: hostileText(6) },
);
const recording = fc.record({
  kind: fc.constantFrom<Kind>('counter', 'updown', 'histogram', 'observed'),
  name,
  unit,
  scope: fc.constantFrom('', 'shop', 'shop\ud800'),
  attributes: fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map(entries => Object.fromEntries(entries) as Attributes),
  value: fc.integer({ min: 1, max: 1_000 }),
});
const acts = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: recording as fc.Arbitrary<Act> },
    { weight: 2, arbitrary: fc.constantFrom<Act>('render', 'render', 'reset', 'remove') },
  ),
  { maxLength: 40 },
);

/** What was recorded into series that are still there; of histograms the sum. */
class Ledger {
  sum = 0;
  observed = 0;

  clear(): void {
    this.sum = 0;
    this.observed = 0;
  }
}

class Recorded {
  readonly ledger = new Ledger();
  private readonly provider: SlotMeterProvider;
  private readonly totals = new Map<string, number>();
  private readonly observed = new Map<string, Recording>();

  constructor(readonly registry: Registry) {
    this.provider = new SlotMeterProvider(registry, { views: [], hasExemplars: false });
  }

  run(one: Recording): void {
    const meter = this.provider.getMeter(one.scope);
    const { attributes, value: by } = one;
    const options = { unit: one.unit, advice: { explicitBucketBoundaries: [10, 100] } };
    if (one.kind === 'counter') meter.createCounter(one.name, options).add(by, attributes);
    else if (one.kind === 'updown') meter.createUpDownCounter(one.name, options).add(by, attributes);
    else if (one.kind === 'histogram') meter.createHistogram(one.name, options).record(by, attributes);
    else {
      this.observe(one);
      return;
    }
    this.ledger.sum += by;
  }

  /** One instrument for each name and scope, that observes the total of what was given. */
  private observe(one: Recording): void {
    const id = JSON.stringify([one.name, one.scope, one.unit]);
    this.totals.set(id, (this.totals.get(id) ?? 0) + one.value);
    this.ledger.observed += one.value;
    if (this.observed.has(id)) return;
    this.observed.set(id, one);
    this.provider
      .getMeter(one.scope)
      .createObservableCounter(one.name, { unit: one.unit })
      .addCallback(result => result.observe(this.totals.get(id)!, one.attributes));
  }
}

/** The sum over all series, of histograms of what they have observed. */
function sumIn(text: string): number {
  let sum = 0;
  for (const { name: family, type, samples } of parseExposition(text)) {
    if (family.startsWith('threadtally_')) continue;
    for (const sample of samples)
      if (type !== 'histogram' || sample.name.endsWith('_sum')) sum += sample.value;
  }
  return sum;
}

async function check(given: readonly Act[], seriesMax: number, familySeriesMax = 5): Promise<void> {
  const registry = new Registry({ seriesMax, familySeriesMax, familiesMax: 200 });
  const recorded = new Recorded(registry);
  const { ledger } = recorded;
  const assertRight = async (): Promise<void> => {
    // The checker of every rendering finds invalid ones, and label sets that are there twice.
    for (const accept of FORMATS) await registry.render(accept === undefined ? {} : { accept });
    assert.equal(sumIn(await registry.metrics()), ledger.sum + ledger.observed);
  };
  for (const act of given) {
    if (typeof act === 'object') recorded.run(act);
    else if (act === 'render') await assertRight();
    else {
      // What is observed counts up to the removal only once it was collected.
      await assertRight();
      if (act === 'reset') registry.resetMetrics();
      else
        for (const { name: one } of await registry.getMetricsAsJSON())
          (registry.getSingleMetric(one) as { reset?(): void } | undefined)?.reset?.();
      ledger.clear();
    }
  }
  await assertRight();
  registry.close();
}

describe('instruments of any names, with any attributes', () => {
  it('are valid in every format and add up to what was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(acts, given => check(given, 1_000)),
      { numRuns: 150 },
    );
  });

  it('have no two series with one label set where attributes fall together', async () => {
    const few = fc.tuple(
      fc.constantFrom('a.a', 'a_a', 'a.b', 'a_b', 'a-b'),
      fc.constantFrom<unknown>(1, '1', true),
    );
    const close = fc
      .tuple(recording, fc.uniqueArray(few, { maxLength: 3, selector: ([of]) => of }))
      .map(([one, entries]): Recording => {
        const attributes = Object.fromEntries(entries) as Attributes;
        return { ...one, kind: 'counter', name: 'n', unit: '', scope: '', attributes };
      });
    await fc.assert(
      fc.asyncProperty(fc.array(close, { maxLength: 60 }), given => check(given, 1_000, 100)),
      {
        numRuns: 50,
      },
    );
  });

  it('add up to what was recorded beyond the limits of the registry', async () => {
    await fc.assert(
      fc.asyncProperty(acts, given => check(given, 12)),
      { numRuns: 100 },
    );
  });
});
