/**
 * Collect worker: a thread with a collect callback, whose ways of running it a test chooses.
 *
 * Every run counts itself in `runs{thread}` and sets `ran_in{thread}` to the id of the thread that it ran in.
 */
import { once } from 'node:events';
import { Worker, parentPort, threadId, workerData } from 'node:worker_threads';
import type { Registry, RegistryToken } from '../../src/index.js';

type Package = typeof import('../../src/index.js');

export interface CollectSetup {
  readonly packageUrls: readonly string[];
  /** The registry to use; the default one if absent. */
  readonly token?: RegistryToken;
  /** Word 0: 1 while the worker is blocked; the test stores 2 to release it. */
  readonly block: SharedArrayBuffer;
}

/** What the next runs of the callback do, beside counting themselves. */
export type Manner = 'return' | 'await' | 'throw' | 'reject' | 'never settle';

export type Command =
  | { readonly do: 'define'; readonly manner: Manner }
  | { readonly do: 'count'; readonly events: number }
  | { readonly do: 'metrics'; readonly collectTimeoutMs?: number }
  | { readonly do: 'block' | 'ping' | 'nest' | 'removeAll' | 'close' }
  | { readonly do: 'exit' | 'crash' | 'return' };

const setup = workerData as CollectSetup;
const port = parentPort!;
const words = new Int32Array(setup.block);
const registries: Registry[] = [];
let manner: Manner = 'return';

async function openRegistries(): Promise<void> {
  for (const url of setup.packageUrls) {
    const { Registry, register } = (await import(url)) as Package;
    registries.push(setup.token === undefined ? register : Registry.attach(setup.token));
  }
}

function collectInManner(): void | Promise<void> {
  // The test that ends this thread during a run has to know that there is one.
  port.postMessage('running');
  switch (manner) {
    case 'return':
      return undefined;
    case 'await':
      return new Promise(resolve => setImmediate(resolve));
    case 'throw':
      throw new Error('thrown in a worker');
    case 'reject':
      return Promise.reject(new Error('rejected in a worker'));
    case 'never settle':
      return new Promise(() => undefined);
  }
}

function define(): void {
  registries.forEach((registry, copy) => {
    const name = copy === 0 ? 'runs' : `runs_${copy}`;
    const runs = registry.gauge({
      name,
      help: 'Runs.',
      aggregator: 'thread',
      collect() {
        runs.inc();
        ranIn.set(threadId);
        return collectInManner();
      },
    });
    const ranIn = registry.gauge({ name: 'ran_in', help: 'Threads.', aggregator: 'thread' });
  });
}

/** Blocks this thread, event loop and all, until the test releases it. */
function block(): void {
  Atomics.store(words, 0, 1);
  while (Atomics.load(words, 0) === 1) Atomics.wait(words, 0, 1);
}

/** A worker of this worker, which ends with it. */
async function nest(): Promise<number> {
  const inner = new Worker(new URL(import.meta.url), { workerData: setup });
  inner.postMessage({ do: 'define', manner: 'return' } satisfies Command);
  await once(inner, 'message');
  return inner.threadId;
}

async function answer(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'define':
      manner = command.manner;
      if (registries.length === 0) await openRegistries();
      define();
      return undefined;
    case 'count':
      return registries.forEach(registry => {
        registry.counter({ name: 'events_total', help: 'Events.' }).inc(command.events);
      });
    case 'metrics': {
      if (registries.length === 0) await openRegistries();
      const { collectTimeoutMs } = command;
      const { body, late } = await registries[0]!.render({ collectTimeoutMs });
      return { text: Buffer.from(body).toString(), late };
    }
    case 'block':
      block();
      return undefined;
    case 'nest':
      return nest();
    case 'ping':
      return undefined;
    case 'removeAll':
      return registries.forEach(registry => registry.removeSingleMetric('runs'));
    case 'close':
      return registries.forEach(registry => registry.close());
    case 'exit':
      return process.exit(0);
    case 'crash':
      setImmediate(() => {
        throw new Error('this worker crashes');
      });
      return undefined;
    case 'return':
      return port.close();
  }
}

port.on('message', (command: Command) => {
  void answer(command).then(reply => {
    if (!['exit', 'crash', 'return'].includes(command.do)) port.postMessage({ reply });
  });
});
