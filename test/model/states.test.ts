/** States: whatever moment a scrape, another set or death comes, one state is active. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedOnlyWriter } from '../../src/memory/cell-place.js';
import type { CellPlace, CellWriter } from '../../src/memory/cell-place.js';
import { StateCell } from '../../src/memory/state-cell.js';
import { actBeforeEach, forEveryAccess, killAt, withMutant } from './stepping.js';
import { STATES, withThreads } from './threads.js';
import type { Thread } from './threads.js';

class OpenCell extends StateCell {
  set(state: string): void {
    this.put(STATES.states.indexOf(state));
  }
}

function cellOf(thread: Thread): OpenCell {
  return new OpenCell(sharedOnlyWriter(thread.attachment), thread.family(STATES).place(['x']));
}

/** The state that a scrape shows; undefined when it shows no series. */
function active(thread: Thread): string | undefined {
  const index = thread.scrape(STATES.name)['x'];
  return index === undefined ? undefined : STATES.states[index];
}

/** One thread sets, another one sets inside it at each access, and a third one scrapes before every access. */
function setTogether(first: string, second: string): number {
  return forEveryAccess(n =>
    withThreads(3, ([a, b, scraper]) => {
      const [one, other] = [cellOf(a!), cellOf(b!)];
      other.set('first');
      const seen: string[] = [];
      const look = (): void => {
        const state = active(scraper!);
        assert.ok(state !== undefined, 'no state is active');
        if (seen.at(-1) !== state) seen.push(state);
      };
      const accesses = actBeforeEach(
        () => one.set(first),
        k => {
          if (k === n) other.set(second);
          look();
        },
      );
      if (n > accesses) other.set(second);
      look();
      assert.ok(seen.length <= 3 && new Set(seen).size === seen.length, seen.join(', '));
      assert.equal(seen.at(-1), n > accesses ? second : first, 'the last set wins');
      return n <= accesses;
    }),
  );
}

describe('a state that two threads set at once', () => {
  test('is one of theirs at every moment, and that of the last set in the end', () => {
    assert.ok(setTogether('second', 'third') > 3);
  });

  test('mutant: leaving the old state before the new one is entered is caught', () => {
    interface Inside {
      readonly writer: CellWriter;
      readonly place: CellPlace;
    }
    const twoStores = function (this: Inside, ...given: never[]): void {
      const [state] = given as unknown as [number];
      if (!this.place.locate()) return;
      const index = (this.writer.stripeOffset + this.place.cellOffset) / 4;
      Atomics.store(this.writer.words, index, 0);
      Atomics.store(this.writer.words, index, state + 1);
    };
    withMutant(StateCell.prototype as never as Inside, 'put', twoStores, () =>
      assert.throws(() => setTogether('second', 'third'), /no state is active/),
    );
  });
});

describe('a thread that dies while it sets a state', () => {
  test('leaves the old state or the new one, which others replace', () => {
    const points = forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        cellOf(a!).set('first');
        const died = killAt(n, () => cellOf(b!).set('second'));
        const left = active(a!);
        assert.ok(left === 'first' || left === 'second', `active: ${left}`);
        a!.attachment.recover(2);
        assert.equal(active(a!), left);
        cellOf(a!).set('third');
        assert.equal(active(a!), 'third');
        return died;
      }),
    );
    assert.ok(points > 5);
  });
});
