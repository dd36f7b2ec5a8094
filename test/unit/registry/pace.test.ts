import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace, Paces, ROWS_MAX } from '../../../src/registry/pace.js';

const MANY = 100_000;

/** Takes steps of as many rows as there may be; each row takes so long. Returns how many rows the last one had. */
function walk(pace: Pace, steps: number, msPerRow: number): number {
  let rows = 0;
  for (let i = 0; i < steps; i++) {
    rows = pace.rowsOf(ROWS_MAX);
    if (pace.isOpen) pace.note(rows, rows * msPerRow);
  }
  return rows;
}

describe('the pace of a renderer', () => {
  it('starts with few rows, and takes all that there may be once they are fast', () => {
    const pace = new Pace();
    assert.equal(pace.rowsOf(MANY), 8);
    assert.equal(walk(pace, 20, 0.0001), ROWS_MAX);
  });

  it('takes fewer after a step that took long, and never none', () => {
    const pace = new Pace();
    walk(pace, 20, 0.0001);
    pace.note(ROWS_MAX, 5);
    assert.equal(pace.rowsOf(MANY), ROWS_MAX / 2);
    assert.equal(walk(pace, 50, 1), 8);
  });

  it('keeps steps short when rows stay slow', () => {
    const rows = walk(new Pace(), 50, 0.01);
    assert.ok(rows * 0.01 <= 1, `${rows} rows`);
  });

  it('looks at no time any more once steps are short, also where all families are small', () => {
    const fast = new Pace();
    walk(fast, 100, 0.0001);
    assert.equal(fast.isOpen, false);
    const small = new Pace();
    for (let i = 0; i < 100; i++) small.note(3, 0.01);
    assert.equal(small.isOpen, false);
    assert.equal(small.rowsOf(MANY), ROWS_MAX);
  });

  it('is that of one renderer', () => {
    const [paces, one, other] = [new Paces(), {}, {}];
    assert.equal(paces.of(one), paces.of(one));
    assert.notEqual(paces.of(one), paces.of(other));
  });
});
