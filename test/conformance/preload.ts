/**
 * Preload: what the test run loads into each process and worker before anything else, with `--import`.
 *
 * Benchmarks are measured without the check, also those that a test starts: they and what they start do not inherit the
 * ledger.
 */
import { sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { LEDGER_VARIABLE, writeLedger } from './ledger.js';

const BENCHMARKS = `${sep}dist${sep}bench${sep}`;

const entry = process.argv[1] ?? 'no file';
if (entry.includes(BENCHMARKS)) delete process.env[LEDGER_VARIABLE];
const folder = process.env[LEDGER_VARIABLE];
if (folder !== undefined) {
  const { checkRenderings } = await import('./checked-renderings.js');
  checkRenderings(folder);
  // A worker writes when it renders: there are thousands that do not.
  if (isMainThread) writeLedger(folder, { kind: 'installed', entry });
}
