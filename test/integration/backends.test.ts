/**
 * Real backends scrape a real server in every format that they take, and have afterwards what was recorded: every sample,
 * exemplar and native bucket, and nothing else.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { escapeQuoted } from '../../src/exposition/text-dialect.js';
import { Registry } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer, MetricsSource } from '../../src/server/index.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { readOpenMetrics, skip as noParser } from './openmetrics-parser.js';
import { BRACED_FAMILY, createdSamples, Recorded, SERIES_MAX } from './recorded-samples.js';
import type { RecordedExemplar, RecordedNative, RecordedSample, WireFormat } from './recorded-samples.js';
import { eventually, NO_PROMETHEUS, NO_VICTORIA_METRICS, ScrapingPrometheus } from './scraping-prometheus.js';
import { differences, numberOf, seriesKey, storedSamples } from './stored-samples.js';

silenceWarnings();

const TEXT = 'text/plain;version=0.0.4';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const ALL_SERIES = '{__name__!=""}';
/** Of floats that went through a calculation or two. */
const ROUNDING = 1e-12;
const SMALLEST_NORMAL = 2 ** -1_022;
const QUANTILE_ERROR = 0.01;
const CONTENT_TYPES: Readonly<Record<WireFormat, RegExp>> = {
  text: /^text\/plain; version=0\.0\.4;/,
  openmetrics: /^application\/openmetrics-text; version=1\.0\.0;/,
  protobuf: /^application\/vnd\.google\.protobuf;/,
};

interface Setup {
  readonly title: string;
  readonly format: WireFormat;
  readonly features: readonly string[];
  /** Answers with this format whatever is asked for. */
  readonly fixedAccept?: string;
}

const SETUPS: readonly Setup[] = [
  { title: 'with exemplars', format: 'openmetrics', features: ['exemplar-storage'] },
  { title: 'as it comes', format: 'openmetrics', features: [] },
  {
    title: 'with native histograms and exemplars',
    format: 'protobuf',
    features: ['native-histograms', 'exemplar-storage'],
  },
  { title: 'with native histograms', format: 'protobuf', features: ['native-histograms'] },
  {
    title: 'that would take more, and gets text 0.0.4,',
    format: 'text',
    features: ['native-histograms', 'exemplar-storage'],
    fixedAccept: TEXT,
  },
  {
    title: 'that would take native histograms, and gets OpenMetrics,',
    format: 'openmetrics',
    features: ['native-histograms', 'exemplar-storage'],
    fixedAccept: OPENMETRICS,
  },
];

const registry = new Registry({ familySeriesMax: SERIES_MAX });
const beforeSeconds = Date.now() / 1_000;
const recorded = new Recorded(registry);
const afterSeconds = Date.now() / 1_000;

/** What a backend must have that was given this format. */
function expectedIn(format: WireFormat): RecordedSample[] {
  const samples = recorded.samplesIn(format);
  return format === 'openmetrics' ? [...samples, ...createdSamples(registry)] : samples;
}

/** Serves the registry, and notes the content types that it was asked for. */
class Served {
  private constructor(
    readonly server: MetricsServer,
    readonly contentTypes: ReadonlySet<string>,
  ) {}

  static async start(fixedAccept?: string): Promise<Served> {
    const contentTypes = new Set<string>();
    const source: MetricsSource = {
      render: async options => {
        const rendering = await registry.render({ ...options, accept: fixedAccept ?? options?.accept });
        contentTypes.add(rendering.contentType);
        return rendering;
      },
      contentTypeFor: accept => registry.contentTypeFor(fixedAccept ?? accept),
    };
    return new Served(await serveMetrics(source, { port: 0 }), contentTypes);
  }

  assertFormat(format: WireFormat): void {
    assert.equal(this.contentTypes.size, 1, [...this.contentTypes].join());
    for (const type of this.contentTypes) assert.match(type, CONTENT_TYPES[format]);
  }
}

/** Every sample, and no other. */
async function assertSamples(
  backend: ScrapingPrometheus,
  expected: readonly RecordedSample[],
): Promise<void> {
  assert.deepEqual(differences(expected, storedSamples(await backend.query(ALL_SERIES))), []);
}

interface StoredExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

/** By series and exemplar labels: value and time. */
async function exemplarsOf(backend: ScrapingPrometheus): Promise<Map<string, readonly [number, number]>> {
  const found = await backend.ask<StoredExemplars[]>('query_exemplars', {
    query: ALL_SERIES,
    start: String(beforeSeconds - 600),
    end: String(afterSeconds + 600),
  });
  return new Map(
    found.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value, timestamp }) => {
        const series = seriesKey(seriesLabels['__name__'] ?? '', seriesLabels);
        return [`${series} ${seriesKey('', labels)}`, [numberOf(value), timestamp]] as const;
      }),
    ),
  );
}

function exemplarKey(
  { name, labels, exemplarLabels }: RecordedExemplar,
  spell: (text: string) => string,
): string {
  const spelt = Object.entries(exemplarLabels).map(([label, value]) => [label, spell(value)] as const);
  return `${seriesKey(name, labels)} ${seriesKey('', Object.fromEntries(spelt))}`;
}

async function assertExemplars(backend: ScrapingPrometheus, { features, format }: Setup): Promise<void> {
  const isKept = features.includes('exemplar-storage') && format !== 'text';
  const expected = recorded.exemplars.filter(({ isNative }) => format === 'openmetrics' || !isNative);
  const found = await exemplarsOf(backend);
  // Versions from 2.50 on keep those of native histograms too, at the series itself.
  for (const key of found.keys()) if (key.startsWith('traced_ratio [')) found.delete(key);
  assert.deepEqual(
    new Map([...found].map(([key, [value]]) => [key, value])),
    new Map(
      (isKept ? expected : []).map(exemplar => {
        // Prometheus keeps the labels of exemplars in OpenMetrics as they are escaped there.
        const escaped = exemplarKey(exemplar, escapeQuoted);
        const isEscaped = format === 'openmetrics' && found.has(escaped);
        return [isEscaped ? escaped : exemplarKey(exemplar, text => text), exemplar.value];
      }),
    ),
  );
  for (const [key, [, timestamp]] of found) {
    // In milliseconds, and some versions cut off what they cannot hold of them.
    const isThen = timestamp >= beforeSeconds - 0.002 && timestamp <= afterSeconds + 0.001;
    assert.ok(isThen, `${key} at ${timestamp}, recorded in ${beforeSeconds}..${afterSeconds}`);
  }
}

/** Of one series: how many observations lie in which bounds, counted from the observations. */
function bucketsOf(
  { values, zeroThreshold }: RecordedNative,
  bounds: readonly (readonly [number, number])[],
) {
  return bounds.map(([low, high]) => {
    const isZero = low < 0 && high > 0;
    if (isZero) return values.filter(value => Math.abs(value) <= zeroThreshold).length;
    const outside = values.filter(value => Math.abs(value) > zeroThreshold);
    return high > 0
      ? outside.filter(value => value > low && value <= high).length
      : outside.filter(value => value >= low && value < high).length;
  });
}

async function assertNatives(backend: ScrapingPrometheus): Promise<void> {
  const stored = new Map(
    (await backend.query(ALL_SERIES)).flatMap(({ metric, histogram }) =>
      histogram === undefined ? [] : [[seriesKey(metric['__name__']!, metric), histogram[1]] as const],
    ),
  );
  const expected = recorded.natives.map(({ name, labels }) => seriesKey(name, labels));
  assert.deepEqual(new Set(stored.keys()), new Set(expected));
  for (const native of recorded.natives) {
    const { name, labels, values } = native;
    const key = seriesKey(name, labels);
    const { count, sum, buckets = [] } = stored.get(key)!;
    assert.equal(Number(count), values.length, key);
    const exactSum = values.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(Number(sum) - exactSum) <= ROUNDING * Math.abs(exactSum), `${key} sum ${sum}`);
    const counts = buckets.map(([, , , observations]) => Number(observations));
    const bounds = buckets.map(([, low, high]) => [numberOf(low), numberOf(high)] as const);
    assert.deepEqual(counts, bucketsOf(native, bounds), key);
    // Each observation is in one of them.
    assert.equal(
      counts.reduce((total, each) => total + each, 0),
      values.length,
      key,
    );
  }
}

async function assertQuantiles(backend: ScrapingPrometheus): Promise<void> {
  const { values } = recorded.natives.find(({ name }) => name === 'fine_seconds')!;
  const sorted = values.toSorted((a, b) => a - b);
  for (const quantile of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
    const exact = sorted[Math.ceil(quantile * sorted.length) - 1]!;
    const [result] = await backend.query(`histogram_quantile(${quantile}, fine_seconds)`);
    const error = Math.abs(numberOf(result!.value[1]) - exact) / exact;
    assert.ok(error <= QUANTILE_ERROR, `${quantile}: off by ${error}`);
  }
}

async function assertMetadata(backend: ScrapingPrometheus): Promise<void> {
  const known = await backend.ask<Record<string, { type: string; help: string }[]>>('metadata');
  for (const [name, { type, help }] of recorded.families) {
    const shown = known[name] ?? known[name.replace(/_(total|info)$/, '')];
    assert.equal(shown?.length, 1, name);
    assert.equal(shown[0]!.help, help, name);
    // OpenMetrics has types of its own for infos and state sets.
    assert.ok([type, 'info', 'stateset'].includes(shown[0]!.type), `${name} is ${shown[0]!.type}`);
  }
}

// All at a time: each waits for its first scrape, which comes when the backend likes.
describe('real backends', { concurrency: true }, () => {
  for (const setup of SETUPS) {
    describe(`a real Prometheus ${setup.title}`, { skip: NO_PROMETHEUS }, () => {
      const { features, format, fixedAccept } = setup;
      let served: Served;
      let prometheus: ScrapingPrometheus;

      before(async () => {
        served = await Served.start(fixedAccept);
        const flags = features.length === 0 ? [] : [`--enable-feature=${features.join(',')}`];
        prometheus = await ScrapingPrometheus.of(served.server, ...flags);
        await prometheus.queryUntilFound('up == 1');
      });

      after(async () => {
        await prometheus.stop();
        await served.server.close();
      });

      it(`scrapes ${format}, and has every sample that was recorded and no other`, async () => {
        await eventually(() => assertSamples(prometheus, expectedIn(format)));
        served.assertFormat(format);
      });

      it('has the exemplars that were recorded, with their times, if it keeps any', () =>
        eventually(() => assertExemplars(prometheus, setup)));

      it('knows type and help of every family', () => eventually(() => assertMetadata(prometheus)));

      if (format !== 'protobuf') return;
      it('has every native bucket', () => eventually(() => assertNatives(prometheus)));
      it('finds quantiles of native histograms within the error of their schema', () =>
        eventually(() => assertQuantiles(prometheus)));
    });
  }

  describe('a real VictoriaMetrics', { skip: NO_VICTORIA_METRICS }, () => {
    let served: Served;
    let victoria: ScrapingPrometheus;

    before(async () => {
      served = await Served.start();
      victoria = await ScrapingPrometheus.victoriaMetrics(served.server);
      await victoria.queryUntilFound('up == 1');
    });

    after(async () => {
      await victoria.stop();
      await served.server.close();
    });

    it('scrapes text, and has every sample that was recorded and no other', async () => {
      await eventually(() => assertSamples(victoria, asVictoriaKeeps(expectedIn('text'))));
      served.assertFormat('text');
    });
  });
});

/** It keeps no value that is not a number, and none that is smaller than a normal double. */
function asVictoriaKeeps(samples: readonly RecordedSample[]): RecordedSample[] {
  return samples
    .filter(({ value }) => !Number.isNaN(value))
    .map(sample => (Math.abs(sample.value) < SMALLEST_NORMAL ? { ...sample, value: 0 } : sample));
}

describe('what the backends are given', () => {
  async function bodyFor(accept: string, names?: readonly string[]): Promise<Buffer> {
    const { body } = await registry.render({ accept, names });
    return Buffer.from(body);
  }

  it('has created timestamps from when it was recorded', () => {
    const created = createdSamples(registry);
    assert.ok(created.length > SERIES_MAX, `${created.length} created timestamps`);
    for (const { name, value } of created)
      assert.ok(value >= beforeSeconds - 0.001 && value <= afterSeconds + 0.001, `${name} ${value}`);
  });

  it('has no complaint from promtool', { skip: NO_PROMETHEUS }, async () => {
    const input = await bodyFor(TEXT);
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('is read by the official parser of OpenMetrics as it was recorded', { skip: noParser }, async () => {
    // Of braces in the labels of exemplars it thinks what it should not; the backends above read them.
    const isRead = (name: string): boolean => !name.startsWith(BRACED_FAMILY.replace('total', ''));
    const names = registry.snapshot().families.map(({ descriptor }) => descriptor.name);
    const families = readOpenMetrics(await bodyFor(OPENMETRICS, names.filter(isRead)));
    const samples = families.flatMap(family => family.samples);
    const expected = expectedIn('openmetrics').filter(({ name }) => isRead(name));
    assert.deepEqual(differences(expected, samples), []);
  });
});

describe('the comparison with what was recorded', () => {
  const [first, ...rest] = recorded.samplesIn('text').filter(({ value }) => Number.isFinite(value));

  it('finds a sample that is missing, one too many, one twice and one with another value', () => {
    const spoilt = [...rest, rest[0]!, { name: 'ghost', labels: {}, value: 1 }, { ...rest[1]!, value: -1 }];
    const lines = differences([first!, ...rest], spoilt).map(line => line.split(' ')[0]);
    assert.deepEqual(lines.toSorted(), ['jobs_total', 'missing:', 'twice:', 'twice:', 'unexpected:']);
  });

  it('takes `1` and `1.0` for one bound, and two bounds for two', () => {
    const bucket = (le: string) => ({ name: 'b', labels: { le }, value: 1 });
    assert.deepEqual(differences([bucket('1'), bucket('+Inf')], [bucket('1.0'), bucket('Infinity')]), []);
    assert.equal(differences([bucket('1')], [bucket('10')]).length, 2);
  });
});
