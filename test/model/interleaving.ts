/** Interleaving: operations of several threads, in every order that their atomic accesses allow. */
import { actAt, forEveryAccess, killAt } from './stepping.js';
import { withThreads } from './threads.js';
import type { Thread } from './threads.js';
import { World } from './world.js';

type Step = (world: World) => void;
/** Plays one order on a stage that is made for it, and torn down after it. */
type Play<S> = (act: (stage: S) => boolean) => boolean;

const inWorld: Play<World> = act => {
  const world = new World(4);
  try {
    return act(world);
  } finally {
    world.close();
  }
};

/** Thread 1 runs `first` and is interrupted at each access by thread 2, which runs `second` to its end. */
export function interleave(prepare: Step, first: Step, second: Step, check: Step): number {
  return interleaveIn(inWorld, { prepare, first, second, check });
}

/** As interleave, of threads with an engine each: `first` is what `a` does, `second` what `b` does. */
export function interleaveThreads(
  prepare: (a: Thread, b: Thread) => void,
  first: (a: Thread) => void,
  second: (b: Thread) => void,
  check: (a: Thread, b: Thread) => void,
): number {
  return interleaveIn<Thread[]>(act => withThreads(2, act), {
    prepare: ([a, b]) => prepare(a!, b!),
    first: ([a]) => first(a!),
    second: ([, b]) => second(b!),
    check: ([a, b]) => check(a!, b!),
  });
}

function interleaveIn<S>(
  play: Play<S>,
  steps: Readonly<Record<'prepare' | 'first' | 'second' | 'check', (stage: S) => void>>,
): number {
  return forEveryAccess(n =>
    play(stage => {
      steps.prepare(stage);
      const interrupted = interruptAt(
        n,
        () => steps.first(stage),
        () => steps.second(stage),
      );
      steps.check(stage);
      return interrupted;
    }),
  );
}

/** Runs `other` inside `operation` at its nth access, or after it, when it has fewer: false then. */
function interruptAt(n: number, operation: () => void, other: () => void): boolean {
  const interrupted = actAt(n, operation, other);
  if (!interrupted) other();
  return interrupted;
}

/** As interleave, with a third thread inside the second: every pair of preemption points. */
export function interleaveThree(
  prepare: Step,
  [first, second, third]: readonly [Step, Step, Step],
  check: Step,
): void {
  forEveryAccess(outer => {
    let reached = false;
    forEveryAccess(inner =>
      inWorld(world => {
        prepare(world);
        let innerReached = false;
        const secondAndThird = (): void => {
          innerReached = interruptAt(
            inner,
            () => second(world),
            () => third(world),
          );
        };
        reached = interruptAt(outer, () => first(world), secondAndThird);
        check(world);
        return innerReached;
      }),
    );
    return reached;
  });
}

/** Thread 2 dies at each access of `operation`; thread 1 buries it, and everything must be usable. */
export function dieEverywhere(prepare: Step, operation: Step, check: Step): number {
  return forEveryAccess(n =>
    inWorld(world => {
      prepare(world);
      const died = killAt(n, () => operation(world));
      world.bury(1);
      check(world);
      return died;
    }),
  );
}
