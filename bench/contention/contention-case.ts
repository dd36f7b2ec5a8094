/** Contention cases: what two threads write at the same time. */
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import type { BenchCase } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { sumOfSamples } from '../harness/exposition-text.js';

/** What threads share in one case; posted to each of them. */
export type Shared = RegistryToken | Int32Array;

export interface ContentionCase extends BenchCase {
  /** Calls of each thread in a round, and how often both kinds of rounds are run; one long pair or some short ones. */
  readonly pace: Pace;
  /** Once, in the main thread. */
  share(): Shared;
  /** In each thread: the operation of the thread of this index. */
  join(shared: Shared, index: number): () => void;
  /** Operations recorded by all threads together. */
  recorded(shared: Shared): Promise<number>;
}

export interface Pace {
  readonly pairs: number;
  calls(preset: Preset): number;
}

/** Some pairs: the median is not disturbed by one interruption. */
const STRIPED: Pace = { pairs: 5, calls: preset => preset.plainCalls };
/** Takes seconds, in which an interruption is a small part. */
const LOCKED: Pace = { pairs: 1, calls: preset => preset.lockedCalls };
/** Takes a fraction of a nanosecond. All rounds together stay below 2^32, where a word would start again at 0. */
const BARE: Pace = { pairs: 5, calls: preset => preset.plainCalls * 4 };

const NAME = 'bench_events_total';
const HISTOGRAM_NAME = 'bench_duration_seconds';
const OBSERVED_VALUE = 0.3125;

export function counterCase(sharing: 'striped' | 'atomic', text: Omit<BenchCase, 'id'>): ContentionCase {
  return {
    ...text,
    id: `counter/${sharing}`,
    pace: sharing === 'atomic' ? LOCKED : STRIPED,
    share: () => ownRegistry().share(),
    join: shared => {
      const registry = Registry.attach(shared as RegistryToken);
      const counter = registry.counter({ name: NAME, help: 'x', labelNames: ['method'], sharing });
      const handle = counter.labels('GET');
      return () => handle.inc();
    },
    recorded: async shared => sumOfSamples(await Registry.attach(shared as RegistryToken).metrics(), NAME),
  };
}

export function histogramCase(sharing: 'striped' | 'atomic', text: Omit<BenchCase, 'id'>): ContentionCase {
  return {
    ...text,
    id: `histogram/${sharing}`,
    pace: sharing === 'atomic' ? LOCKED : STRIPED,
    share: () => ownRegistry().share(),
    join: shared => {
      const registry = Registry.attach(shared as RegistryToken);
      const histogram = registry.histogram({
        name: HISTOGRAM_NAME,
        help: 'x',
        labelNames: ['method'],
        sharing,
      });
      const handle = histogram.labels('GET');
      return () => handle.observe(OBSERVED_VALUE);
    },
    recorded: async shared => {
      const text = await Registry.attach(shared as RegistryToken).metrics();
      const count = sumOfSamples(text, `${HISTOGRAM_NAME}_count`);
      const sum = sumOfSamples(text, `${HISTOGRAM_NAME}_sum`);
      // Both were written by every call; a sum that lost one shows as a number that is no count.
      return sum === count * OBSERVED_VALUE ? count : sum / OBSERVED_VALUE;
    },
  };
}

/** Plain increments of two words at this distance: on one cache line they slow each other down. */
export function neighboursCase(distanceBytes: number, text: Omit<BenchCase, 'id'>): ContentionCase {
  return {
    ...text,
    id: `words-${distanceBytes}/plain`,
    pace: BARE,
    share: newWords,
    join: (shared, index) => {
      const words = shared as Int32Array;
      const at = (index * distanceBytes) / Int32Array.BYTES_PER_ELEMENT;
      return () => {
        words[at]++;
      };
    },
    recorded: async shared => sumOfWords(shared as Int32Array),
  };
}

/** `Atomics.add` by both threads on one word: what a metric without stripes could do at best. */
export function oneWordCase(text: Omit<BenchCase, 'id'>): ContentionCase {
  return {
    ...text,
    id: 'one-word/atomics',
    pace: LOCKED,
    share: newWords,
    join: shared => {
      const words = shared as Int32Array;
      return () => {
        Atomics.add(words, 0, 1);
      };
    },
    recorded: async shared => sumOfWords(shared as Int32Array),
  };
}

/** The registry of the main thread stays attached for the life of the process, and records nothing. */
function ownRegistry(): Registry {
  return new Registry();
}

function newWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4_096));
}

function sumOfWords(words: Int32Array): number {
  return words.reduce((sum, word) => sum + (word >>> 0), 0);
}
