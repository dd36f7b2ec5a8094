/** What actors do, by name; the shipped cells, and the planted faults that the tests beside them must notice. */
import { parentPort, workerData } from 'node:worker_threads';
import { attachArena } from '../../src/memory/arena.js';
import type { CellPlace } from '../../src/memory/cell-place.js';
import { StripedCounterCell } from '../../src/memory/counter-cell.js';
import { StripedExemplarCell } from '../../src/memory/exemplar-cell.js';
import type { ExemplarContent } from '../../src/memory/exemplar-content.js';
import { StripedGaugeCell } from '../../src/memory/gauge-cell.js';
import type { CellOffset } from '../../src/memory/layout.js';
import { contentOf, exemplarOf, wordAt } from '../unit/memory/exemplars.js';
import type { ActorTask } from './actors.js';
import { BEGUN, ENDED, STARTED, STOP } from './actors.js';
import { BIG_STEP, CELLS_OFFSET, EXEMPLAR_IDS, PATTERNS, PAUSE_ROUNDS } from './patterns.js';

const { name, memory, control: controlBuffer } = workerData as ActorTask;
const control = new Int32Array(controlBuffer);
const words = new Int32Array(memory);
const doubles = new Float64Array(memory);
const writer = { words, doubles, quads: new BigInt64Array(memory), stripeOffset: 0, mark: 1 };
const place: CellPlace = {
  cellOffset: CELLS_OFFSET as CellOffset,
  epoch: 0,
  locate: () => true,
  isLive: () => true,
};

const halves = new Int32Array(Float64Array.from(PATTERNS).buffer);
const gauge = new StripedGaugeCell(writer, place);
const counter = new StripedCounterCell(writer, place);
const lowIndex = CELLS_OFFSET / 4;

const actors: Record<string, (round: number) => void> = {
  gauge: round => gauge.set(PATTERNS[round & 1]!),

  /** A double written in two halves, as a language without 64-bit stores would. */
  tornGauge: round => {
    words[lowIndex] = halves[(round & 1) * 2]!;
    words[lowIndex + 1] = halves[(round & 1) * 2 + 1]!;
  },

  carry: () => {
    Atomics.add(control, BEGUN, 1);
    counter.inc(BIG_STEP);
    Atomics.add(control, ENDED, 1);
  },

  /** A carry in the textbook's order, with nothing that says that the high word is still to come. */
  plainCarry: () => {
    Atomics.add(control, BEGUN, 1);
    const before = words[lowIndex]! >>> 0;
    const after = (before + BIG_STEP) >>> 0;
    Atomics.store(words, lowIndex, after | 0);
    if (after < before) Atomics.store(words, lowIndex + 1, words[lowIndex + 1]! + 2);
    Atomics.add(control, ENDED, 1);
  },

  exemplar: round => writeExemplar(new StripedExemplarCell(words), round),

  /** Writes as the shipped cell does, and says nothing of it while it writes. */
  unmarkedExemplar: round => writeExemplar(new UnmarkedExemplarCell(words), round),

  /** Plain increments of a word that the observer increments as well: two writers on one stripe. */
  secondWriter: () => counter.inc(),
};

class UnmarkedExemplarCell extends StripedExemplarCell {
  protected override begin(at: number): number {
    return Atomics.load(this.words, at) + 1;
  }
}

let exemplarWord = 0;
let contents: ExemplarContent[] = [];

/** The pause lets a reader in: one that is written without end is never read. */
function writeExemplar(cell: StripedExemplarCell, round: number): void {
  if (round === 0) {
    exemplarWord = wordAt(attachArena(memory), 1);
    contents = EXEMPLAR_IDS.map(id => contentOf(exemplarOf(id)));
  }
  cell.write(exemplarWord, contents[round % contents.length]!);
  for (let pause = round % PAUSE_ROUNDS; pause > 0; pause--) Atomics.load(control, STOP);
}

const act = actors[name]!;
parentPort!.postMessage('ready');
Atomics.store(control, STARTED, 1);
Atomics.notify(control, STARTED);
for (let round = 0; Atomics.load(control, STOP) === 0; round++) act(round);
