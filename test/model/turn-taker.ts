/** Turn taker: the side of turn-taking.ts that is in the threads. */
import { parentPort } from 'node:worker_threads';
import { Killed, actBeforeEach } from './stepping.js';
import type { TurnTask } from './turn-taking.js';
import { FINISHED, KILLED, NOBODY, READY, ROUND, TURN } from './turn-taking.js';

function waitForTurn(control: Int32Array, index: number): void {
  for (let turn; (turn = Atomics.load(control, TURN)) !== index;) Atomics.wait(control, TURN, turn);
}

function giveTurnBack(control: Int32Array): void {
  Atomics.store(control, TURN, NOBODY);
  Atomics.notify(control, TURN);
}

/** Does what `prepare` returns in every round, an access at each turn. */
export function takeTurns({ control: buffer, index }: TurnTask, prepare: () => () => void): never {
  const control = new Int32Array(buffer);
  const pause = (): void => {
    giveTurnBack(control);
    waitForTurn(control, index);
    if (Atomics.load(control, KILLED + index) === 1) throw new Killed();
  };
  let round = Atomics.load(control, ROUND);
  parentPort!.postMessage('ready');
  for (;;) {
    Atomics.wait(control, ROUND, round);
    round = Atomics.load(control, ROUND);
    const operation = prepare();
    Atomics.add(control, READY, 1);
    Atomics.notify(control, READY);
    waitForTurn(control, index);
    actBeforeEach(operation, pause);
    Atomics.store(control, FINISHED + index, 1);
    giveTurnBack(control);
  }
}
