/** All contention cases. */
import type { ContentionCase } from './contention-case.js';
import { counterCase, histogramCase, neighboursCase, oneWordCase } from './contention-case.js';

const ONE_SERIES = 'two threads on one series';
const TWO_WORDS = 'two threads on two words';

export const CONTENTION_CASES: readonly ContentionCase[] = [
  counterCase('striped', {
    operation: `${ONE_SERIES}: counter`,
    implementation: 'threadtally striped',
    call: 'handle.inc()',
  }),
  counterCase('atomic', {
    operation: `${ONE_SERIES}: counter`,
    implementation: 'threadtally atomic',
    call: 'handle.inc()',
    why: 'Both threads write one word, whose cache line travels between the cores at every increment.',
  }),
  oneWordCase({
    operation: `${ONE_SERIES}: counter`,
    implementation: 'bare atomics',
    call: 'Atomics.add(int32, 0, 1)',
  }),
  histogramCase('striped', {
    operation: `${ONE_SERIES}: histogram`,
    implementation: 'threadtally striped',
    call: 'handle.observe(0.3125)',
  }),
  histogramCase('atomic', {
    operation: `${ONE_SERIES}: histogram`,
    implementation: 'threadtally atomic',
    call: 'handle.observe(0.3125)',
  }),
  ...[4, 64, 128].map(distanceBytes =>
    neighboursCase(distanceBytes, {
      operation: TWO_WORDS,
      implementation: `${distanceBytes} bytes apart`,
      call: 'int32[own]++',
    }),
  ),
];
