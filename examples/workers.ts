/** Two workers record, the main thread shows their sum. `npm run build && node dist/examples/workers.js` */
import { once } from 'node:events';
import { Worker, isMainThread, threadId } from 'node:worker_threads';
import { Counter, Histogram, register } from '../src/index.js';

const jobs = new Counter({ name: 'jobs_total', help: 'Jobs done.', labelNames: ['queue'] });
const latency = new Histogram({ name: 'job_duration_seconds', help: 'Time of a job.' });

if (isMainThread) {
  const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map(worker => once(worker, 'exit')));
  console.log(await register.metrics());
} else {
  const mails = jobs.labels({ queue: 'mail' });
  for (let i = 0; i < 1_000; i++) {
    using _timer = latency.startTimer();
    mails.inc();
  }
  console.log(`worker ${threadId} is done`);
}
