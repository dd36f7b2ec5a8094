/**
 * Entry of the main job: `npm start -- [options]`.
 *
 * The address of the metrics is the only line on stdout, so that a script can read it; everything else is on stderr. On a
 * terminal there is no script: the address is among the rest.
 */
import { register } from '../src/index.js';
import { printAddress } from './address-line.js';
import { Job } from './job.js';
import { HELP, parseOptions, type JobOptions } from './options.js';
import { StopSignals } from './stop-signals.js';
import { PROCESSOR_ENTRY } from './worker-link.js';

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'wrong':
      for (const problem of parsed.problems) process.stderr.write(`error: ${problem}\n`);
      return 1;
    case 'run':
      return runJob(parsed.options);
  }
}

function runJob(options: JobOptions): Promise<number> {
  const stop = new AbortController();
  new StopSignals({
    nowMs: () => performance.now(),
    onStop: signal => {
      process.stderr.write(`\n${signal}: stopping; once more to end at once\n`);
      stop.abort();
    },
    exit: status => process.exit(status),
  }).listen(process);
  return new Job({
    options,
    registry: register,
    stderr: process.stderr,
    onListening: url => printAddress(url, process.stdout, process.stderr),
    stop: stop.signal,
    processorEntry: PROCESSOR_ENTRY,
  }).run();
}

/** For what is written to a pipe to arrive. */
const END_DELAY_MS = 100;

process.exitCode = await main(process.argv.slice(2));
// All is closed. What may keep the process alive is an exporter in the pause before an attempt that it will not make.
setTimeout(() => process.exit(), END_DELAY_MS).unref();
