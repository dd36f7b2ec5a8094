/**
 * Seeded random numbers: the same seed gives the same events on every machine.
 */

/** The finaliser of MurmurHash3: every bit of the input moves about half of the bits of the result. */
export function mix32(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 2^32 divided by the golden ratio: odd, so the sequence visits all 2^32 states before it repeats. */
const WEYL_STEP = 0x9e3779b9;

export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = mix32(seed);
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + WEYL_STEP) | 0;
    return mix32(this.state) / 2 ** 32;
  }

  /** Exponentially distributed: the time between the events of a Poisson process. */
  nextExponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
}
