import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/errors.js';
import { Registry } from '../../../src/index.js';
import { meterSettingsOf } from '../../../src/otel/meter-config.js';
import type { MeterConfig } from '../../../src/otel/meter-config.js';

/** The problems, one by one. */
function problemsOf(config: object, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    meterSettingsOf(config as MeterConfig, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message.replace('startMeterProvider: ', '').split('; ');
  }
}

/** What is wrong with one view. */
function problemsOfView(view: unknown): string {
  return problemsOf({ views: [view] }).join('; ');
}

describe('the configuration of meters', () => {
  it('has a default for everything', () => {
    assert.deepEqual(meterSettingsOf({}, {}), {
      isDisabled: false,
      attributes: {},
      views: [],
      hasExemplars: false,
      hasTargetInfo: true,
      isGlobal: true,
    });
  });

  it('wins over the environment', () => {
    const env = {
      OTEL_SERVICE_NAME: 'from-name',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-list,service.version=1,team=a%2Cb',
      OTEL_SDK_DISABLED: 'TRUE',
    };
    assert.deepEqual(meterSettingsOf({}, env).attributes, {
      'service.name': 'from-name',
      'service.version': '1',
      team: 'a,b',
    });
    assert.equal(meterSettingsOf({}, env).isDisabled, true);
    assert.equal(meterSettingsOf({}, { OTEL_SDK_DISABLED: 'false' }).isDisabled, false);
    const { attributes } = meterSettingsOf({ serviceName: 'shop', attributes: { team: 'c', n: 1 } }, env);
    assert.deepEqual(attributes, { 'service.name': 'shop', 'service.version': '1', team: 'c', n: 1 });
  });

  it('takes a registry, or its token', () => {
    const registry = new Registry();
    assert.deepEqual(problemsOf({ registry }), []);
    assert.deepEqual(problemsOf({ registry: registry.share() }), []);
    registry.close();
  });

  it('is refused with every problem', () => {
    const problems = problemsOf(
      {
        serviceName: '',
        attributes: { ok: 1, bad: {} },
        registry: 7,
        views: 'all',
        exemplars: 1,
        targetInfo: 'no',
        setGlobal: null,
        interval: 10,
      },
      { OTEL_RESOURCE_ATTRIBUTES: 'broken' },
    );
    for (const named of [
      'interval is no option of startMeterProvider',
      'registry is 7',
      'serviceName',
      'attributes["bad"]',
      'OTEL_RESOURCE_ATTRIBUTES',
      'views is',
      'exemplars is 1',
      'targetInfo is',
      'setGlobal is null',
    ])
      assert.ok(
        problems.some(problem => problem.includes(named)),
        `${named} in ${problems.join('\n')}`,
      );
  });
});

describe('the configuration of a view', () => {
  it('takes everything that there is', () => {
    const views = [
      {},
      {
        instrumentName: 'a',
        name: 'b',
        attributeKeys: [],
        aggregation: { type: 'explicit_buckets', boundaries: [] },
      },
      {
        instrumentName: 'a*',
        dropAttributeKeys: ['x'],
        aggregation: { type: 'exponential_buckets', maxSize: 20 },
      },
      {
        aggregation: { type: 'exponential_buckets', maxScale: -4, maxSize: 8_192 },
        aggregator: 'thread',
        sharing: 'striped',
      },
      { aggregation: { type: 'drop' }, seriesMax: 1, instrumentType: 'observable_gauge', description: '' },
      {
        aggregation: { type: 'default' },
        meterName: '',
        meterVersion: '',
        meterSchemaUrl: '',
        instrumentUnit: '',
      },
    ];
    assert.deepEqual(problemsOf({ views }), []);
  });

  const REFUSED: readonly (readonly [title: string, view: unknown, problem: RegExp])[] = [
    ['that is none', undefined, /views\[0\] is undefined; it must be an object/],
    ['that is null', null, /views\[0\] is null; it must be an object/],
    ['that is a list', [], /views\[0\] is \[\]; it must be an object/],
    ['with a misspelt option', { instrumentname: 'a' }, /of views\[0\]; did you mean instrumentName\?/],
    [
      'with another option of its aggregation',
      { aggregation: { type: 'exponential_buckets', maxSiz: 20 } },
      /maxSiz is no option of views\[0\]\.aggregation; did you mean maxSize\?/,
    ],
    ['with other options', { filter: 1 }, /filter is no option of views\[0\]/],
    ['with texts that are none', { meterName: 1, description: null }, /meterName is 1.*description is null/],
    [
      'of an unknown type',
      { instrumentType: 'summary' },
      /instrumentType is 'summary'; it must be one of counter/,
    ],
    ['with an unknown aggregator', { aggregator: 'median' }, /aggregator is 'median'/],
    ['with an unknown sharing', { sharing: 'none' }, /sharing is 'none'/],
    ['that renames every instrument', { name: 'x' }, /name renames/],
    ['that renames by a pattern', { name: 'x', instrumentName: 'a?' }, /name renames/],
    ['with keys that are none', { attributeKeys: 'a' }, /attributeKeys is 'a'/],
    ['with keys that are no texts', { dropAttributeKeys: [1] }, /dropAttributeKeys is/],
    ['that keeps and drops', { attributeKeys: [], dropAttributeKeys: [] }, /keep one of them/],
    ['with an aggregation that is none', { aggregation: 'drop' }, /aggregation is 'drop'/],
    ['with an aggregation without a type', { aggregation: null }, /aggregation is null/],
    ['without boundaries', { aggregation: { type: 'explicit_buckets' } }, /boundaries is undefined/],
    [
      'with boundaries that fall',
      { aggregation: { type: 'explicit_buckets', boundaries: [2, 1] } },
      /increasing/,
    ],
    [
      'with one boundary twice',
      { aggregation: { type: 'explicit_buckets', boundaries: [1, 1] } },
      /increasing/,
    ],
    [
      'with boundaries without end',
      { aggregation: { type: 'explicit_buckets', boundaries: [Infinity] } },
      /finite/,
    ],
    ['that is too small', { aggregation: { type: 'exponential_buckets', maxSize: 1 } }, /maxSize is 1/],
    ['that is too fine', { aggregation: { type: 'exponential_buckets', maxScale: 20 } }, /maxScale is 20/],
    ['with no series', { seriesMax: 0 }, /seriesMax is 0/],
  ];
  for (const [title, view, problem] of REFUSED)
    it(`refuses one ${title}`, () => assert.match(problemsOfView(view), problem));

  it('says which view of the list is wrong', () => {
    assert.match(problemsOf({ views: [{}, { seriesMax: 1.5 }] }).join(), /views\[1\]\.seriesMax is 1\.5/);
  });
});
