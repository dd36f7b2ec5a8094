import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, Registry } from '../../../src/index.js';
import { createArena } from '../../../src/memory/arena.js';
import { limitsFor, settingsFrom, sizesFor } from '../../../src/registry/registry-options.js';
import type { RegistryOptions } from '../../../src/registry/registry-options.js';

function problemOf(options: object): string {
  try {
    settingsFrom(options);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    assert.equal(error.code, 'ERR_CONFIGURATION');
    return error.message;
  }
  return 'none';
}

describe('registry options', () => {
  it('have defaults, also for keys that are undefined', () => {
    const defaults = settingsFrom({});
    assert.deepEqual(defaults, {
      seriesMax: 10_000,
      familySeriesMax: 1_000,
      familiesMax: 1_000,
      threadsMax: 32,
      labelValueMax: 256,
      labelsMax: 10,
      warningRatio: 0.8,
      criticalRatio: 0.95,
      heartbeatMs: 1_000,
      stripeBytes: Math.floor(2 ** 29 / 33 / 128) * 128,
      collectTimeoutMs: 100,
      keyBytes: 10_000 * 512 + 1_000 * 1_024,
      highCardinalityLabels: ['user_id', 'session_id', 'request_id', 'trace_id'],
      highCardinalityAction: 'warn',
      nameValidationScheme: 'legacy',
      labelNumbers: 'canonical',
    });
    assert.deepEqual(settingsFrom({ seriesMax: undefined } as unknown as RegistryOptions), defaults);
  });

  it('give each thread at least 256 bytes for each series', () => {
    assert.equal(settingsFrom({ seriesMax: 99_000, threadsMax: 32 }).stripeBytes, 100_000 * 256);
    assert.equal(settingsFrom({ seriesMax: 9_000, threadsMax: 400 }).stripeBytes, 10_000 * 256);
  });

  const BAD: readonly [object, RegExp][] = [
    [{ seriesMax: 0 }, /^registry options: seriesMax is 0; it must be an integer in 1\.\.10000000$/],
    [{ familySeriesMax: 1.5 }, /familySeriesMax is 1\.5; it must be an integer/],
    [{ familiesMax: NaN }, /familiesMax is NaN;/],
    [{ threadsMax: 4_095 }, /threadsMax is 4095; it must be an integer in 1\.\.4094/],
    [{ labelValueMax: '256' }, /labelValueMax is '256';/],
    [{ labelsMax: null }, /labelsMax is null;/],
    [{ heartbeatMs: 9 }, /heartbeatMs is 9; it must be an integer in 10\.\.60000/],
    [{ collectTimeoutMs: 0 }, /collectTimeoutMs is 0; it must be an integer in 1\.\.60000/],
    [{ collectTimeoutMs: 60_001 }, /collectTimeoutMs is 60001;/],
    [{ stripeBytes: 1_023 }, /stripeBytes is 1023;/],
    [{ keyBytes: 2 ** 31 }, /keyBytes is 2147483648;/],
    [{ warningRatio: 0 }, /warningRatio is 0; it must be in 0\.01\.\.1/],
    [{ warningRatio: 0.001 }, /warningRatio is 0\.001; it must be in 0\.01\.\.1/],
    [{ criticalRatio: 1.01 }, /criticalRatio is 1\.01;/],
    [{ criticalRatio: NaN }, /criticalRatio is NaN;/],
    [{ warningRatio: 0.96 }, /warningRatio 0\.96 is above criticalRatio 0\.95; a warning comes first/],
    [
      { highCardinalityAction: 'throw' },
      /highCardinalityAction is 'throw'; it must be one of warn, error, ignore/,
    ],
    [
      { highCardinalityLabels: 'user' },
      /highCardinalityLabels is 'user'; it must be an array of label names/,
    ],
    [{ highCardinalityLabels: [5] }, /highCardinalityLabels is \[ 5 \]; it must be an array/],
    [{ nameValidationScheme: 'utf-8' }, /nameValidationScheme is 'utf-8'; it must be one of legacy, utf8$/],
    [{ labelNumbers: true }, /labelNumbers is true; it must be one of canonical, prom-client$/],
    [
      { maxSeries: 5 },
      /maxSeries is no option of a registry; .*the options of a registry are seriesMax, familySeriesMax, /,
    ],
    [{ threadMax: 5 }, /threadMax is no option of a registry; did you mean threadsMax\?; the options/],
    [{ constructor: 5 }, /constructor is no option/],
  ];
  for (const [options, message] of BAD) {
    it(`refuse ${JSON.stringify(options)}`, () => assert.match(problemOf(options), message));
  }

  it('list every problem at once', () => {
    const message = problemOf({
      seriesMax: -1,
      warningRatio: 2,
      highCardinalityAction: 1,
      highCardinalityLabels: 1,
      x: 1,
    });
    for (const name of [
      'seriesMax',
      'warningRatio',
      'highCardinalityAction',
      'highCardinalityLabels',
      'x is no option',
    ]) {
      assert.ok(message.includes(name), `${name} is missing in: ${message}`);
    }
    assert.equal(message.split('; it must').length, 5);
  });

  it('refuse limits that no arena can hold, when they are given and not at the first metric', () => {
    const message =
      /^registry options: the limits need an arena of \d+ bytes, more than 4294967168; lower seriesMax/;
    assert.match(problemOf({ seriesMax: 10_000_000 }), message);
    assert.throws(() => new Registry({ seriesMax: 10_000_000 }), ConfigurationError);
    assert.equal(problemOf({ seriesMax: 1_000_000, threadsMax: 4 }), 'none');
  });

  it('make an arena whatever they are', () => {
    const SMALL_AND_LARGE: readonly RegistryOptions[] = [
      {},
      { seriesMax: 1, familiesMax: 1, threadsMax: 1, stripeBytes: 1_024, keyBytes: 1_024 },
      { seriesMax: 3, familiesMax: 5, stripeBytes: 1_025, keyBytes: 1_027 },
      { threadsMax: 2_000, seriesMax: 10, familiesMax: 10 },
    ];
    for (const options of SMALL_AND_LARGE) {
      const settings = settingsFrom(options);
      const sizes = sizesFor(settings);
      const arena = createArena(sizes, limitsFor(settings));
      assert.deepEqual(arena.sizes, sizes);
      assert.deepEqual(arena.limits, limitsFor(settings));
      assert.ok(sizes.slotCount >= 2 * (settings.seriesMax + settings.familiesMax));
      assert.ok(sizes.bucketCount >= sizes.slotCount && sizes.bucketCount < 2 * sizes.slotCount);
      assert.ok(sizes.leaseCount >= settings.threadsMax && sizes.leaseCount >= 1_024);
    }
  });

  it('turn ratios into whole percents', () => {
    const { warningPercent, criticalPercent } = limitsFor(
      settingsFrom({ warningRatio: 0.29, criticalRatio: 0.57 }),
    );
    assert.deepEqual([warningPercent, criticalPercent], [29, 57]);
  });
});
