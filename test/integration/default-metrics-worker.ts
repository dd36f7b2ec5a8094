/** Default metrics worker: a thread that collects default metrics, and ends or blocks when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { Registry, collectDefaultMetrics } from '../../src/index.js';
import type { RegistryToken, ThreadMetrics } from '../../src/index.js';

export interface DefaultMetricsSetup {
  readonly token: RegistryToken;
  readonly threads?: ThreadMetrics | undefined;
  /** Set and notified to end a block. */
  readonly gate: Int32Array;
}

export type Command = 'stop' | 'block' | 'burn' | 'return' | 'throw';

const { token, threads, gate } = workerData as DefaultMetricsSetup;
const port = parentPort!;
const registry = Registry.attach(token);
const handle = collectDefaultMetrics({ register: registry, threads });

/** Long enough to be seen among the shares of the others, in CPU time of the process. */
const BURN_MICROSECONDS = 200_000;

function burn(): void {
  const begun = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(begun);
    if (user + system > BURN_MICROSECONDS) return;
  }
}

port.on('message', (command: Command) => {
  if (command === 'block') {
    port.postMessage('blocks');
    Atomics.wait(gate, 0, 0);
  } else if (command === 'return') port.close();
  else if (command === 'throw') throw new Error('this worker crashes');
  else {
    if (command === 'stop') handle.stop();
    else burn();
    port.postMessage('done');
  }
});
port.postMessage('ready');
