/** Seeded random: numbers that follow from a seed, so that a test that failed can be run again as it was. */

/** Marsaglia's xorshift. Each call gives a number from 0 to below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
