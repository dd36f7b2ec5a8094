/** Totals: whatever moment another thread's total, or death, comes, a counter is the largest total and never goes down. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedOnlyWriter } from '../../src/memory/cell-place.js';
import { TotalCell } from '../../src/memory/total-cell.js';
import { TurnCell } from '../../src/memory/turn-cell.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { actBeforeEach, forEveryAccess, killAt, withMutant } from './stepping.js';
import { withThreads } from './threads.js';
import type { Thread } from './threads.js';

const TOTAL = describeFamily('counter', { name: 'cpu_total', help: 'T.', sharing: 'atomic' }, 10);
const START = describeFamily('gauge', { name: 'start', help: 'S.', sharing: 'atomic' }, 10);

function totalOf(thread: Thread): TotalCell {
  return new TotalCell(sharedOnlyWriter(thread.attachment), thread.family(TOTAL).place([]));
}

function shown(thread: Thread): number {
  return thread.scrape(TOTAL.name)['']!;
}

/** One thread raises the counter, another one inside it at each access, and a third one scrapes before every access. */
function raiseTogether(first: number, second: number): number {
  return forEveryAccess(n =>
    withThreads(3, ([a, b, scraper]) => {
      const [one, other] = [totalOf(a!), totalOf(b!)];
      other.raise(1);
      let seen = 0;
      const look = (): void => {
        const value = shown(scraper!);
        assert.ok(value >= seen, `${value} after ${seen}`);
        seen = value;
      };
      const accesses = actBeforeEach(
        () => one.raise(first),
        k => {
          if (k === n) other.raise(second);
          look();
        },
      );
      if (n > accesses) other.raise(second);
      look();
      assert.equal(seen, Math.max(first, second));
      return n <= accesses;
    }),
  );
}

/** What a subclass in this file may see of a total cell. */
interface Inside {
  readonly writer: { readonly quads: BigInt64Array; readonly doubles: Float64Array };
  readonly byteOffset: number;
  isPlaced(): boolean;
}

/** The same of a turn cell. */
interface InsideTurn {
  readonly writer: { readonly words: Int32Array };
  readonly wordIndex: number;
  isPlaced(): boolean;
  take(): boolean;
}

describe('a total that two threads raise at once', () => {
  test('is the larger one, whichever was read first', () => {
    for (const [first, second] of [
      [5, 3],
      [3, 5],
      [4, 4],
    ] as const)
      assert.ok(raiseTogether(first, second) > 3);
  });

  test('mutant: a store instead of an exchange is caught', () => {
    const stored = function (this: Inside, ...given: never[]): void {
      const [wanted] = given as unknown as [number];
      if (!this.isPlaced()) return;
      const index = (this.byteOffset + 8) / 8;
      const isGreater = wanted > this.writer.doubles[index]!;
      const bits = new BigInt64Array(Float64Array.of(wanted).buffer)[0]!;
      if (isGreater) Atomics.store(this.writer.quads, index, bits);
    };
    withMutant(TotalCell.prototype as never as Inside & { raise(): void }, 'raise', stored, () =>
      assert.throws(() => raiseTogether(3, 5), { code: 'ERR_ASSERTION' }),
    );
  });

  test('mutant: adding the difference to what was read is caught', () => {
    const added = function (this: TotalCell & Inside, ...given: never[]): void {
      const [wanted] = given as unknown as [number];
      if (!this.isPlaced()) return;
      const difference = wanted - this.writer.doubles[(this.byteOffset + 8) / 8]!;
      if (difference > 0) this.inc(difference);
    };
    withMutant(TotalCell.prototype as never as TotalCell & Inside, 'raise', added, () =>
      assert.throws(() => raiseTogether(3, 5), { code: 'ERR_ASSERTION' }),
    );
  });
});

describe('a thread that dies while it raises a total', () => {
  test('takes nothing away, and leaves nothing to be counted twice', () => {
    const points = forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        totalOf(a!).raise(2);
        const died = killAt(n, () => totalOf(b!).raise(5));
        const left = shown(a!);
        assert.ok(left === 2 || left === 5, `${left}`);
        a!.attachment.recover(2);
        assert.equal(shown(a!), left);
        totalOf(a!).raise(6);
        assert.equal(shown(a!), 6);
        return died;
      }),
    );
    assert.ok(points > 5);
  });
});

describe('a turn that two threads want at once', () => {
  const NOW = 1_000;

  function turnOf(thread: Thread): TurnCell {
    return new TurnCell(sharedOnlyWriter(thread.attachment), thread.family(START).place([]));
  }

  /** How many got the turn, for each moment at which the second one asks. */
  function takeTogether(): number[] {
    const counts = new Set<number>();
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        const [one, other] = [turnOf(a!), turnOf(b!)];
        let isOthers = false;
        let isOnes = false;
        const accesses = actBeforeEach(
          () => {
            isOnes = one.take(NOW);
          },
          k => {
            if (k === n) isOthers = other.take(NOW + 1);
          },
        );
        if (n > accesses) isOthers = other.take(NOW + 1);
        counts.add(Number(isOnes) + Number(isOthers));
        return n <= accesses;
      }),
    );
    return [...counts];
  }

  test('is for exactly one of them', () => assert.deepEqual(takeTogether(), [1]));

  test('mutant: a store instead of an exchange is caught', () => {
    const stored = function (this: InsideTurn, ...given: never[]): boolean {
      const [nowMs] = given as unknown as [number];
      if (!this.isPlaced()) return true;
      const seen = Atomics.load(this.writer.words, this.wordIndex);
      if (seen !== 0 && nowMs - seen < 20) return false;
      Atomics.store(this.writer.words, this.wordIndex, nowMs);
      return true;
    };
    withMutant(TurnCell.prototype as never as InsideTurn, 'take', stored, () =>
      assert.ok(takeTogether().includes(2)),
    );
  });

  test('mutant: taking a turn of a clock that was read later for none is caught', () => {
    const isRecent = (ageMs: number): boolean => ageMs >= 0 && ageMs < 20;
    const onesided = function (this: InsideTurn, ...given: never[]): boolean {
      const [nowMs] = given as unknown as [number];
      if (!this.isPlaced()) return true;
      const { words } = this.writer;
      const seen = Atomics.load(words, this.wordIndex);
      if (seen !== 0 && isRecent(nowMs - seen)) return false;
      return Atomics.compareExchange(words, this.wordIndex, seen, nowMs) === seen;
    };
    withMutant(TurnCell.prototype as never as InsideTurn, 'take', onesided, () =>
      assert.ok(takeTogether().includes(2)),
    );
  });

  test('passes on when the thread that had it died in it', () => {
    forEveryAccess(n =>
      withThreads(2, ([a, b]) => {
        const died = killAt(n, () => turnOf(b!).take(NOW));
        a!.attachment.recover(2);
        assert.equal(turnOf(a!).take(NOW + 20), true);
        return died;
      }),
    );
  });
});
