/** prom-client itself is the specification: the same program shows the same, apart from the differences that are listed. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import fc from 'fast-check';
import promClient from 'prom-client';
import * as threadtally from '../../src/index.js';
import { DIFFERENCES, comparableReadings, comparableText } from './client-differences.js';
import type { DifferenceName } from './client-differences.js';
import type { Client, Clock, Look, Step } from './client-program.js';
import { DEFINITIONS, World, anyProgram } from './client-program.js';

const OLD = promClient as unknown as Client;
const NEW = threadtally as unknown as Client;

type Outcome = { readonly value: unknown } | { readonly error: Error };

function outcomeOf(step: Step, world: World): Outcome {
  try {
    return { value: step.run(world) };
  } catch (error) {
    return { error: error as Error };
  }
}

/** An error of ours is of the same class, and begins with the text that prom-client has for it. */
function compareOutcomes(step: Step, old: Outcome, own: Outcome): void {
  if ('error' in old !== 'error' in own) {
    const text =
      'error' in old
        ? `prom-client throws ${old.error}`
        : `only this throws ${(own as { error: Error }).error}`;
    assert.fail(`${step.title}: ${text}`);
  }
  if ('error' in old && 'error' in own) {
    assert.equal(own.error.name, old.error.name, step.title);
    assert.ok(
      own.error.message.startsWith(old.error.message),
      `${step.title}: ${own.error.message} / ${old.error.message}`,
    );
  } else if (step.title.includes('timers end')) assert.deepEqual(own, old);
}

async function shownBy(world: World, look: Look, except?: DifferenceName): Promise<unknown> {
  const { registry } = world;
  if (look === 'metrics') return comparableText(await registry.metrics(), except);
  if (look === 'json') return comparableReadings(await registry.getMetricsAsJSON());
  if (look === 'merged') return comparableText(await world.merged().metrics());
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  if (look === 'list') return names.sort();
  return Promise.all(
    DEFINITIONS.map(async ({ options: { name } }) => {
      if (!names.includes(name)) return assert.rejects(registry.getSingleMetricAsString(name), TypeError);
      return comparableText(await registry.getSingleMetricAsString(name));
    }),
  );
}

async function compare(
  program: readonly (Step | Look)[],
  clock: Clock,
  { client = NEW, except }: { client?: Client; except?: DifferenceName } = {},
): Promise<void> {
  const worlds = [new World(OLD, clock), new World(client, clock)] as const;
  for (const step of program) {
    const startMs = clock.nowMs;
    const [old, own] = worlds.map(world => {
      clock.nowMs = startMs;
      return typeof step === 'string' ? shownBy(world, step, except) : outcomeOf(step, world);
    });
    if (typeof step === 'string') assert.deepEqual(await own, await old, step);
    else compareOutcomes(step, old as Outcome, own as Outcome);
  }
}

/** Each is this package with one thing wrong. */
const MUTANTS: Readonly<Record<string, object>> = {
  'removes no series': {
    Gauge: class extends threadtally.Gauge<string> {
      override remove(): void {}
    },
  },
  'resets nothing': {
    Registry: class extends threadtally.Registry {
      override resetMetrics(): void {}
    },
  },
  'forgets the default labels': {
    Registry: class extends threadtally.Registry {
      override setDefaultLabels(): void {}
    },
  },
  'has an error text of its own': {
    Counter: class extends threadtally.Counter<string> {
      override inc(...given: unknown[]): void {
        try {
          super.inc(...(given as [number]));
        } catch (error) {
          (error as Error).message = `refused: ${(error as Error).message}`;
          throw error;
        }
      }
    },
  },
  'counts an observation of a bound in the bucket above': {
    Histogram: class extends threadtally.Histogram<string> {
      override observe(...given: unknown[]): void {
        super.observe(...(given.map(one => (one === 1 ? 1.25 : one)) as [number]));
      }
    },
  },
};

describe('a program for prom-client', () => {
  const clock: Clock = { nowMs: 1_000 };
  before(() => {
    const hrtime = (start: [number, number] = [0, 0]): [number, number] => {
      const seconds = Math.floor(clock.nowMs / 1_000) - start[0];
      return [seconds, (clock.nowMs % 1_000) * 1e6 - start[1]];
    };
    mock.method(process, 'hrtime', hrtime as never);
    mock.method(performance, 'now', () => clock.nowMs);
  });
  after(() => mock.restoreAll());

  it('throws, and shows in both formats and as JSON, what it does with prom-client', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram, program => compare(program, clock)),
      { numRuns: 300 },
    );
  });

  for (const name of Object.keys(DIFFERENCES) as DifferenceName[]) {
    it(`is found to show something else where one difference is not allowed for: ${name}`, async () => {
      const property = fc.asyncProperty(anyProgram, program => compare(program, clock, { except: name }));
      const { failed } = await fc.check(property, { numRuns: 2_000, endOnFailure: true });
      assert.ok(failed, `${name} makes no difference`);
    });
  }

  for (const [name, mutant] of Object.entries(MUTANTS)) {
    it(`is found to show something else where this package ${name}`, async () => {
      const client = { ...NEW, ...mutant } as Client;
      const property = fc.asyncProperty(anyProgram, program => compare(program, clock, { client }));
      const { failed } = await fc.check(property, { numRuns: 2_000, endOnFailure: true });
      assert.ok(failed, `nothing is noticed of a client that ${name}`);
    });
  }
});
