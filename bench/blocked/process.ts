/** The process of one blocked case: the main thread, which scrapes. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CaseReport, CaseRequest } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { sumOfSamples } from '../harness/exposition-text.js';
import { BLOCKED_CASES } from './case-list.js';
import type { Tally } from './tally.js';
import { COUNTER_NAME, loadTally } from './tally.js';
import { BLOCKED_WORD, EVENTS, RELEASED_WORD } from './thread.js';
import type { Fate, ThreadData } from './thread.js';

const WORKERS = 3;
const THREAD_FILE = join(import.meta.dirname, 'thread.js');

await reportCase(measureCase);

interface Scrape {
  readonly ms: number;
  readonly percent: number;
}

async function measureCase({ id }: CaseRequest): Promise<CaseReport> {
  const { library } = BLOCKED_CASES.find(one => one.id === id)!;
  const tally = await loadTally(library);
  const words = new Int32Array(new SharedArrayBuffer(8));
  const workers = Array.from({ length: WORKERS }, () => {
    const workerData: ThreadData = { library, words };
    return new Worker(THREAD_FILE, { workerData });
  });
  await Promise.all(workers.map(worker => once(worker, 'message')));
  const whole = await scrape(tally);
  await crash(workers[0]!);
  workers[1]!.postMessage('block' satisfies Fate);
  Atomics.wait(words, BLOCKED_WORD, 0);
  const first = await scrape(tally);
  const next = await scrape(tally);
  Atomics.store(words, RELEASED_WORD, 1);
  Atomics.notify(words, RELEASED_WORD);
  const after = await scrape(tally);
  await Promise.all(workers.map(worker => worker.terminate()));
  return {
    readings: {
      msFirst: first.ms,
      percentFirst: first.percent,
      msNext: next.ms,
      percentNext: next.percent,
      msAfter: after.ms,
      percentAfter: after.percent,
    },
    // Of every library: all was there before the crash.
    checks: [{ what: '% of the events before the crash', expected: 100, found: whole.percent }],
  };
}

async function crash(worker: Worker): Promise<void> {
  const exit = new Promise(resolve => worker.once('exit', resolve));
  worker.once('error', () => {});
  worker.postMessage('crash' satisfies Fate);
  await exit;
}

async function scrape(tally: Tally): Promise<Scrape> {
  const startMs = performance.now();
  const text = await tally.metrics().catch(() => '');
  const ms = performance.now() - startMs;
  return { ms, percent: (100 * sumOfSamples(text, COUNTER_NAME)) / (WORKERS * EVENTS) };
}
