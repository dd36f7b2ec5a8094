import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefinitionConflictError, Registry, StateSet } from '../../../src/index.js';
import { attachArena } from '../../../src/memory/arena.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET } from '../../../src/memory/layout.js';
import { silenceWarnings } from '../registry/played-thread.js';
import { sampleLines, textOf } from '../sample-lines.js';

silenceWarnings();

const PHASES = ['starting', 'ready', 'draining'] as const;
const PHASE = { name: 'phase', help: 'Phase.', states: PHASES };

describe('a state set', () => {
  it('without labels is there from its definition on, in its first state or its initial one', () => {
    const registry = new Registry();
    registry.stateSet(PHASE);
    registry.stateSet({ ...PHASE, name: 'mode', initial: 'draining' });
    assert.equal(
      textOf(registry),
      '# HELP phase Phase.\n# TYPE phase gauge\n' +
        'phase{phase="starting"} 1\nphase{phase="ready"} 0\nphase{phase="draining"} 0\n' +
        '# HELP mode Phase.\n# TYPE mode gauge\n' +
        'mode{mode="starting"} 0\nmode{mode="ready"} 0\nmode{mode="draining"} 1\n',
    );
  });

  it('shows the state that was set last, however it was set', () => {
    const registry = new Registry();
    const phase = registry.stateSet(PHASE);
    phase.set('draining');
    assert.equal(phase.value(), 'draining');
    phase.labels().set('starting');
    assert.equal(phase.value(), 'starting');
    phase.set({}, 'ready');
    assert.deepEqual(sampleLines(registry), [
      'phase{phase="starting"} 0',
      'phase{phase="ready"} 1',
      'phase{phase="draining"} 0',
    ]);
  });

  it('with labels has a series from its first set on, the state before its labels', () => {
    const registry = new Registry();
    const state = registry.stateSet({
      name: 'breaker',
      help: 'B.',
      states: ['open', 'closed'],
      labelNames: ['peer'],
    });
    state.labels('unused');
    assert.deepEqual(sampleLines(registry), []);
    state.set({ peer: 'db "1"' }, 'closed');
    state.labels('cache').set('open');
    assert.deepEqual(sampleLines(registry), [
      'breaker{breaker="open",peer="db \\"1\\""} 0',
      'breaker{breaker="closed",peer="db \\"1\\""} 1',
      'breaker{breaker="open",peer="cache"} 1',
      'breaker{breaker="closed",peer="cache"} 0',
    ]);
    state.set('open');
    assert.equal(sampleLines(registry).at(-2), 'breaker{breaker="open"} 1');
  });

  it('escapes the names of its states', () => {
    const registry = new Registry();
    registry.stateSet({ name: 's', help: 'S.', states: ['"', '\\n', 'a\nb'] });
    assert.deepEqual(sampleLines(registry), ['s{s="\\""} 1', 's{s="\\\\n"} 0', 's{s="a\\nb"} 0']);
  });

  it('refuses a state that is none, and nothing changes then', () => {
    const registry = new Registry();
    const phase = registry.stateSet({ ...PHASE, labelNames: ['a'] });
    phase.set({ a: 'x' }, 'ready');
    const before = registry.cardinality().series;
    const message = `phase has no state 'redy'; its states are starting, ready, draining`;
    // @ts-expect-error none of the states
    assert.throws(() => phase.set({ a: 'x' }, 'redy'), { name: 'Error', message });
    // @ts-expect-error none of the states
    assert.throws(() => phase.set({ a: 'y' }, 'redy'), { message });
    // @ts-expect-error none of the states
    assert.throws(() => phase.set('redy'), { message });
    // @ts-expect-error none of the states
    assert.throws(() => phase.labels('x').set('redy'), { message });
    // @ts-expect-error no state at all
    assert.throws(() => phase.set({ a: 'x' }), /^Error: phase has no state undefined;/);
    // @ts-expect-error no such label
    assert.throws(() => phase.set({ b: 'x' }, 'ready'), /^Error: Added label "b" is not included/);
    assert.equal(phase.value({ a: 'x' }), 'ready');
    assert.equal(registry.cardinality().series, before, 'no series was left behind');
  });

  it('is the same for the same definition, and for no other order or choice of states', () => {
    const registry = new Registry();
    const phase = registry.stateSet({ ...PHASE, initial: 'ready' });
    assert.ok(phase instanceof StateSet);
    assert.deepEqual(phase.states, PHASES);
    assert.equal(registry.stateSet({ ...PHASE, initial: 'ready' }), phase);
    assert.throws(() => registry.stateSet(PHASE), /initial is "ready", this definition has "starting";/);
    assert.throws(
      () => registry.stateSet({ ...PHASE, states: ['ready', 'starting', 'draining'], initial: 'ready' }),
      DefinitionConflictError,
    );
    assert.throws(() => new StateSet({ ...PHASE, registers: [registry] }), /has already been registered/);
    const other = Registry.attach(registry.share());
    assert.throws(() => other.stateSet({ ...PHASE, states: ['ready'] }), /states is \["starting",/);
    other.close();
  });

  it('starts again after a reset, and its series are gone after a removal', () => {
    const registry = new Registry();
    const phase = registry.stateSet({ ...PHASE, initial: 'ready' });
    const labelled = registry.stateSet({ ...PHASE, name: 'p', labelNames: ['a'] });
    const kept = labelled.labels('x');
    phase.set('draining');
    kept.set('draining');
    phase.reset();
    assert.equal(phase.value(), 'ready');
    labelled.remove('x');
    assert.equal(labelled.value({ a: 'x' }), undefined);
    kept.set('starting');
    assert.equal(labelled.value({ a: 'x' }), 'starting');
    registry.resetMetrics();
    assert.deepEqual([phase.value(), labelled.value({ a: 'x' })], ['ready', undefined]);
    registry.clear();
    kept.set('ready');
    assert.deepEqual([phase.value(), labelled.value({ a: 'x' })], [undefined, undefined]);
  });

  it('beyond a limit shows what was set last in its overflow series', () => {
    const registry = new Registry({ familySeriesMax: 1 });
    const phase = registry.stateSet({ ...PHASE, labelNames: ['a'] });
    for (const a of ['x', 'y', 'z']) phase.set({ a }, a === 'z' ? 'ready' : 'starting');
    assert.deepEqual(
      sampleLines(registry).filter(line => /^phase.*overflow/.test(line)),
      [
        'phase{phase="starting",otel_metric_overflow="true"} 0',
        'phase{phase="ready",otel_metric_overflow="true"} 1',
        'phase{phase="draining",otel_metric_overflow="true"} 0',
      ],
    );
  });

  it('does not make scrapes read the shared stripe of counters', () => {
    const registry = new Registry();
    registry.stateSet(PHASE).set('ready');
    const arena = attachArena(registry.share().arena);
    assert.equal(arena.header(HEADER_SHARED_STRIPE_USED_OFFSET), 0);
    assert.equal(registry.snapshot().families[0]!.values[0], 1, 'the index of the state');
  });

  it('runs its collect callback before a scrape', async () => {
    const registry = new Registry();
    registry.stateSet({
      ...PHASE,
      collect() {
        this.set('draining');
      },
    });
    assert.match(await registry.metrics(), /^phase\{phase="draining"\} 1$/m);
  });

  it('with labels is in its initial state once it is initialised, until a state is set', () => {
    const registry = new Registry();
    const phase = registry.stateSet({ ...PHASE, labelNames: ['a'], initial: 'draining' });
    assert.equal(phase.init({ a: 'x' }), true);
    assert.equal(phase.value({ a: 'x' }), 'draining');
    assert.ok(sampleLines(registry).includes('phase{phase="draining",a="x"} 1'));
    phase.set({ a: 'x' }, 'ready');
    phase.init({ a: 'x' });
    assert.equal(phase.value({ a: 'x' }), 'ready');
  });
});
