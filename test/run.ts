/**
 * Runs every compiled test file under node:test, the same way on every supported Node.js (the `--test` flag takes
 * directories on some versions and globs on others).
 *
 *   node dist/test/run.js                  all tests
 *   node dist/test/run.js unit litmus      the files whose path contains one of these words
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const testRoot = import.meta.dirname;
const words = process.argv.slice(2);

const files = readdirSync(testRoot, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.test.js'))
  .map(entry => join(entry.parentPath, entry.name))
  .filter(file => words.length === 0 || words.some(word => relative(testRoot, file).includes(word)))
  .sort();

if (files.length === 0) {
  console.error(`no test file matches ${JSON.stringify(words)} under ${testRoot}`);
  process.exit(1);
}

run({ files, concurrency: 2, timeout: 900_000 })
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
