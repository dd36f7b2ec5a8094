/** Setting worker: a thread that sets a state, an info or a pair of gauges as fast as it can, until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';

export interface SettingTask {
  readonly token: RegistryToken;
  readonly target: 'stateSet' | 'info' | 'gauges';
  /** Words: 1 once the worker is to stop. */
  readonly control: SharedArrayBuffer;
  /** Tells its label sets from those of others. */
  readonly id: number;
}

export const PHASE = { name: 'phase', help: 'Phase.', states: ['starting', 'ready', 'draining'] } as const;
export const BUILD = { name: 'build', help: 'Build.', labelNames: ['version', 'by'] } as const;
/** A state set as one would make it of gauges: what the tests must be able to see going wrong. */
export const GAUGES = {
  name: 'mode',
  help: 'Mode.',
  labelNames: ['mode'],
  sharing: 'atomic',
} as const;

/** What is done in a round, once the family is defined. */
function actOf({ token, target, id }: SettingTask): (round: number) => void {
  const registry = Registry.attach(token);
  if (target === 'stateSet') {
    const phase = registry.stateSet(PHASE);
    return round => phase.set(PHASE.states[(round + id) % PHASE.states.length]!);
  }
  if (target === 'info') {
    const build = registry.info(BUILD);
    return round => build.set({ version: String(round % 5), by: String(id) });
  }
  const gauge = registry.gauge(GAUGES);
  return round => {
    gauge.set({ mode: round % 2 === 0 ? 'on' : 'off' }, 0);
    gauge.set({ mode: round % 2 === 0 ? 'off' : 'on' }, 1);
  };
}

if (parentPort !== null) {
  const task = workerData as SettingTask;
  const control = new Int32Array(task.control);
  const act = actOf(task);
  act(0);
  parentPort.postMessage('ready');
  for (let round = 1; Atomics.load(control, 0) === 0; round++) act(round);
}
