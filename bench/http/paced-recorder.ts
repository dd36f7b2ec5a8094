/**
 * A thread that increments counters once in a while, until the flag is raised; then tells how often.
 *
 * It sleeps in between: a thread that records at full speed takes a core, and which one the system gives to whom would be
 * most of what is measured.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { familyName, LABEL_NAMES, labelsOf } from '../scrape/family-plan.js';
import { HTTP_FAMILIES } from '../scrape/http-plan.js';
import { CHANGE_EVERY_MS } from './load-plan.js';

const { token, stopFlag } = workerData as { readonly token: RegistryToken; readonly stopFlag: Int32Array };
const HANDLE_COUNT = 256;
const counter = Registry.attach(token).counter({
  name: familyName(HTTP_FAMILIES, 0),
  help: 'Recorded by a bench.',
  labelNames: LABEL_NAMES,
});
const handles = Array.from({ length: HANDLE_COUNT }, (_, series) => counter.labels(labelsOf(series)));

parentPort!.postMessage('started');
let calls = 0;
while (Atomics.wait(stopFlag, 0, 0, CHANGE_EVERY_MS) === 'timed-out') {
  for (const handle of handles) handle.inc();
  calls += HANDLE_COUNT;
}
parentPort!.postMessage(calls);
