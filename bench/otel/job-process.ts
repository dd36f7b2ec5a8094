/** The process of one run of the main job. */
import { register } from '../../src/index.js';
import { Job } from '../../workers/job.js';
import { parseOptions } from '../../workers/options.js';
import { PROCESSOR_ENTRY } from '../../workers/worker-link.js';
import { spanCounts, sumOf } from './recorded-sums.js';

export interface JobRunRequest {
  readonly events: number;
  /** Undefined where it is not traced. */
  readonly url: string | undefined;
  readonly ratio: number;
}

export interface JobMeasurement {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly received: number;
  readonly exported: number;
  readonly dropped: number;
}

interface Moment {
  readonly ms: number;
  readonly cpuUs: number;
  readonly received: number;
}

const WORKERS = 2;
const LOOK_MS = 5;
/** By then code is compiled, and the SDK of the workers is loaded. */
const WARM_SHARE = 0.25;

if (process.send !== undefined) {
  const measurement = await measureRun(JSON.parse(process.argv[2]) as JobRunRequest);
  process.send(measurement, () => process.exit(0));
}

async function measureRun({ events, url, ratio }: JobRunRequest): Promise<JobMeasurement> {
  const args = `--events ${events} --speed max --workers ${WORKERS} --port 0 --exit-when-done`.split(' ');
  if (url !== undefined) args.push('--otlp', url, '--trace-ratio', String(ratio));
  const parsed = parseOptions(args);
  if (parsed.kind !== 'run') throw new Error(`the job refuses ${args.join(' ')}`);
  let first: Moment | undefined;
  let last: Moment | undefined;
  const looking = setInterval(() => {
    void now().then(moment => {
      if (moment.received >= events * WARM_SHARE) first ??= moment;
      if (first !== undefined) clearInterval(looking);
    });
  }, LOOK_MS);
  const status = await new Job({
    options: parsed.options,
    registry: register,
    stderr: {
      // The summary: all is processed, and spans are yet to be flushed.
      write: (text: string) => {
        if (text.startsWith('done:')) {
          const { ms, cpuUs } = clocks();
          last = { ms, cpuUs, received: events };
        }
      },
    },
    onListening: () => undefined,
    stop: new AbortController().signal,
    processorEntry: PROCESSOR_ENTRY,
  }).run();
  clearInterval(looking);
  if (status !== 0 || first === undefined || last === undefined) throw new Error('the job did not end well');
  const counted = last.received - first.received;
  return {
    eventsPerSecond: (1_000 * counted) / (last.ms - first.ms),
    cpuUsPerEvent: (last.cpuUs - first.cpuUs) / counted,
    received: await sumOf('stream_processor_events_received_total'),
    ...(await spanCounts()),
  };
}

async function now(): Promise<Moment> {
  const received = await sumOf('stream_processor_events_received_total');
  return { ...clocks(), received };
}

function clocks(): { ms: number; cpuUs: number } {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuUs: user + system };
}
