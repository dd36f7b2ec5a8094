/** Litmus: what one thread sees of the cells of another, on real threads. Frequencies are printed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CellPlace } from '../../src/memory/cell-place.js';
import { StripedCounterCell, readStripedInteger } from '../../src/memory/counter-cell.js';
import { readStripedGauge } from '../../src/memory/gauge-cell.js';
import type { CellOffset } from '../../src/memory/layout.js';
import { BEGUN, ENDED, assertOutcomes, observe } from './actors.js';
import { BIG_STEP, CELLS_OFFSET, PATTERNS } from './patterns.js';

describe('a double that another thread stores', () => {
  const look = (memory: SharedArrayBuffer): (() => string) => {
    const doubles = new Float64Array(memory);
    doubles[CELLS_OFFSET / 8] = PATTERNS[0];
    return () => {
      const seen = readStripedGauge(doubles, CELLS_OFFSET);
      if (seen === PATTERNS[0]) return 'first';
      return seen === PATTERNS[1] ? 'second' : 'torn';
    };
  };
  const acceptable = { first: 'the value before a store', second: 'the value after it' };

  test('is seen whole', async t => {
    const memory = new SharedArrayBuffer(1_024);
    const outcomes = await observe('gauge', memory, look(memory));
    t.diagnostic(assertOutcomes(outcomes, acceptable));
  });

  test('mutant: stored in two halves is seen torn', async t => {
    const memory = new SharedArrayBuffer(1_024);
    const outcomes = await observe('tornGauge', memory, look(memory), ['torn']);
    t.diagnostic([...outcomes].join(' '));
    assert.ok((outcomes.get('torn') ?? 0) > 0, 'this test can see a torn double');
  });
});

const WRONG = ['went down', 'too small', 'too large'];

describe('a counter that another thread carries', () => {
  /** Between what had ended before the look and what had begun after it, and not below the last look. */
  const look = (memory: SharedArrayBuffer): ((control: Int32Array) => string) => {
    const doubles = new Float64Array(memory);
    let last = 0;
    return control => {
      const ended = Atomics.load(control, ENDED);
      const seen = readStripedInteger(doubles, CELLS_OFFSET);
      const begun = Atomics.load(control, BEGUN);
      if (seen < last) return 'went down';
      last = seen;
      if (seen < ended * BIG_STEP) return 'too small';
      return seen > begun * BIG_STEP ? 'too large' : 'exact';
    };
  };

  test('is between what was recorded before the look and after it, and never goes down', async t => {
    const memory = new SharedArrayBuffer(1_024);
    const outcomes = await observe('carry', memory, look(memory));
    t.diagnostic(assertOutcomes(outcomes, { exact: 'a value that the counter passed through' }));
  });

  test('mutant: a carry without a mark is seen going wrong', async t => {
    const memory = new SharedArrayBuffer(1_024);
    const outcomes = await observe('plainCarry', memory, look(memory), WRONG);
    t.diagnostic([...outcomes].join(' '));
    assert.ok(
      WRONG.some(outcome => outcomes.has(outcome)),
      'this test can see a carry go wrong',
    );
  });
});

describe('a stripe', () => {
  test('mutant: with two writers loses increments, which is why a lease is exclusive', async t => {
    const memory = new SharedArrayBuffer(1_024);
    const place: CellPlace = {
      cellOffset: CELLS_OFFSET as CellOffset,
      epoch: 0,
      locate: () => true,
      isLive: () => true,
    };
    const words = new Int32Array(memory);
    const writer = {
      words,
      doubles: new Float64Array(memory),
      quads: new BigInt64Array(memory),
      stripeOffset: 0,
      mark: 1,
    };
    const cell = new StripedCounterCell(writer, place);
    let last = 0;
    const look = (): string => {
      cell.inc();
      const seen = readStripedInteger(writer.doubles, CELLS_OFFSET);
      const outcome = seen > last ? 'went on' : 'went back';
      last = seen;
      return outcome;
    };
    const outcomes = await observe('secondWriter', memory, look, ['went back']);
    t.diagnostic([...outcomes].join(' '));
    assert.ok(outcomes.has('went back'), 'two writers overwrite each other');
  });
});
