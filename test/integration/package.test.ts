/** The package as applications load it: the files that `exports` names, each of several modules. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../../..');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, string | { types: string; default: string }>;
};
const ENTRY_POINTS = Object.entries(PACKAGE.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [{ name: `${PACKAGE.name}${path.slice(1)}`, ...target }],
);

function exportsOf(file: string): Promise<object> {
  return import(pathToFileURL(join(ROOT, file)).href) as Promise<object>;
}

/** Top-level variables of the compiled modules in a folder. */
function variablesIn(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter(file => file.endsWith('.js'))
    .flatMap(file => variablesOf(readFileSync(join(ROOT, folder, file), 'utf8')));
}

function variablesOf(code: string): string[] {
  return code.match(/^(?:export )?(?:var|let) .*$/gm) ?? [];
}

describe('package', () => {
  for (const { name, types, default: file } of ENTRY_POINTS) {
    it(`${name} exports what its source exports`, async () => {
      const built = await exportsOf(file);
      const source = await exportsOf(types.replace(/\.d\.ts$/, '.js'));
      assert.ok(Object.keys(built).length > 0);
      assert.deepEqual(Object.keys(built).sort(), Object.keys(source).sort());
    });
  }

  it('has one copy of what its entry points share', async () => {
    const { Registry } = await import('threadtally');
    const { serveMetrics } = await import('threadtally/server');
    const registry = new Registry();
    registry.counter({ name: 'jobs_total', help: 'Jobs' }).inc(3);
    const server = await serveMetrics(registry, { port: 0 });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    await server.close();
    registry.close();
    assert.match(text, /^jobs_total 3$/m);
  });

  it('is in files that leave nothing behind in memory, see rollup.config.js', () => {
    for (const file of readdirSync(join(ROOT, 'dist/lib'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js')) continue;
      const code = readFileSync(join(ROOT, 'dist/lib', file), 'utf8');
      assert.ok(code.length < 250_000, `${file} has ${code.length} characters`);
      assert.doesNotMatch(code, /^ *\/\*\*/m, file);
    }
  });

  it('keeps the constants of the recording path constant', () => {
    // V8 embeds a top-level constant in the code that uses it, and loads a variable at each recording.
    const built = variablesIn('dist/lib');
    assert.equal(built.length, variablesIn('dist/src').length, built.join('\n'));
    assert.deepEqual(variablesOf('const A = 1;\nvar B = 2;'), ['var B = 2;']);
  });
});
