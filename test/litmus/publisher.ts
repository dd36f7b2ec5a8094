/** A worker that creates series as fast as it can; their labels say what their value must be. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { textOf } from './published-text.js';

export interface PublisherTask {
  readonly token: RegistryToken;
  readonly count: number;
}

const { token, count } = workerData as PublisherTask;
const created = Registry.attach(token).counter({
  name: 'created_total',
  help: 'Created.',
  labelNames: ['id', 'text'],
});
parentPort!.postMessage('ready');
for (let id = 1; id <= count; id++) created.inc({ id, text: textOf(id) }, id);
