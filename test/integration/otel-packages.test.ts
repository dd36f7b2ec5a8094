/** threadtally/otel where only the API is installed: exemplars work, and tracing says what is missing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../tidy/sources.js';
import { copyOfPackage } from './package-copy.js';

const run = promisify(execFile);

/** A copy of the package, in a folder where nothing but the API can be found. Returns that folder, and the package's entry. */
async function copyWithApi(test: TestContext): Promise<{ folder: string; entry: string }> {
  const entry = await copyOfPackage(test);
  const folder = dirname(dirname(fileURLToPath(entry)));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@opentelemetry'), { recursive: true });
  await mkdir(join(modules, '@types'));
  for (const name of ['@opentelemetry/api', '@types/node']) {
    // The real place: what is beside a link is not found from it.
    await symlink(await realpath(join(projectRoot, 'node_modules', name)), join(modules, name), 'junction');
  }
  return { folder, entry };
}

describe('threadtally/otel with the API alone', () => {
  it('gives exemplars and runs spans as they are, and names the packages that tracing needs', async test => {
    const { entry } = await copyWithApi(test);
    const program = `
      import { exemplarsFromActiveSpan, startTracing, withSpan } from ${JSON.stringify(new URL('./otel/index.js', entry).href)};
      exemplarsFromActiveSpan()();
      console.log(withSpan('none', () => 'ran'));
      await startTracing({}).catch(error => console.log(error.code, error.message));
      await startTracing({ protocol: 'http/protobuf' }).catch(error => console.log(/\\S+-proto is/.exec(error.message)[0]));
      await startTracing({ exporter: { export() {}, shutdown() {} } }).catch(error => console.log(/otlp/.test(error.message)));
      await startTracing({ timeoutMs: 0 }).catch(error => console.log(error.message));
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
    const names = ['sdk-trace-base', 'resources', 'core', 'context-async-hooks', 'exporter-trace-otlp-http'];
    const packages = names.map(name => `@opentelemetry/${name}`);
    const lines = ['2', '2', '2', '2', '0.223'];
    const wanted = ['@opentelemetry/api@1.9', ...packages.map((name, i) => `${name}@${lines[i]}`)];
    assert.deepEqual(stdout.trim().split('\n'), [
      'ran',
      `ERR_CONFIGURATION startTracing: ${packages.map(name => `the package ${name} is not installed`).join('; ')}; ` +
        `run: npm install ${wanted.join(' ')}`,
      '@opentelemetry/exporter-trace-otlp-proto is',
      'false',
      'startTracing: timeoutMs is 0; it must be an integer in 1..600000',
    ]);
  });

  it('compiles, its declarations included', async test => {
    const { folder } = await copyWithApi(test);
    await writeFile(
      join(folder, 'program.ts'),
      "import { exemplarsFromActiveSpan, startTracing } from './src/otel/index.js';\n" +
        'exemplarsFromActiveSpan();\nawait startTracing();\n',
    );
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2024', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      noEmit: true,
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['program.ts'] }),
    );
    const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [
      compiler,
      '--project',
      folder,
      '--pretty',
      'false',
    ]).catch((error: { stdout: string }) => error);
    assert.equal(stdout, '');
  });
});
