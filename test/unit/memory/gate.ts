/** Gate: a promise that a test settles. */

export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function newGate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Waits for what only messages lead to: the channel that they come through does not keep a process alive. */
export async function aliveUntil<T>(promise: Promise<T>): Promise<T> {
  const keeper = setInterval(() => undefined, 1_000);
  try {
    return await promise;
  } finally {
    clearInterval(keeper);
  }
}
