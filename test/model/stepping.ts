/**
 * Stepping: runs shipped code with every atomic access counted, and does something at a chosen one - lets another thread
 * run there, or kills the thread.
 *
 * JavaScript's atomics are sequentially consistent, and what the protocols under test write plainly is either private or
 * published by an atomic access. So "before the n-th atomic access, for every n" are all the moments at which another
 * thread, or death, can make a difference. Where plain stores can be seen, see steppedView.
 */

type Access = (...args: never[]) => unknown;

const NAMES = ['load', 'store', 'add', 'or', 'exchange', 'compareExchange'] as const;
const real = Object.fromEntries(NAMES.map(name => [name, Atomics[name] as Access])) as Record<string, Access>;

let hook: (() => void) | undefined;
/** The views behind those that `steppedView` has made. */
const viewsBehind = new WeakMap<object, unknown>();

for (const name of NAMES) {
  const access = real[name]!;
  Object.defineProperty(Atomics, name, {
    configurable: true,
    writable: true,
    value: (...args: never[]) => {
      hook?.();
      const view = viewsBehind.get(args[0]!);
      return view === undefined ? access(...args) : access(view as never, ...args.slice(1));
    },
  });
}

/**
 * A view of the same memory whose plain accesses count as well: for code whose plain stores other threads may see one by
 * one, in the order of the program, as x64 shows them.
 */
export function steppedView<T extends Int32Array | Float64Array>(view: T): T {
  const stepped = new Proxy<Int32Array | Float64Array>(view, {
    get(target, key) {
      if (typeof key === 'string' && key !== 'fill') hook?.();
      if (key === 'fill') return fillStepByStep.bind(undefined, target);
      return Reflect.get(target, key, target) as unknown;
    },
    set(target, key, value) {
      hook?.();
      return Reflect.set(target, key, value, target);
    },
  });
  viewsBehind.set(stepped, view);
  return stepped as T;
}

function fillStepByStep(view: Int32Array | Float64Array, value: number, from = 0, to = view.length): void {
  for (let i = from; i < to; i++) {
    hook?.();
    view[i] = value;
  }
}

/** What a killed thread's code throws; nothing in src catches it. */
export class Killed extends Error {}

/** Runs `operation` and calls `act` right before its n-th atomic access, counted from 1. Returns whether it got there. */
export function actAt(n: number, operation: () => void, act: () => void): boolean {
  return actAtEach(new Map([[n, act]]), operation) >= n;
}

/** As actAt, with what to do by the number of the access. Returns how many accesses there were. */
export function actAtEach(acts: Pick<ReadonlyMap<number, () => void>, 'get'>, operation: () => void): number {
  let count = 0;
  const outer = hook;
  hook = () => {
    count++;
    const act = acts.get(count);
    if (act === undefined) return;
    const inner = hook;
    // What runs in between is another thread: its accesses are its own.
    hook = outer;
    try {
      act();
    } finally {
      hook = inner;
    }
  };
  try {
    operation();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    hook = outer;
  }
  return count;
}

/**
 * Runs `operation` and calls `act` right before each of its atomic accesses, with its number, counted from 1. Returns how
 * many there were.
 */
export function actBeforeEach(operation: () => void, act: (n: number) => void): number {
  let n = 0;
  return actAtEach({ get: () => () => act(++n) }, operation);
}

/** Runs `operation` until right before its n-th atomic access, where its thread dies. Returns whether it got there. */
export function killAt(n: number, operation: () => void): boolean {
  return actAt(n, operation, () => {
    throw new Killed();
  });
}

/** Calls `scenario` for n = 1, 2, ... until it says that the operation ended before its n-th access. */
export function forEveryAccess(scenario: (n: number) => boolean): number {
  for (let n = 1; ; n++) if (!scenario(n)) return n - 1;
}

/** Replaces a method of a class while `body` runs: a planted fault that the test beside it must catch. */
export function withMutant<T extends object>(
  prototype: T,
  method: string,
  mutant: (this: T, ...args: never[]) => unknown,
  body: () => void,
): void {
  const target = prototype as Record<string, unknown>;
  const original = target[method];
  if (typeof original !== 'function') throw new Error(`there is no method ${method} to replace`);
  target[method] = mutant;
  try {
    body();
  } finally {
    target[method] = original;
  }
}
