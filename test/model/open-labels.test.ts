/** Open labels: a rendering in slices while the label names of a family grow, and walks between which series come and go. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { SLOT_LIVE } from '../../src/memory/slots.js';
import { attributeText, instrumentText } from '../../src/primitives/attribute-set.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { ExpositionRun } from '../../src/registry/exposition-run.js';
import { OpenLabels } from '../../src/registry/open-labels.js';
import type { Renderer } from '../../src/registry/renderers.js';
import { runToEnd } from '../../src/registry/slices.js';
import { SnapshotReader } from '../../src/registry/snapshot.js';
import { checkExposition } from '../conformance/check-exposition.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import type { ConformanceFormat } from '../conformance/rules.js';
import { reportOf } from '../conformance/rules.js';
import { decodeFamilies, labelsIn } from '../unit/exposition/decoded-families.js';
import { withMutant } from './stepping.js';
import { withThreads } from './threads.js';
import type { Thread } from './threads.js';

const OPEN = describeFamily('counter', { name: 'o_total', help: 'O.', openLabels: true, seriesMax: 9 }, 10);
const INSTRUMENT = instrumentText({
  kind: 'counter',
  name: 'o',
  unit: '',
  scopeName: '',
  scopeVersion: '',
  schemaUrl: '',
});
type Attributes = Readonly<Record<string, number>>;
const textOf = (attributes: Attributes): string => attributeText(INSTRUMENT, attributes);

/** Each series has a value of its own, which says whose cells were read. */
const SERIES: readonly Attributes[] = [{ m: 1 }, { m: 2 }, { 'a.b': 3 }, { a_b: 3 }];
const VALUES = new Map<string, number>(
  [...SERIES, { z: 1 }, { y: 1, z: 2 }, { m: 1, a_b: 3 }, { 'a-b': 3 }].map((of, i) => [textOf(of), 10 ** i]),
);

type Format = Exclude<ConformanceFormat, 'text-1.0.0'>;

const FORMATS: Readonly<Record<Format, () => Renderer>> = {
  'text-0.0.4': () => new PrometheusTextRenderer(),
  'openmetrics-1.0.0': () => new OpenMetricsRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
};

interface World {
  readonly scraper: Thread;
  readonly other: Thread;
  readonly renderer: Renderer;
}

type Act = (world: World) => void;

function record(thread: Thread, attributes: Attributes): void {
  const text = textOf(attributes);
  thread.cell(text, OPEN).inc(VALUES.get(text));
}

function remove(thread: Thread, attributes: Attributes): void {
  thread.family(OPEN).remove([textOf(attributes)]);
}

function newRun({ scraper, renderer }: World): ExpositionRun {
  return new ExpositionRun(scraper.engine, { renderer, names: undefined });
}

/** The values that a body shows. */
function valuesIn(format: Format, body: Uint8Array): number[] {
  if (format === 'protobuf')
    return decodeFamilies(body).flatMap(({ metric }) =>
      metric.map(one => {
        assert.ok(Object.keys(labelsIn(one)).length > 0);
        return one.counter!.value;
      }),
    );
  return Buffer.from(body)
    .toString()
    .split('\n')
    .filter(line => line.startsWith('o_total{'))
    .map(line => Number(/ (\S+)$/.exec(line)![1]));
}

/** A valid exposition, with no value twice and none of nobody. */
function assertRight(format: Format, body: Uint8Array): number[] {
  const violations = checkExposition(body, { format });
  assert.equal(violations.length, 0, reportOf(violations));
  const values = valuesIn(format, body);
  assert.equal(new Set(values).size, values.length, `twice: ${values.join()}`);
  const known = [...VALUES.values()];
  for (const value of values) assert.ok(known.includes(value), `${value} is the value of nobody`);
  return values;
}

/** Runs a rendering of one series for each step, with `act` before its n-th turn of the loop, for every n. */
function interrupted(format: Format, act: Act): number {
  let turns = 0;
  withMutant(
    ExpositionRun.prototype,
    'rowsPerStep' as never,
    () => 1,
    () => {
      for (let n = 1, isReached = true; isReached; n++) {
        withThreads(2, ([scraper, other]) => {
          const world = { scraper: scraper!, other: other!, renderer: FORMATS[format]() };
          for (const attributes of SERIES) record(other!, attributes);
          const run = newRun(world);
          let turn = 0;
          for (let step = run.steps.next(); ; step = run.steps.next()) {
            if (step.done === true) {
              assertRight(format, step.value.body);
              break;
            }
            if (++turn === n) act(world);
            for (const thread of [scraper!, other!]) thread.attachment.safePoint();
            run.resume();
          }
          isReached = turn >= n;
          turns = Math.max(turns, turn);
          assertRight(format, runToEnd(newRun(world).steps).body);
        });
      }
    },
  );
  return turns;
}

/** So that the catalogue knows of what has happened. */
const look: Act = ({ scraper }) => void scraper.engine.snapshots.take();

const ACTS: Readonly<Record<string, Act>> = {
  'names are added': world => {
    record(world.other, { z: 1 });
    record(world.other, { y: 1, z: 2 });
  },
  'names are added, and the catalogue learns of them': world => {
    ACTS['names are added']!(world);
    look(world);
  },
  'names are added, and another rendering by the same renderer shows them': world => {
    ACTS['names are added']!(world);
    runToEnd(newRun(world).steps);
  },
  'a series with the labels of another one comes': world => {
    record(world.other, { 'a-b': 3 });
    look(world);
  },
  'the first of two with the same labels goes, and a third comes': world => {
    remove(world.other, { 'a.b': 3 });
    look(world);
    record(world.other, { 'a-b': 3 });
    look(world);
  },
  'a series is removed and comes again': world => {
    remove(world.other, { 'a.b': 3 });
    record(world.other, { 'a.b': 3 });
    look(world);
  },
  'everything is reset and recorded again in another order': world => {
    world.scraper.engine.resetAllFamilies();
    for (const attributes of SERIES.toReversed()) record(world.other, attributes);
    look(world);
  },
  'the family is removed, and defined again with other names': world => {
    world.other.engine.removeFamily(OPEN.name);
    for (const thread of [world.scraper, world.other]) thread.attachment.safePoint();
    world.other.attachment.records.reclaim();
    world.other.searchSlotsFrom(0);
    record(world.other, { y: 1, z: 2 });
    look(world);
  },
};

function everything(): void {
  for (const format of Object.keys(FORMATS) as Format[])
    for (const act of Object.values(ACTS)) interrupted(format, act);
}

function mutant(title: string, action: () => void): void {
  test(`mutant: ${title}`, () => withUncheckedRenderings('what a mutant renders is wrong', action));
}

describe('a rendering in slices of a family with open labels', () => {
  for (const format of Object.keys(FORMATS) as Format[]) {
    for (const [what, act] of Object.entries(ACTS)) {
      test(`${format}: is valid when ${what}, at any turn of the loop`, () => {
        assert.ok(interrupted(format, act) >= 3);
      });
    }
  }

  mutant('names of now instead of those of the list are caught', () => {
    const { readPart } = SnapshotReader.prototype;
    const ofNow = function (this: SnapshotReader, part: Parameters<typeof readPart>[0]) {
      return readPart.call(this, { ...part, descriptor: part.family.descriptor });
    };
    withMutant(SnapshotReader.prototype, 'readPart', ofNow as never, () => assert.throws(everything));
  });
});

describe('a walk over a family with open labels', () => {
  /** A walk of one slot for each step, and `act` between any two of them; then what is shown is right. */
  const walking = (act: Act): void => {
    for (let n = 1, isReached = true; isReached; n++) {
      withThreads(2, ([scraper, other]) => {
        const world: World = { scraper: scraper!, other: other!, renderer: FORMATS['text-0.0.4']() };
        for (const attributes of SERIES) record(other!, attributes);
        const { catalogue } = scraper!.engine;
        const step = (Object.getPrototypeOf(catalogue) as { look(from: number, to: number): number }).look;
        Object.defineProperty(catalogue, 'look', {
          value: (from: number) => step.call(catalogue, from, from + 1),
        });
        let turn = 0;
        for (const steps = catalogue.catchUp(); !steps.next().done;) {
          if (++turn === n) act(world);
          for (const thread of [scraper!, other!]) thread.attachment.safePoint();
        }
        isReached = turn >= n;
        for (let i = 0; i < 2; i++) assertRight('text-0.0.4', runToEnd(newRun(world).steps).body);
      });
    }
  };
  const COMES_AGAIN: Act = ({ other }) => {
    // Where the walk comes to later.
    remove(other, { 'a.b': 3 });
    remove(other, { m: 1 });
    record(other, { 'a.b': 3 });
    record(other, { m: 1 });
  };

  for (const [what, act] of Object.entries(ACTS))
    test(`is right when ${what}, between any two slots`, () => walking(act));

  test('takes no series for one with the labels of itself when it is removed and created again', () => {
    walking(COMES_AGAIN);
    withThreads(2, ([scraper, other]) => {
      const world: World = { scraper: scraper!, other: other!, renderer: FORMATS['text-0.0.4']() };
      record(other!, { m: 1 });
      look(world);
      remove(other!, { m: 1 });
      other!.searchSlotsFrom(9);
      record(other!, { m: 1 });
      const text = Buffer.from(runToEnd(newRun(world).steps).body).toString();
      assert.doesNotMatch(text, /otel_attributes/);
    });
  });

  mutant('a series that clashes with the one that it was before is caught', () => {
    const { add } = OpenLabels.prototype;
    const withoutLook = function (this: OpenLabels, ...given: Parameters<OpenLabels['add']>): void {
      const [records, ...rest] = given;
      const slots = Object.assign(Object.create(records.slots) as typeof records.slots, {
        state: () => SLOT_LIVE,
        sequence: (slot: number) => sequenceOf(this, slot),
      });
      add.call(this, Object.assign(Object.create(records) as typeof records, { slots }), ...rest);
    };
    withMutant(OpenLabels.prototype, 'add', withoutLook as never, () => {
      withThreads(2, ([scraper, other]) => {
        const world: World = { scraper: scraper!, other: other!, renderer: FORMATS['text-0.0.4']() };
        record(other!, { m: 1 });
        look(world);
        remove(other!, { m: 1 });
        other!.searchSlotsFrom(9);
        record(other!, { m: 1 });
        const text = Buffer.from(runToEnd(newRun(world).steps).body).toString();
        assert.match(text, /otel_attributes/);
      });
    });
  });
});

/** Of whoever has a label set in this slot, as if it were live. */
function sequenceOf(labels: OpenLabels, slot: number): number {
  const { owners } = labels as unknown as { owners: Map<string, { slot: number; sequence: number }> };
  return [...owners.values()].find(owner => owner.slot === slot)?.sequence ?? -1;
}
