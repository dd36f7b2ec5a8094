/**
 * A clock that all threads of the process share: the time origin of a worker may differ from that of the main thread,
 * the sum with its own elapsed time does not. Not Date.now(), which counts whole milliseconds and can be set back.
 */
export function sharedNowMs(): number {
  return performance.timeOrigin + performance.now();
}
