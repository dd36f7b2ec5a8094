/** Exemplars: what a reader sees, and what the next writer finds, at every moment inside a write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Attachment } from '../../src/memory/attachment.js';
import { SharedExemplarCell, StripedExemplarCell } from '../../src/memory/exemplar-cell.js';
import { ExemplarClaims } from '../../src/memory/exemplar-claims.js';
import type { Exemplar } from '../../src/memory/exemplar-content.js';
import { ExemplarReader } from '../../src/memory/exemplar-reader.js';
import {
  exemplarOf,
  readExemplar,
  sharedCell,
  wordAt,
  writeShared,
  writeStriped,
} from '../unit/memory/exemplars.js';
import { actAt, forEveryAccess, killAt, withMutant } from './stepping.js';
import { World } from './world.js';

/** Labels of different lengths, so that those of one never fit the value of another by chance. */
const [A, B, C, D] = [exemplarOf(11), exemplarOf(2_222), exemplarOf(333_333), exemplarOf(4)] as const;
const EXEMPLAR_WORDS = 40;

/** A reader got one of these whole, or none. */
function assertWhole(seen: Exemplar | undefined, allowed: readonly Exemplar[], when: string): void {
  if (seen === undefined) return;
  const meant = allowed.find(one => one.value === seen.value);
  assert.deepEqual(seen, meant, `mixed: ${JSON.stringify(seen)}, ${when}`);
}

function inWorld(threads: number, body: (world: World) => void): void {
  const world = new World(threads);
  try {
    body(world);
  } finally {
    world.close();
  }
}

/** The shipped class, with one of its methods replaced while `body` runs. */
const mutants = {
  noOddVersion: (body: () => void) =>
    withMutant(
      StripedExemplarCell.prototype,
      'begin',
      function (this: StripedExemplarCell, at: number) {
        return Atomics.load(wordsOf(this), at) + 1;
      } as never,
      body,
    ),
  versionFlips: (body: () => void) =>
    withMutant(
      StripedExemplarCell.prototype,
      'begin',
      function (this: StripedExemplarCell, at: number) {
        return Atomics.add(wordsOf(this), at, 1) + 1;
      } as never,
      body,
    ),
  publishedFirst: (body: () => void) => {
    const { prototype } = StripedExemplarCell as unknown as { prototype: WriteSteps };
    withMutant(
      prototype,
      'fill',
      function (this: WriteSteps, at: number, content: unknown) {
        this.finish(at, Atomics.load(wordsOf(this), at));
        fill.call(this, at, content);
      } as never,
      body,
    );
  },
  noSecondLook: (body: () => void) =>
    withMutant(ExemplarReader.prototype, 'isStill', (() => true) as never, body),
  oddIsRead: (body: () => void) =>
    withMutant(
      StripedExemplarCell.prototype,
      'begin',
      function (this: StripedExemplarCell, at: number) {
        const even = (Atomics.load(wordsOf(this), at) + 2) & ~1;
        Atomics.store(wordsOf(this), at, even);
        return even - 1;
      } as never,
      body,
    ),
  noClaim: (body: () => void) => withMutant(ExemplarClaims.prototype, 'take', (() => true) as never, body),
  liveIsDead: (body: () => void) =>
    withMutant(ExemplarClaims.prototype, 'isHeld', (() => false) as never, body),
  deadIsLive: (body: () => void) =>
    withMutant(ExemplarClaims.prototype, 'isHeld', (() => true) as never, body),
  keptClaim: (body: () => void) =>
    withMutant(ExemplarClaims.prototype, 'giveBack', (() => {}) as never, body),
  noGeneration: (body: () => void) =>
    withMutant(
      ExemplarClaims.prototype,
      'isHeld',
      function (this: { attachment: Attachment }, claim: number) {
        return (this.attachment.leases.stateAt((claim & 0xfff) - 1) & 1) === 1;
      } as never,
      body,
    ),
};

interface WriteSteps {
  fill(at: number, content: unknown): void;
  finish(at: number, odd: number): void;
}

const { fill } = (StripedExemplarCell as unknown as { prototype: WriteSteps }).prototype;

function wordsOf(cell: object): Int32Array {
  return (cell as { words: Int32Array }).words;
}

function assertCaught(mutant: (body: () => void) => void, scenario: () => void): void {
  mutant(() => assert.throws(scenario, assert.AssertionError));
}

/** A writer in its own stripe is interrupted at each access by a reader. */
function readDuringWrite(): number {
  return forEveryAccess(n => {
    let reached = false;
    inWorld(1, ({ arena }) => {
      writeStriped(arena, 1, A);
      reached = actAt(
        n,
        () => writeStriped(arena, 1, B),
        () => assertWhole(readExemplar(arena), [A, B], `at access ${n} of the write`),
      );
      assert.deepEqual(readExemplar(arena), B);
    });
    return reached;
  });
}

/** A reader is interrupted at each access by a writer that ends. */
function writeDuringRead(): number {
  return forEveryAccess(n => {
    let reached = false;
    inWorld(1, ({ arena }) => {
      writeStriped(arena, 1, A);
      let seen: Exemplar | undefined;
      reached = actAt(
        n,
        () => (seen = readExemplar(arena)),
        () => void writeStriped(arena, 1, B),
      );
      assert.ok(seen !== undefined, 'one write in between is no reason to see none');
      assertWhole(seen, [A, B], `at access ${n} of the read`);
    });
    return reached;
  });
}

/** The exemplar's words before each access of a write, and after the last one. */
function imagesOfWrite(): Int32Array[] {
  const images: Int32Array[] = [];
  forEveryAccess(n => {
    let reached = false;
    inWorld(1, ({ arena }) => {
      writeStriped(arena, 1, A);
      reached = killAt(n, () => writeStriped(arena, 1, B));
      const at = wordAt(arena, 1);
      images.push(arena.words.slice(at, at + EXEMPLAR_WORDS));
    });
    return reached;
  });
  return images;
}

/** Both at once: the writer is anywhere when a reader starts, and goes on by any number of steps at any of its accesses. */
function readWhileWriteGoesOn(): Map<number | undefined, number> {
  const images = imagesOfWrite();
  const outcomes = new Map<number | undefined, number>();
  inWorld(1, ({ arena }) => {
    const at = wordAt(arena, 1);
    images.forEach((before, i) => {
      images.slice(i + 1).forEach((after, steps) => {
        forEveryAccess(n => {
          arena.words.set(before, at);
          let seen: Exemplar | undefined;
          const reached = actAt(
            n,
            () => (seen = readExemplar(arena)),
            () => arena.words.set(after, at),
          );
          assertWhole(seen, [A, B], `write at ${i}, ${steps + 1} steps more at access ${n} of the read`);
          outcomes.set(seen?.value, (outcomes.get(seen?.value) ?? 0) + 1);
          return reached && n < 2 * EXEMPLAR_WORDS;
        });
      });
    });
  });
  return outcomes;
}

/** Two owners of a stripe die, each at any access; what a reader sees, and that the third one's exemplar is whole. */
function ownersDie(): number {
  return forEveryAccess(first => {
    let firstDied = false;
    forEveryAccess(second => {
      let secondDied = false;
      inWorld(1, ({ arena }) => {
        writeStriped(arena, 1, A);
        firstDied = killAt(first, () => writeStriped(arena, 1, B));
        assertWhole(readExemplar(arena), [A, B], `after a death at ${first}`);
        secondDied = killAt(second, () => writeStriped(arena, 1, C));
        assertWhole(readExemplar(arena), [A, B, C], `after deaths at ${first} and ${second}`);
        const when = `while it is written after deaths at ${first} and ${second}`;
        for (const n of [2, 3, 4, 8, 12]) {
          actAt(
            n,
            () => writeStriped(arena, 1, D),
            () => assertWhole(readExemplar(arena), [A, B, C, D], when),
          );
          assert.deepEqual(readExemplar(arena), D);
        }
      });
      return secondDied;
    });
    return firstDied;
  });
}

describe('an exemplar in the stripe of its thread', () => {
  test('is read as it was before a write or after it, or as none, at every access of the writer', () => {
    assert.ok(readDuringWrite() > 10);
  });

  test('is read as it was before a write or after it at every access of the reader', () => {
    assert.ok(writeDuringRead() > EXEMPLAR_WORDS);
  });

  test('is never read mixed, wherever the writer is when the reader begins and however far it goes on', () => {
    const outcomes = readWhileWriteGoesOn();
    assert.deepEqual(new Set(outcomes.keys()), new Set([A.value, B.value, undefined]));
    assert.ok(
      [...outcomes.values()].every(count => count > 10),
      'every outcome is tried in many ways',
    );
  });

  test('is whole or none after two deaths in a row, and the next owner of the stripe writes it well', () => {
    assert.ok(ownersDie() > 10);
  });

  test('mutant: without the odd version it is seen half written', () => {
    assertCaught(mutants.noOddVersion, readDuringWrite);
  });

  test('mutant: published before it is filled, it is seen half written', () => {
    assertCaught(mutants.publishedFirst, readDuringWrite);
  });

  test('mutant: with an even version in the meantime, it is seen half written', () => {
    assertCaught(mutants.oddIsRead, readDuringWrite);
  });

  test('mutant: a reader that does not look at the version again takes parts of two', () => {
    assertCaught(mutants.noSecondLook, writeDuringRead);
    assertCaught(mutants.noSecondLook, readWhileWriteGoesOn);
  });

  test('mutant: a version that flips is even while the successor of a dead owner writes', () => {
    assertCaught(mutants.versionFlips, ownersDie);
  });
});

/** What the threads of a world write the shared exemplar with. */
function sharedCells({ threads }: World): SharedExemplarCell[] {
  return threads.map(sharedCell);
}

/** A writer is interrupted at each access by a second one, and that one at each of its accesses by a reader. */
function twoWriters(): number {
  return forEveryAccess(outer => {
    let reached = false;
    forEveryAccess(inner => {
      let innerReached = false;
      inWorld(3, world => {
        const { arena } = world;
        const [one, two, three] = sharedCells(world);
        writeShared(world.thread(0), one!, A);
        const when = `at access ${outer} of the first and ${inner} of the second`;
        const read = (): void => assertWhole(readExemplar(arena), [A, B, C], when);
        const second = (): void => {
          innerReached = actAt(inner, () => writeShared(world.thread(1), two!, C), read);
          read();
        };
        reached = actAt(outer, () => writeShared(world.thread(0), one!, B), second);
        if (!reached) second();
        assert.ok(readExemplar(arena) !== undefined, 'a write that has ended is to be seen');
        read();
        for (const [index, cell] of [one, two, three].entries()) {
          assert.equal(
            writeShared(world.thread(index), cell!, D),
            true,
            `thread ${index} finds it free, ${when}`,
          );
        }
        assert.deepEqual(readExemplar(arena), D);
      });
      return innerReached;
    });
    return reached;
  });
}

/** A writer dies at each access, and its heir too; the exemplar is whole or none, and writable once they are buried. */
function writersDie(): number {
  return forEveryAccess(first => {
    let firstDied = false;
    forEveryAccess(second => {
      let secondDied = false;
      inWorld(4, world => {
        const { arena } = world;
        const [parent, one, two, three] = sharedCells(world);
        writeShared(world.thread(0), parent!, A);
        const read = (): void =>
          assertWhole(readExemplar(arena), [A, B, C, D], `after deaths at ${first} and ${second}`);
        firstDied = killAt(first, () => writeShared(world.thread(1), one!, B));
        read();
        // Not buried yet: a living thread may find it taken, and must not mix anything into it.
        writeShared(world.thread(3), three!, D);
        read();
        world.bury(1);
        secondDied = killAt(second, () => writeShared(world.thread(2), two!, C));
        read();
        world.bury(2);
        // The next thread has a lease record of the dead, and no claim of theirs.
        const successor = new Attachment(arena, 99);
        assert.equal(successor.lease!.index, 1);
        assert.equal(writeShared(world.thread(3), three!, D), true, `dead after ${first} and ${second}`);
        assert.deepEqual(readExemplar(arena), D);
        assert.equal(writeShared(successor, sharedCell(successor), A), true);
        successor.detach();
      });
      return secondDied;
    });
    return firstDied;
  });
}

describe('an exemplar in the shared stripe', () => {
  test('is never read mixed while two threads write it, and is free afterwards', () => {
    assert.ok(twoWriters() > 10);
  });

  test('is whole or none after the deaths of two writers, and can be written once they are buried', () => {
    assert.ok(writersDie() > 10);
  });

  test('is kept by the first of two writers: the second one goes on without its own', () => {
    inWorld(2, world => {
      const [one, two] = sharedCells(world);
      let second = true;
      // The fifth access is the first word of the content.
      actAt(
        5,
        () => assert.equal(writeShared(world.thread(0), one!, A), true),
        () => (second = writeShared(world.thread(1), two!, B)),
      );
      assert.equal(second, false);
      assert.deepEqual(readExemplar(world.arena), A);
    });
  });

  test('mutant: without a claim two writers mix theirs', () => {
    assertCaught(mutants.noClaim, twoWriters);
  });

  test('mutant: a claim that is taken over from the living lets them mix theirs', () => {
    assertCaught(mutants.liveIsDead, twoWriters);
  });

  test('mutant: a claim that is not given back keeps all other threads out', () => {
    assertCaught(mutants.keptClaim, twoWriters);
  });

  test('mutant: a claim of the dead that counts for ever leaves the exemplar as it is', () => {
    assertCaught(mutants.deadIsLive, writersDie);
  });

  test('mutant: a claim without a generation counts for whoever has the lease record next', () => {
    assertCaught(mutants.noGeneration, writersDie);
  });
});
