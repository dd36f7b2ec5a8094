/**
 * Runs every compiled test file under node:test, the same way on every supported Node.js (the `--test` flag takes
 * directories on some versions and globs on others). Every exposition that a test renders is checked on the way, in each
 * of its processes and workers: see conformance/checked-renderings.ts.
 *
 *   node dist/test/run.js                  all tests
 *   node dist/test/run.js unit litmus      the files whose path contains one of these words
 *   node dist/test/run.js -- -tidy -docs   all but those whose path contains one of these
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { LEDGER_VARIABLE, readLedger } from './conformance/ledger.js';
import { problemsIn, summaryOf } from './conformance/ledger-report.js';

const testRoot = import.meta.dirname;
const args = process.argv.slice(2).filter(arg => arg !== '--');
const words = args.filter(arg => !arg.startsWith('-'));
const unwanted = args.filter(arg => arg.startsWith('-')).map(arg => arg.slice(1));

const files = readdirSync(testRoot, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.test.js'))
  .map(entry => join(entry.parentPath, entry.name))
  .filter(file => words.length === 0 || words.some(word => relative(testRoot, file).includes(word)))
  .filter(file => !unwanted.some(word => relative(testRoot, file).includes(word)))
  .sort();

if (files.length === 0) {
  console.error(`no test file matches ${JSON.stringify(args)} under ${testRoot}`);
  process.exit(1);
}

const ledger = mkdtempSync(join(tmpdir(), 'threadtally-conformance-'));
process.env[LEDGER_VARIABLE] = ledger;
const preload = new URL('conformance/preload.js', import.meta.url).href;
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`.trim();

run({ files, concurrency: 2, timeout: 900_000 })
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .on('end', () => {
    const report = readLedger(ledger);
    rmSync(ledger, { recursive: true });
    console.log(summaryOf(report));
    const problems = problemsIn(report, files);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  })
  .pipe(process.stdout);
