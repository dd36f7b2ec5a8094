/** Litmus: an exemplar that another thread writes again and again, on real threads. Frequencies are printed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createArena } from '../../src/memory/arena.js';
import type { Arena } from '../../src/memory/arena.js';
import { ExemplarReader } from '../../src/memory/exemplar-reader.js';
import { HEADER_LEASE_HIGH_WATER_OFFSET } from '../../src/memory/layout.js';
import { LIMITS, SIZES } from '../unit/memory/arenas.js';
import { FIRST_EXEMPLAR, exemplarOf } from '../unit/memory/exemplars.js';
import type { Outcomes } from './actors.js';
import { Actor, assertOutcomes } from './actors.js';
import { EXEMPLAR_IDS } from './patterns.js';

const ROUNDS = 300_000;
/** Enough for a fault to show on a machine whose cores are busy with something else; a fault ends the run earlier. */
const ROUNDS_UNTIL_SEEN_MAX = 50_000_000;

const LABELS = new Map(EXEMPLAR_IDS.map(id => [id as number, exemplarOf(id).labels.join()]));

function look(reader: ExemplarReader): string {
  const seen = reader.read(FIRST_EXEMPLAR, 0);
  if (seen === undefined) return 'none';
  const { value, timestampSeconds, labels } = seen;
  return timestampSeconds === value && LABELS.get(value) === labels.join() ? 'whole' : 'mixed';
}

/** Reads while the actor writes: for a number of rounds, or until an outcome has been seen. */
async function observe(name: string, rounds: number, until?: string): Promise<Outcomes> {
  const arena: Arena = createArena(SIZES, LIMITS);
  arena.raiseHeader(HEADER_LEASE_HIGH_WATER_OFFSET, 1);
  const reader = new ExemplarReader(arena);
  const actor = new Actor(name, arena.buffer);
  await actor.started();
  const outcomes: Outcomes = new Map();
  for (let round = 0; round < rounds; round++) {
    const outcome = look(reader);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === until) break;
  }
  await actor.stop();
  return outcomes;
}

describe('an exemplar that another thread writes', () => {
  test('is read whole or not at all', async t => {
    const outcomes = await observe('exemplar', ROUNDS);
    t.diagnostic(
      assertOutcomes(outcomes, {
        whole: 'labels, value and time of one exemplar',
        none: 'it was being written at every look',
      }),
    );
    assert.ok(outcomes.get('whole')! > 100, 'it is read now and then');
  });

  test('mutant: written without a mark it is read mixed', async t => {
    const outcomes = await observe('unmarkedExemplar', ROUNDS_UNTIL_SEEN_MAX, 'mixed');
    t.diagnostic([...outcomes].join(' '));
    assert.ok(outcomes.has('mixed'), 'this test can see a mixed exemplar');
  });
});
