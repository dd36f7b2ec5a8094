import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ViewConfig } from '../../../src/otel/view-config.js';
import { INSTRUMENT_TYPES } from '../../../src/otel/view-config.js';
import { streamsOf } from '../../../src/otel/views.js';
import type { InstrumentDescription, Stream } from '../../../src/otel/views.js';

const SCOPE = { name: 'shop', version: '1.2', schemaUrl: 'https://example.test/1' };
const DURATION: InstrumentDescription = {
  type: 'histogram',
  name: 'http.server.duration',
  unit: 'ms',
  description: 'How long.',
  boundaries: undefined,
};

function streams(views: readonly ViewConfig[], of: Partial<InstrumentDescription> = {}): Stream[] {
  return streamsOf(views, { ...DURATION, ...of }, SCOPE);
}

/** Whether a view chooses the instrument: one that does drops it here. */
function isChosen(view: ViewConfig, of: Partial<InstrumentDescription> = {}): boolean {
  return streams([{ ...view, aggregation: { type: 'drop' } }], of).length === 0;
}

describe('a view', () => {
  it('chooses every instrument when it names no criterion', () => {
    for (const type of INSTRUMENT_TYPES) assert.ok(isChosen({}, { type }), type);
  });

  it('chooses by the name, in any case of letters, with wildcards', () => {
    for (const instrumentName of [
      'http.server.duration',
      'HTTP.Server.Duration',
      '*',
      'http.*',
      '*duration',
      'http.*.duration',
      '*er*r*',
      'http?server?duration',
    ])
      assert.ok(isChosen({ instrumentName }), instrumentName);
    for (const instrumentName of [
      'http',
      'http.server.duratio',
      'httpxserverxduration?',
      'http?',
      '',
      '.*(',
      'http.server.duration.+',
    ])
      assert.ok(!isChosen({ instrumentName }), instrumentName);
    assert.ok(!isChosen({ instrumentName: 'http.server' }, { name: 'httpxserver' }), 'a dot is a dot');
    assert.ok(isChosen({ instrumentName: 'a*b' }, { name: 'a\nb' }), 'any text');
    assert.ok(isChosen({ instrumentName: 'a(b' }, { name: 'A(b' }));
  });

  it('chooses by type, unit and each part of the scope, and by all of them together', () => {
    const right: ViewConfig = {
      instrumentName: 'http.*',
      instrumentType: 'histogram',
      instrumentUnit: 'ms',
      meterName: 'shop',
      meterVersion: '1.2',
      meterSchemaUrl: 'https://example.test/1',
    };
    assert.ok(isChosen(right));
    for (const key of Object.keys(right)) {
      assert.ok(!isChosen({ ...right, [key]: key === 'instrumentType' ? 'counter' : 'other' }), key);
      assert.ok(!isChosen({ [key]: key === 'instrumentType' ? 'gauge' : '' }), `${key} that is empty`);
    }
  });

  it('makes a stream; several views make several, in their order', () => {
    const made = streams([
      { instrumentName: 'http.server.duration', name: 'first', description: 'One.' },
      { meterName: 'other', name: 'never' },
      { aggregation: { type: 'explicit_buckets', boundaries: [1, 2] } },
      { aggregation: { type: 'drop' } },
    ]);
    assert.deepEqual(
      made.map(({ name, description, boundaries }) => [name, description, boundaries?.length]),
      [
        ['first', 'One.', 15],
        ['http.server.duration', 'How long.', 2],
      ],
    );
  });

  it('drops an instrument that no other view keeps', () => {
    assert.deepEqual(streams([{ aggregation: { type: 'drop' } }]), []);
  });
});

describe('a stream', () => {
  it('is the instrument itself where no view chooses it', () => {
    const [stream, ...others] = streams([{ meterName: 'other' }]);
    assert.deepEqual(others, []);
    assert.deepEqual(stream, {
      kind: 'histogram',
      isObservable: false,
      name: 'http.server.duration',
      unit: 'ms',
      description: 'How long.',
      boundaries: [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000],
      exponential: undefined,
      isKept: undefined,
      aggregator: undefined,
      sharing: undefined,
      seriesMax: undefined,
    });
  });

  it('has the kind of its instrument', () => {
    const kinds = INSTRUMENT_TYPES.map(
      type => streams([], { type }).map(one => [one.kind, one.isObservable])[0],
    );
    assert.deepEqual(kinds, [
      ['counter', false],
      ['updowncounter', false],
      ['gauge', false],
      ['histogram', false],
      ['counter', true],
      ['updowncounter', true],
      ['gauge', true],
    ]);
  });

  it('has the buckets of the view, then those that the library advises', () => {
    const boundaries = (views: readonly ViewConfig[]): unknown =>
      streams(views, { boundaries: [7] }).map(one => one.boundaries)[0];
    assert.deepEqual(boundaries([]), [7]);
    assert.deepEqual(boundaries([{ aggregation: { type: 'default' } }]), [7]);
    assert.deepEqual(boundaries([{ aggregation: { type: 'explicit_buckets', boundaries: [] } }]), []);
  });

  it('has exponential buckets of a size, for histograms only', () => {
    const view: ViewConfig = { aggregation: { type: 'exponential_buckets', maxSize: 40, maxScale: 3 } };
    const [stream] = streams([view], { boundaries: [7] });
    assert.deepEqual([stream!.boundaries, stream!.exponential], [undefined, { maxSize: 40, maxScale: 3 }]);
    assert.deepEqual(streams([{ aggregation: { type: 'exponential_buckets' } }])[0]!.exponential, {});
    for (const type of INSTRUMENT_TYPES.filter(one => one !== 'histogram')) {
      const [other] = streams([view], { type });
      assert.deepEqual([other!.boundaries, other!.exponential], [undefined, undefined]);
    }
  });

  it('keeps the attributes that its view names, or all but those', () => {
    const kept = (view: ViewConfig): string[] => {
      const [stream] = streams([view]);
      return ['a', 'b', '__proto__', 'constructor'].filter(key => stream!.isKept?.(key) ?? true);
    };
    assert.deepEqual(kept({}), ['a', 'b', '__proto__', 'constructor']);
    assert.deepEqual(kept({ attributeKeys: ['a', 'x'] }), ['a']);
    assert.deepEqual(kept({ attributeKeys: [] }), []);
    assert.deepEqual(kept({ dropAttributeKeys: ['a', 'constructor'] }), ['b', '__proto__']);
  });
});
