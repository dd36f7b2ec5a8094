/** One run of the main job in a process of its own: how fast it was from a quarter of its events on, and what it counted. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { JobMeasurement, JobRunRequest } from './job-process.js';

const ENTRY = join(import.meta.dirname, 'job-process.js');

/** Exports in a run of some seconds, several of each thread, rather than one after its end. */
const EXPORT_DELAY_MS = 1_000;

export async function runJob(request: JobRunRequest): Promise<JobMeasurement> {
  const child = fork(ENTRY, [JSON.stringify(request)], {
    env: { ...process.env, OTEL_BSP_SCHEDULE_DELAY: String(EXPORT_DELAY_MS) },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let measurement: JobMeasurement | undefined;
  child.on('message', message => {
    measurement = message as JobMeasurement;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 || measurement === undefined) throw new Error(`the job ended with ${code}`);
  return measurement;
}
