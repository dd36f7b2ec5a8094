/**
 * Actors: two real threads on shared memory, and a count of what was seen.
 *
 * After jcstress: each test lists the outcomes that may be seen, with the reason; any other outcome fails. The observer
 * is this thread; the actor is a worker that runs one of the functions of actor.ts until it has done its rounds.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export const STARTED = 0;
export const STOP = 1;
export const BEGUN = 2;
export const ENDED = 3;

export interface ActorTask {
  readonly name: string;
  readonly memory: SharedArrayBuffer;
  /** Words: started, stop, rounds begun, rounds ended. */
  readonly control: SharedArrayBuffer;
}

/** Seen how often, by outcome. */
export type Outcomes = Map<string, number>;

export class Actor {
  readonly control = new Int32Array(new SharedArrayBuffer(16));
  private readonly worker: Worker;

  constructor(name: string, memory: SharedArrayBuffer) {
    const workerData: ActorTask = { name, memory, control: this.control.buffer as SharedArrayBuffer };
    this.worker = new Worker(new URL('./actor.js', import.meta.url), { workerData });
    this.worker.on('error', error => {
      throw error;
    });
  }

  /** Resolves once the actor is at work. */
  async started(): Promise<void> {
    await once(this.worker, 'message');
    while (Atomics.load(this.control, STARTED) === 0) Atomics.wait(this.control, STARTED, 0, 10);
  }

  async stop(): Promise<void> {
    const exit = once(this.worker, 'exit');
    Atomics.store(this.control, STOP, 1);
    await exit;
  }
}

/** Enough for a fault to show on a machine whose cores are busy with something else; a fault ends the run earlier. */
const ROUNDS_UNTIL_SEEN_MAX = 1_000_000_000;
const ROUNDS = 20_000_000;

/**
 * Looks while the actor works, and counts what `look` names: for a fixed number of rounds, or until an outcome that is
 * one of `until` has been seen.
 */
export async function observe(
  name: string,
  memory: SharedArrayBuffer,
  look: (control: Int32Array) => string,
  until?: readonly string[],
): Promise<Outcomes> {
  const actor = new Actor(name, memory);
  await actor.started();
  const outcomes: Outcomes = new Map();
  const rounds = until === undefined ? ROUNDS : ROUNDS_UNTIL_SEEN_MAX;
  let [last, run] = ['', 0];
  for (let round = 0; round < rounds; round++) {
    const outcome = look(actor.control);
    if (outcome === last) {
      run++;
      continue;
    }
    outcomes.set(last, (outcomes.get(last) ?? 0) + run);
    [last, run] = [outcome, 1];
    if (until?.includes(outcome)) break;
  }
  outcomes.set(last, (outcomes.get(last) ?? 0) + run);
  outcomes.delete('');
  await actor.stop();
  return outcomes;
}

/** Fails on an outcome that is not listed. Returns the frequencies. */
export function assertOutcomes(outcomes: Outcomes, acceptable: Readonly<Record<string, string>>): string {
  const table = [...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', ');
  const forbidden = [...outcomes.keys()].filter(outcome => !(outcome in acceptable));
  assert.deepEqual(forbidden, [], `forbidden outcomes among ${table}`);
  return table;
}
