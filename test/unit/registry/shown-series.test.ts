import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { RegistryOptions } from '../../../src/index.js';
import type { Info } from '../../../src/index.js';
import { samples } from '../sample-lines.js';
import { PlayedThread, silenceWarnings, warningsOf } from './played-thread.js';

silenceWarnings();

function sceneOf(options: RegistryOptions = {}): { registry: Registry; build: Info<'v'> } {
  const registry = new Registry(options);
  return { registry, build: registry.info({ name: 'build', help: 'B.', labelNames: ['v'] }) };
}

const OVERFLOW = 'build_info{otel_metric_overflow="true"}';
const countOf = (reason: string): string =>
  `threadtally_overflow_observations_total{family="build",reason="${reason}"}`;

describe('the label set of an info', () => {
  it('is one series, however often it is set', test => {
    const { registry, build } = sceneOf({ seriesMax: 5, familiesMax: 2 });
    const thread = new PlayedThread(test, registry.share(), 901);
    for (let i = 0; i < 200; i++) {
      build.set({ v: `v${i}` });
      assert.deepEqual(samples(registry), { [`build_info{v="v${i}"}`]: 1 });
      // As the heartbeat of the other thread, which holds back the reuse of slots.
      thread.attachment.safePoint();
    }
    assert.deepEqual(registry.seriesByFamily(), { build: 1 });
  });

  it('takes no cells', () => {
    const { registry, build } = sceneOf({ stripeBytes: 1_024, familiesMax: 500 });
    for (let i = 0; i < 200; i++) {
      registry.info({ name: `i${i}`, help: 'I.', labelNames: ['v'] }).set({ v: 'x' });
    }
    build.set({ v: '1' });
    assert.equal(Object.keys(samples(registry)).length, 201);
    assert.equal(samples(registry)['build_info{v="1"}'], 1);
  });

  it('is replaced at a limit of one series, of the family and of the registry', () => {
    const { registry, build } = sceneOf({ seriesMax: 1, familySeriesMax: 1 });
    build.set({ v: '1' });
    build.set({ v: '2' });
    assert.deepEqual(samples(registry), { 'build_info{v="2"}': 1 });
  });

  it('that finds no place is shown as overflow, and counted, until one does', () => {
    const { registry, build } = sceneOf({ labelValueMax: 20 });
    build.set({ v: '1' });
    build.set({ v: 'x'.repeat(21) });
    assert.deepEqual(samples(registry), { [OVERFLOW]: 1, [countOf('label_value_length')]: 1 });
    assert.deepEqual([build.value(), build.value({ v: '1' })], [undefined, false]);
    build.set({ v: '2' });
    assert.deepEqual(samples(registry), { 'build_info{v="2"}': 1, [countOf('label_value_length')]: 1 });
    build.set({ v: 'x'.repeat(21) });
    build.reset();
    assert.deepEqual(samples(registry), { [countOf('label_value_length')]: 2 });
  });

  it('is turned away by a registry that is full, with a warning', async () => {
    const { registry, build } = sceneOf({ seriesMax: 2 });
    for (const name of ['c', 'd']) registry.counter({ name, help: 'C.' });
    const messages = await warningsOf(() => build.set({ v: '1' }));
    assert.equal(messages.length, 1, messages.join());
    assert.match(
      messages[0]!,
      /^build: the registry has 2 series, its limit; .* go to \{otel_metric_overflow="true"\}/,
    );
    assert.deepEqual(samples(registry), { c: 0, d: 0, [OVERFLOW]: 1, [countOf('registry_limit')]: 1 });
    // The counter of overflows has taken the room of one.
    for (const name of ['c', 'd']) registry.removeSingleMetric(name);
    build.set({ v: '1' });
    assert.equal(samples(registry)['build_info{v="1"}'], 1);
  });

  it('that finds no memory is shown as overflow', () => {
    const { registry, build } = sceneOf({ keyBytes: 2_048, labelValueMax: 4_000 });
    build.set({ v: '1' });
    build.set({ v: 'x'.repeat(3_000) });
    assert.equal(samples(registry)[OVERFLOW], 1);
    assert.equal(samples(registry)['build_info{v="1"}'], undefined);
  });
});
