/** threadtally/otel where only the API is installed: exemplars work, and tracing says what is missing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../tidy/sources.js';
import { copyOfPackage } from './package-copy.js';

describe('threadtally/otel with the API alone', () => {
  it('gives exemplars and runs spans as they are, and names the packages that tracing needs', async test => {
    const entry = await copyOfPackage(test);
    const scope = join(dirname(dirname(fileURLToPath(entry))), 'node_modules/@opentelemetry');
    await mkdir(scope, { recursive: true });
    await symlink(join(projectRoot, 'node_modules/@opentelemetry/api'), join(scope, 'api'), 'junction');
    const program = `
      import { exemplarsFromActiveSpan, startTracing, withSpan } from ${JSON.stringify(new URL('./otel/index.js', entry).href)};
      exemplarsFromActiveSpan()();
      console.log(withSpan('none', () => 'ran'));
      await startTracing({}).catch(error => console.log(error.code, error.message));
      await startTracing({ timeoutMs: 0 }).catch(error => console.log(error.message));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ]);
    const names = ['sdk-trace-base', 'resources', 'core', 'context-async-hooks'];
    const packages = names.map(name => `@opentelemetry/${name}`);
    assert.deepEqual(stdout.trim().split('\n'), [
      'ran',
      `ERR_CONFIGURATION startTracing: ${packages.map(name => `the package ${name} is not installed`).join('; ')}; ` +
        `run: npm install ${packages.join(' ')}`,
      'startTracing: timeoutMs is 0; it must be an integer in 1..600000',
    ]);
  });
});
