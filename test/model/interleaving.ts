/** Interleaving: operations of several threads in a world, in every order that their atomic accesses allow. */
import { actAt, forEveryAccess, killAt } from './stepping.js';
import { World } from './world.js';

/** Thread 1 runs `first` and is interrupted at each access by thread 2, which runs `second` to its end. */
export function interleave(
  prepare: (world: World) => void,
  first: (world: World) => void,
  second: (world: World) => void,
  check: (world: World) => void,
): number {
  return forEveryAccess(n => {
    const world = new World(4);
    try {
      prepare(world);
      const interrupted = actAt(
        n,
        () => first(world),
        () => second(world),
      );
      if (!interrupted) second(world);
      check(world);
      return interrupted;
    } finally {
      world.close();
    }
  });
}

/** As interleave, with a third thread inside the second: every pair of preemption points. */
export function interleaveThree(
  prepare: (world: World) => void,
  steps: readonly [(world: World) => void, (world: World) => void, (world: World) => void],
  check: (world: World) => void,
): void {
  const [first, second, third] = steps;
  forEveryAccess(outer => {
    let reached = false;
    forEveryAccess(inner => {
      const world = new World(4);
      try {
        prepare(world);
        let innerReached = false;
        const secondAndThird = (): void => {
          innerReached = actAt(
            inner,
            () => second(world),
            () => third(world),
          );
          if (!innerReached) third(world);
        };
        reached = actAt(outer, () => first(world), secondAndThird);
        if (!reached) secondAndThird();
        check(world);
        return innerReached;
      } finally {
        world.close();
      }
    });
    return reached;
  });
}

/** Thread 2 dies at each access of `operation`; thread 1 buries it, and everything must be usable. */
export function dieEverywhere(
  prepare: (world: World) => void,
  operation: (world: World) => void,
  check: (world: World) => void,
): number {
  return forEveryAccess(n => {
    const world = new World(4);
    try {
      prepare(world);
      const died = killAt(n, () => operation(world));
      world.bury(1);
      check(world);
      return died;
    } finally {
      world.close();
    }
  });
}
