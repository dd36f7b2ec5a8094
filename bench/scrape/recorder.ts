/** A thread that increments counters in turn, without a pause, until the flag is raised; then tells how often. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { familyName, LABEL_NAMES, labelsOf } from './family-plan.js';
import { HTTP_FAMILIES } from './http-plan.js';

interface RecorderData {
  readonly token: RegistryToken;
  readonly stopFlag: Int32Array;
  readonly nice: number;
}

const HANDLE_COUNT = 256;
const CALLS_BETWEEN_LOOKS = 100_000;

const { token, stopFlag, nice } = workerData as RecorderData;
const name = familyName(HTTP_FAMILIES, 0);
const counter = Registry.attach(token).counter({
  name,
  help: 'Recorded by a bench.',
  labelNames: LABEL_NAMES,
});
const handles = Array.from({ length: HANDLE_COUNT }, (_, series) => counter.labels(labelsOf(series)));

// Of this thread alone, on Linux.
if (nice > 0) setPriority(nice);
parentPort!.postMessage('started');
let calls = 0;
for (; Atomics.load(stopFlag, 0) === 0; calls += CALLS_BETWEEN_LOOKS) recordInTurn();
parentPort!.postMessage(calls);

function recordInTurn(): void {
  for (let i = 0; i < CALLS_BETWEEN_LOOKS; i++) handles[i % HANDLE_COUNT].inc();
}
