/** Workload: the code of one micro case, and what the measured library should have recorded after so many calls. */
import type { BenchCase, Check } from '../harness/bench-case.js';

/** Named numbers, such as the count and the sum of a histogram. */
export type Totals = Readonly<Record<string, number>>;

export interface Workload {
  /** What is measured. A closure over constants, as in the code of users who keep their handles. */
  readonly operation: () => void;
  readonly expected: (calls: number) => Totals;
  /** Read back from the library itself, from its exposition where it has one. */
  readonly found: () => Totals | Promise<Totals>;
}

export interface MicroCase extends BenchCase {
  /** Called once, in the process of the case. */
  setUp(): Workload | Promise<Workload>;
}

export async function checksOf({ expected, found }: Workload, calls: number): Promise<Check[]> {
  const wanted = expected(calls);
  const recorded = await found();
  return Object.keys(wanted).map(what => ({ what, expected: wanted[what], found: recorded[what] }));
}
