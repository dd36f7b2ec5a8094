/** A rendering in slices: whatever happens between two steps, every line is right, and none is there twice. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { Catalogue } from '../../src/registry/catalogue.js';
import { ExpositionRun } from '../../src/registry/exposition-run.js';
import { ListedFamily } from '../../src/registry/listed-family.js';
import type { Renderer } from '../../src/registry/renderers.js';
import { runToEnd } from '../../src/registry/slices.js';
import { SeriesFragments } from '../../src/exposition/series-fragments.js';
import { decodeFamilies, labelsIn } from '../unit/exposition/decoded-families.js';
import { attributesIn, decodeRequest, metricsIn, pointsOf } from '../unit/otel/decoded-metrics.js';
import { withUncheckedRenderings } from '../conformance/checked-renderings.js';
import { withMutant } from './stepping.js';
import { PushedRenderer } from './pushed-renderer.js';
import { INFO, LABELLED, OTHER, withThreads } from './threads.js';
import type { Thread } from './threads.js';

/** Rows of one step in these models, where a family has three series. */
const PROTOTYPE = ExpositionRun.prototype as never as { rowsPerStep(): number };

interface World {
  /** Whose rendering goes on in slices. */
  readonly scraper: Thread;
  readonly other: Thread;
  readonly renderer: Renderer;
}

type Act = (world: World) => void;

/** `name{label}` to value, of a body in the format of the renderer. */
function samplesOf(renderer: Renderer, body: Uint8Array): [string, number][] {
  if (renderer instanceof PrometheusProtobufRenderer)
    return decodeFamilies(body).flatMap(family =>
      family.metric.map((metric): [string, number] => [
        `${family.name}{${Object.values(labelsIn(metric)).join()}}`,
        metric.counter?.value ?? metric.gauge?.value ?? NaN,
      ]),
    );
  if (renderer instanceof PushedRenderer)
    return [...metricsIn([decodeRequest(body)]).values()].flatMap(metric =>
      pointsOf(metric).map(({ attributes, asDouble }): [string, number] => [
        `${metric.name}{${Object.values(attributesIn(attributes)).join()}}`,
        Number(asDouble),
      ]),
    );
  return Buffer.from(body)
    .toString()
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name, label, value] = /^(\w+)\{\w+="(.*)"\} (.*)$/.exec(line)!;
      return [`${name}{${label}}`, Number(value)];
    });
}

/** Each series has a value of its own, which says whose cells were read. */
const VALUES: Record<string, number> = { a: 1, b: 20, c: 300, d: 4_000, x: 50_000, y: 600_000 };

function fill({ scraper, other }: Pick<World, 'scraper' | 'other'>): void {
  for (const thread of [scraper, other]) thread.family(INFO).showOnly(['first']);
  for (const family of [LABELLED, OTHER]) {
    for (const value of ['a', 'b', 'c']) other.cell(value, family).inc(VALUES[value]);
  }
}

function newRun({ scraper, renderer }: World): ExpositionRun {
  return new ExpositionRun(scraper.engine, { renderer, names: undefined });
}

/** What must hold of every body: no sample twice, each with the value of its series, and exactly one info. */
function assertRight(samples: readonly [string, number][]): void {
  assert.equal(
    new Set(samples.map(([key]) => key)).size,
    samples.length,
    `twice: ${JSON.stringify(samples)}`,
  );
  const infos = samples.filter(([key]) => key.startsWith(INFO.name));
  assert.equal(infos.length, 1, `infos: ${JSON.stringify(infos)}`);
  for (const [key, value] of samples) {
    const [, name, label] = /^(\w+)\{(.*)\}$/.exec(key)!;
    if (name!.startsWith(INFO.name)) continue;
    assert.equal(value, VALUES[label!], `${key} has the value of another`);
  }
}

function mutant(title: string, action: () => void): void {
  test(`mutant: ${title}`, () => withUncheckedRenderings('what a mutant renders is wrong', action));
}

/** Runs a rendering of one series for each step, with `act` before its n-th turn of the loop, for every n. */
function interrupted(newRenderer: () => Renderer, act: Act, check: Act = () => undefined): number {
  let turns = 0;
  withMutant(
    PROTOTYPE,
    'rowsPerStep',
    () => 1,
    () => {
      for (let n = 1, isReached = true; isReached; n++) {
        withThreads(2, ([scraper, other]) => {
          const world = { scraper: scraper!, other: other!, renderer: newRenderer() };
          fill(world);
          const run = newRun(world);
          let turn = 0;
          for (;;) {
            const step = run.steps.next();
            if (step.done) {
              assertRight(samplesOf(world.renderer, step.value.body));
              break;
            }
            turn++;
            // What the event loop does between any two steps of this thread, and of the other one.
            if (turn === n) act(world);
            scraper!.attachment.safePoint();
            other!.attachment.safePoint();
            run.resume();
          }
          isReached = turn >= n;
          turns = Math.max(turns, turn);
          const after = runToEnd(newRun(world).steps);
          assertRight(samplesOf(world.renderer, after.body));
          check(world);
        });
      }
    },
  );
  return turns;
}

/** Makes the cells and slots of removed series those of others, in another order. */
function reuse({ scraper, other }: World): void {
  for (const thread of [scraper, other]) thread.attachment.safePoint();
  other.attachment.records.reclaim();
  other.searchSlotsFrom(0);
  for (const value of ['x', 'y', 'd']) other.cell(value, OTHER).inc(VALUES[value]);
}

const ACTS: Readonly<Record<string, Act>> = {
  'series are removed and their cells are given to others': world => {
    for (const value of ['a', 'b', 'c']) world.other.family(LABELLED).remove([value]);
    for (const value of ['a', 'b', 'c']) world.other.family(OTHER).remove([value]);
    reuse(world);
  },
  'a family is removed, and its cells are given to another': world => {
    world.other.engine.removeFamily(LABELLED.name);
    for (const value of ['a', 'b', 'c']) world.other.family(OTHER).remove([value]);
    reuse(world);
  },
  'a family is removed and defined again': world => {
    world.other.engine.removeFamily(LABELLED.name);
    for (const thread of [world.other, world.scraper]) thread.attachment.safePoint();
    world.other.attachment.records.reclaim();
    world.other.searchSlotsFrom(0);
    for (const value of ['a', 'b', 'd']) world.other.cell(value).inc(VALUES[value]);
  },
  'everything is reset, and recorded again': world => {
    world.scraper.engine.resetAllFamilies();
    world.other.family(INFO).showOnly(['first']);
    for (const value of ['c', 'b', 'a']) world.other.cell(value).inc(VALUES[value]);
  },
  'a series is removed and comes again at the end': ({ other }) => {
    other.family(LABELLED).remove(['a']);
    other.cell('a').inc(VALUES['a']);
  },
  'series are removed, reused, and this thread takes a snapshot': world => {
    for (const value of ['a', 'b', 'c']) world.other.family(LABELLED).remove([value]);
    for (const value of ['a', 'b', 'c']) world.other.family(OTHER).remove([value]);
    reuse(world);
    world.scraper.engine.snapshots.take();
  },
  'this thread renders everything at once by the same renderer': world => {
    world.other.family(LABELLED).remove(['b']);
    assertRight(samplesOf(world.renderer, runToEnd(newRun(world).steps).body));
  },
  'another rendering by the same renderer is begun, and given up in the middle': world => {
    world.other.family(LABELLED).remove(['b']);
    const { steps } = newRun(world);
    for (let i = 0; i < 3; i++) steps.next();
    steps.return(undefined as never);
  },
  'what the renderer has encoded is given up': ({ renderer }) => {
    for (const key of ['series', 'encoded'])
      (renderer as never as Record<string, SeriesFragments | undefined>)[key]?.clear();
  },
  'the info is set': ({ other }) => other.family(INFO).showOnly(['second']),
  'the info is set, and the slot of its last label set is reused': world => {
    world.other.family(INFO).showOnly(['second']);
    for (const value of ['a', 'b', 'c']) world.other.family(OTHER).remove([value]);
    reuse(world);
  },
  'the thread that recorded ends': ({ other }) => other.attachment.detach(),
};

const RENDERERS: Readonly<Record<string, () => Renderer>> = {
  text: () => new PrometheusTextRenderer(),
  protobuf: () => new PrometheusProtobufRenderer(),
  OTLP: () => new PushedRenderer('cumulative'),
  'OTLP, differences': () => new PushedRenderer('delta'),
};

function everything(): void {
  for (const newRenderer of Object.values(RENDERERS)) {
    for (const act of Object.values(ACTS)) interrupted(newRenderer, act);
  }
}

describe('a rendering in slices', () => {
  for (const [format, newRenderer] of Object.entries(RENDERERS)) {
    for (const [what, act] of Object.entries(ACTS)) {
      test(`${format}: is right when ${what}, at any turn of the loop`, () => {
        assert.ok(interrupted(newRenderer, act) >= 5);
      });
    }
  }

  test('shows each series that is there throughout', () => {
    interrupted(RENDERERS['text']!, world => {
      world.other.family(LABELLED).remove(['b']);
      const { body } = runToEnd(newRun(world).steps);
      const keys = samplesOf(world.renderer, body).map(([key]) => key);
      assert.deepEqual(keys, [
        'build_info{first}',
        'c_total{a}',
        'c_total{c}',
        'g_total{a}',
        'g_total{b}',
        'g_total{c}',
      ]);
    });
  });

  mutant('reading what was removed since without a look is caught', () => {
    withMutant(
      ExpositionRun.prototype,
      'mayHaveLost' as never,
      () => false,
      () => assert.throws(everything, /has the value of another|twice|ERR_STALE|removed/),
    );
  });

  mutant('dating a list by the catalogue of now instead of its own is caught', () => {
    const byCatalogue = function (this: ExpositionRun): boolean {
      const { parts } = this as never as { parts: Thread['engine'] };
      return parts.attachment.records.epoch() !== parts.catalogue.epoch;
    };
    withMutant(ExpositionRun.prototype, 'mayHaveLost' as never, byCatalogue, () =>
      assert.throws(everything, /has the value of another|twice|removed/),
    );
  });

  mutant('an info that is not looked up anew is caught', () => {
    // Its family is taken for a counter's: what the walk has found is shown, if it is still there.
    const { catchUp } = Catalogue.prototype;
    let isFirst = true;
    const once = function* (this: Catalogue): Generator<void, void> {
      if (this.isBehind() && isFirst) yield* catchUp.call(this);
      isFirst = false;
    };
    withMutant(Catalogue.prototype, 'catchUp', once, () =>
      assert.throws(() =>
        interrupted(
          RENDERERS['protobuf']!,
          world => {
            isFirst = false;
            ACTS['the info is set, and the slot of its last label set is reused']!(world);
          },
          () => (isFirst = true),
        ),
      ),
    );
  });
});

describe('a walk in slices', () => {
  /** A walk of one slot for each step, and `act` between any two of them. */
  const walking = (act: Act): number => {
    let turns = 0;
    for (let n = 1, isReached = true; isReached; n++) {
      withThreads(2, ([scraper, other]) => {
        const world: World = { scraper: scraper!, other: other!, renderer: new PrometheusTextRenderer() };
        fill(world);
        const { catalogue } = scraper!.engine;
        const look = Object.getPrototypeOf(catalogue).look as (from: number, to: number) => number;
        Object.defineProperty(catalogue, 'look', {
          value: (from: number) => look.call(catalogue, from, from + 1),
        });
        let turn = 0;
        for (const steps = catalogue.catchUp(); !steps.next().done;) {
          if (++turn === n) act(world);
          for (const thread of [scraper!, other!]) thread.attachment.safePoint();
        }
        isReached = turn >= n;
        turns = Math.max(turns, turn);
        const run = runToEnd(newRun(world).steps);
        assertRight(samplesOf(world.renderer, run.body));
        assertListed(scraper!);
      });
    }
    return turns;
  };

  /** The catalogue is what one of a thread that has looked for the first time is. */
  const assertListed = (thread: Thread): void => {
    const rowsOf = (catalogue: Catalogue): unknown[] =>
      catalogue
        .families()
        .map(({ descriptor, series }) => [
          descriptor.name,
          [...series.slots.subarray(0, series.length)],
          [...series.sequences.subarray(0, series.length)],
        ]);
    assert.deepEqual(rowsOf(thread.engine.catalogue), rowsOf(new Catalogue(thread.attachment)));
  };

  for (const [what, act] of Object.entries(ACTS)) {
    test(`lists what is there when ${what}, at any turn of the loop`, () => {
      assert.ok(walking(act) >= 5);
    });
  }

  mutant('a walk that another caller takes for done is caught', () => {
    const impatient = function (this: Catalogue): boolean {
      const { attachment, structure } = this as never as {
        attachment: Thread['attachment'];
        structure: number;
      };
      return attachment.records.structure() !== structure;
    };
    withMutant(Catalogue.prototype, 'isBehind', impatient, () =>
      assert.throws(
        () =>
          walking(({ scraper }) => {
            const names = scraper.engine.catalogue.families().map(({ descriptor }) => descriptor.name);
            assert.deepEqual(names, [INFO.name, LABELLED.name, OTHER.name]);
          }),
        assert.AssertionError,
      ),
    );
  });

  mutant('a list that is changed under its readers is caught', () => {
    const { tidy } = ListedFamily.prototype;
    const inPlace = function* (this: ListedFamily, ...given: never[]): Generator<void, void> {
      const before = this.series;
      yield* tidy.apply(this, given as never);
      const rows = Math.min(before.length, this.series.length);
      before.slots.set(this.series.slots.subarray(0, rows));
      before.sequences.set(this.series.sequences.subarray(0, rows));
      before.cells.set(this.series.cells.subarray(0, rows));
    };
    withMutant(ListedFamily.prototype, 'tidy', inPlace, () => assert.throws(everything, /twice/));
  });
});
