/** A thread that records into the sketch of a world, an access at each turn; or one that does it with a planted fault. */
import { workerData } from 'node:worker_threads';
import { AtomicSketch } from '../../src/memory/atomic-sketch.js';
import { planIn, planWord } from '../../src/memory/shared-sketch-words.js';
import type { Plan } from '../../src/memory/shared-sketch-words.js';
import type { SketchShape } from '../../src/memory/sketch-shape.js';
import type { Recorded } from './sketch-world.js';
import { SketchWorld } from './sketch-world.js';
import { takeTurns } from './turn-taker.js';
import type { TurnTask } from './turn-taking.js';

export interface SketchTask {
  readonly shape: SketchShape;
  /** What each thread records in every round. */
  readonly values: readonly (readonly Recorded[])[];
  readonly fault: 'none' | 'plans late' | 'fills late';
}

interface Inside {
  readonly quads: BigInt64Array;
  readonly planIndex: number;
  readonly nextTag: number;
  spareArray(): number;
  help(): void;
}

/** Plans without a look at the turn word after the plan word was read. */
function planLate(this: AtomicSketch, kind: Plan['kind'], payload: number): void {
  const self = this as unknown as Inside;
  const seen = Atomics.load(self.quads, self.planIndex);
  if (planIn(seen, self.nextTag) === undefined) {
    const plan: Plan = { kind, array: self.spareArray(), payload };
    Atomics.compareExchange(self.quads, self.planIndex, seen, planWord(plan, self.nextTag));
  }
  self.help();
}

/** Writes a word of the next array, whether or not it is still the next one. */
function putLate(this: AtomicSketch, byteOffset: number, word: bigint): boolean {
  const { quads } = this as unknown as Inside;
  const seen = Atomics.load(quads, byteOffset / 8);
  return seen === word || Atomics.compareExchange(quads, byteOffset / 8, seen, word) === seen;
}

const task = workerData as TurnTask;
const { shape, values, fault } = task.setup as SketchTask;
const prototype = AtomicSketch.prototype as unknown as Record<string, unknown>;
if (fault === 'plans late') prototype['goOn'] = planLate;
if (fault === 'fills late') prototype['put'] = putLate;

const world = new SketchWorld(shape, task.memory);
takeTurns(task, () => {
  const sketch = world.atomic();
  return () => world.record(sketch, values[task.index]!);
});
