import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ArenaFullError, Registry } from '../../src/index.js';
import type { Counter, Gauge, Histogram } from '../../src/index.js';
import { sampleLines } from '../unit/sample-lines.js';
import { BOUNDS, FAMILIES, LIMITS, RegistryModel } from './registry-model.js';

// Limits are hit thousands of times here, which is the subject and not news.
process.removeAllListeners('warning');

type AnyMetric = Counter | Gauge | Histogram;
type AnyHandle = ReturnType<AnyMetric['labels']>;

/** The registry under test, with what user code keeps of it. */
class Subject {
  readonly registry = new Registry({ ...LIMITS, threadsMax: 1 });
  readonly metrics = new Map<string, AnyMetric>();
  readonly handles: { name: string; values: readonly string[]; handle: AnyHandle }[] = [];

  define(name: string): AnyMetric {
    const { kind, labelNames } = FAMILIES[name]!;
    const options = {
      name,
      help: `${name}.`,
      labelNames,
      ...(kind === 'histogram' ? { buckets: BOUNDS } : {}),
    };
    const metric = this.registry[kind](options as never) as AnyMetric;
    this.metrics.set(name, metric);
    return metric;
  }

  check(model: RegistryModel): void {
    assert.deepEqual(sampleLines(this.registry), model.lines());
    const { series, families } = this.registry.cardinality();
    assert.deepEqual([series, families], [model.seriesCount, model.familyCount]);
  }
}

function record(target: AnyHandle, amount: number): void {
  if ('observe' in target) target.observe(amount);
  else if ('set' in target) target.set(amount);
  else target.inc(amount);
}

type RegistryCommand = fc.Command<RegistryModel, Subject>;

function command(
  text: string,
  run: (model: RegistryModel, subject: Subject) => void,
  check: (model: RegistryModel) => boolean = () => true,
): RegistryCommand {
  return {
    check,
    run(model, subject) {
      run(model, subject);
      subject.check(model);
    },
    toString: () => text,
  };
}

function defineCommand(name: string): RegistryCommand {
  return command(`define ${name}`, (model, subject) => {
    if (model.define(name)) subject.define(name);
    else assert.throws(() => subject.define(name), ArenaFullError);
  });
}

function recordCommand(name: string, values: readonly string[], amount: number): RegistryCommand {
  const text = `record ${amount} in ${name} ${values.join()}`;
  const act = (model: RegistryModel, subject: Subject): void => {
    // Handles first: asking for one reserves its series.
    model.handle(name, values);
    model.record(name, values, amount);
    record(subject.metrics.get(name)!.labels(...values), amount);
  };
  return command(text, act, model => model.isDefined(name));
}

function recordByLabelsCommand(name: string, values: readonly string[], amount: number): RegistryCommand {
  const { labelNames } = FAMILIES[name]!;
  const labels = Object.fromEntries(labelNames.map((label, i) => [label, values[i]!]));
  const act = (model: RegistryModel, subject: Subject): void => {
    model.handle(name, values);
    model.record(name, values, amount);
    const metric = subject.metrics.get(name)! as Counter<string> | Gauge<string> | Histogram<string>;
    if ('observe' in metric) metric.observe(labels, amount);
    else if ('set' in metric) metric.set(labels, amount);
    else metric.inc(labels, amount);
  };
  const text = `record ${amount} in ${name} by ${JSON.stringify(labels)}`;
  return command(text, act, model => model.isDefined(name));
}

function purgeCommand(name: string): RegistryCommand {
  const act = (_model: RegistryModel, subject: Subject): void => subject.metrics.get(name)!.purge();
  return command(`purge ${name}`, act, model => model.isDefined(name));
}

function keepHandleCommand(name: string, values: readonly string[]): RegistryCommand {
  const act = (model: RegistryModel, subject: Subject): void => {
    model.handle(name, values);
    subject.handles.push({ name, values, handle: subject.metrics.get(name)!.labels(...values) });
  };
  return command(`keep a handle of ${name} ${values.join()}`, act, model => model.isDefined(name));
}

/** Records by a handle that was kept, whatever has happened to its series and its family since. */
function useHandleCommand(which: number, amount: number): RegistryCommand {
  return command(`record ${amount} by handle ${which}`, (model, subject) => {
    const kept = subject.handles[which % Math.max(1, subject.handles.length)];
    if (kept === undefined) return;
    model.record(kept.name, kept.values, amount);
    record(kept.handle, amount);
  });
}

function removeCommand(name: string, values: readonly string[]): RegistryCommand {
  const act = (model: RegistryModel, subject: Subject): void => {
    model.remove(name, values);
    subject.metrics.get(name)!.remove(...values);
  };
  return command(`remove ${name} ${values.join()}`, act, model => model.isDefined(name));
}

function initCommand(name: string, values: readonly string[]): RegistryCommand {
  const act = (model: RegistryModel, subject: Subject): void =>
    assert.equal(subject.metrics.get(name)!.init(...values), model.init(name, values));
  return command(`init ${name} ${values.join()}`, act, model => model.isDefined(name));
}

function removeMatchingCommand(name: string, wanted: readonly (string | undefined)[]): RegistryCommand {
  const { labelNames } = FAMILIES[name]!;
  const labels = Object.fromEntries(
    labelNames.flatMap((label, i) => (wanted[i] === undefined ? [] : [[label, wanted[i]]])),
  );
  const act = (model: RegistryModel, subject: Subject): void => {
    const metric = subject.metrics.get(name)! as Counter<string>;
    if (Object.keys(labels).length === 0)
      assert.throws(() => metric.removeMatching(labels), /use reset\(\)$/);
    else assert.equal(metric.removeMatching(labels), model.removeMatching(name, wanted));
  };
  const text = `remove what matches ${JSON.stringify(labels)} in ${name}`;
  return command(text, act, model => model.isDefined(name));
}

const wholeCommands: readonly RegistryCommand[] = [
  ...Object.keys(FAMILIES).map(name =>
    command(`reset ${name}`, (model, subject) => {
      model.resetFamily(name);
      subject.metrics.get(name)?.reset();
    }),
  ),
  ...Object.keys(FAMILIES).map(name =>
    command(`remove family ${name}`, (model, subject) => {
      model.removeFamily(name);
      subject.registry.removeSingleMetric(name);
      subject.metrics.delete(name);
    }),
  ),
  command('reset all', (model, subject) => {
    model.resetAll();
    subject.registry.resetMetrics();
  }),
  command('clear', (model, subject) => {
    model.clear();
    subject.registry.clear();
    subject.metrics.clear();
  }),
];

const value = fc.constantFrom('a', 'b', 'c', 'd', '', 'x'.repeat(LIMITS.labelValueMax + 1));
const wanted = fc.option(value, { nil: undefined, freq: 3 });
const single = fc.constantFrom('requests', 'depth', 'size');
const labelled = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(single, fc.tuple(value)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('routes'), fc.tuple(value, value)) },
);
const partial = fc.oneof(
  fc.tuple(single, fc.tuple(wanted)),
  fc.tuple(fc.constant('routes'), fc.tuple(wanted, wanted)),
  fc.constant(['ticks', [] as string[]] as const),
);
const target = fc.oneof(labelled, labelled, fc.constant(['ticks', [] as string[]] as const));
const amount = fc.integer({ min: 0, max: 20 });

const recording = fc
  .tuple(target, amount)
  .map(([[name, values], value]) => recordCommand(name, values, value));

const recordingByLabels = fc
  .tuple(target, amount)
  .map(([[name, values], value]) => recordByLabelsCommand(name, values, value));

const commands = fc.commands(
  [
    fc.constantFrom(...Object.keys(FAMILIES)).map(defineCommand),
    fc.constantFrom(...Object.keys(FAMILIES)).map(defineCommand),
    recording,
    recording,
    recordingByLabels,
    recordingByLabels,
    fc.constantFrom(...Object.keys(FAMILIES)).map(purgeCommand),
    target.map(([name, values]) => keepHandleCommand(name, values)),
    fc.tuple(fc.nat({ max: 20 }), amount).map(([which, value]) => useHandleCommand(which, value)),
    target.map(([name, values]) => removeCommand(name, values)),
    target.map(([name, values]) => initCommand(name, values)),
    partial.map(([name, values]) => removeMatchingCommand(name, values)),
    fc.constantFrom(...wholeCommands),
  ],
  // Long runs: removed series give their space to others only after dozens of steps.
  { maxCommands: 150, size: 'max' },
);

describe('a registry of small limits', () => {
  it('shows what a model of Maps shows, after any definitions, recordings, removals and resets', () => {
    fc.assert(
      fc.property(commands, run => {
        const subject = new Subject();
        try {
          fc.modelRun(() => ({ model: new RegistryModel(), real: subject }), run);
        } finally {
          subject.registry.close();
        }
      }),
      { numRuns: 150 },
    );
  });
});
