/** The package in CommonJS programs: as an installed package, by the name that an import has. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PACKAGE_URL } from './registry-worker-host.js';

const execute = promisify(execFile);

describe('a CommonJS program', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threadtally-commonjs-'));
    for (const name of ['threadtally', 'dependency/node_modules/threadtally']) {
      const target = join(folder, 'node_modules', name);
      await mkdir(join(target, 'dist'), { recursive: true });
      await cp(new URL('.', PACKAGE_URL), join(target, 'dist/src'), { recursive: true });
      await cp(new URL('../../package.json', PACKAGE_URL), join(target, 'package.json'));
    }
    const dependency = "module.exports = require('threadtally');";
    await writeFile(join(folder, 'node_modules/dependency/index.js'), dependency);
  });

  after(() => rm(folder, { recursive: true }));

  /** Runs a program; what it says of itself on standard error is a failure. */
  async function printed(code: string): Promise<unknown> {
    const file = join(folder, 'program.cjs');
    await writeFile(file, code);
    const { stdout, stderr } = await execute(process.execPath, [file], { cwd: folder });
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  }

  it('gets by require what a module gets by import', async () => {
    const different = await printed(`
      const required = require('threadtally');
      import('threadtally').then(imported => {
        const names = Object.keys(imported);
        const different = names.filter(name => imported[name] !== required[name]);
        console.log(JSON.stringify([names.length > 20, different, imported.default.register === required.register]));
      });
    `);
    assert.deepEqual(different, [true, [], true]);
  });

  it('gets every entry point that needs no other package', async () => {
    const types = await printed(`
      const names = ['server', 'testing', 'catalog'].map(name => Object.keys(require('threadtally/' + name)).length > 0);
      console.log(JSON.stringify(names));
    `);
    assert.deepEqual(types, [true, true, true]);
  });

  it('records into the registry that another copy of the package has', async () => {
    const samples = await printed(`
      const [own, other] = [require('threadtally'), require('dependency')];
      const options = { name: 'jobs_total', help: 'Jobs.' };
      own.register.counter(options).inc();
      other.register.counter(options).inc(2);
      own.register.metrics().then(text => console.log(JSON.stringify([own === other, text.match(/^jobs_total .*/m)[0]])));
    `);
    assert.deepEqual(samples, [false, 'jobs_total 3']);
  });

  it('may be loaded again with its metrics, and goes on with them', async () => {
    await writeFile(
      join(folder, 'metrics.cjs'),
      "module.exports = require('threadtally').register.counter({ name: 'reloads_total', help: 'Reloads.' });",
    );
    const value = await printed(`
      for (let i = 0; i < 3; i++) {
        delete require.cache[require.resolve('./metrics.cjs')];
        require('./metrics.cjs').inc();
      }
      console.log(require('./metrics.cjs').value());
    `);
    assert.equal(value, 3);
  });

  it('sees the content type of the default registry change', async () => {
    const types = await printed(`
      const client = require('threadtally');
      const before = client.contentType;
      client.register.setContentType(client.openMetricsContentType);
      console.log(JSON.stringify([before, client.contentType]));
    `);
    assert.deepEqual(types, [
      'text/plain; version=0.0.4; charset=utf-8',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ]);
  });
});
