/**
 * Adoption: packages that use prom-client, installed from the registry of npm, run on this package through `overrides`, and
 * show what they show with prom-client itself.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as threadtally from '../../src/index.js';
import { PROGRAMS } from './adoption-programs.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NPM_MS_MAX = 240_000;
const PACKAGES = {
  express: '^5.0.0',
  'express-prom-bundle': '8.0.0',
  fastify: '^5.0.0',
  'fastify-metrics': '13.2.1',
  '@promster/express': '14.0.0',
};
const NPM_FLAGS = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];

/** Not there: what calls it gets a function that does nothing, with prom-client too. */
const hasDefaultMetrics = 'collectDefaultMetrics' in threadtally;
const STUB = `
const Module = require('node:module');
const load = Module._load;
const stubbed = new Map();
Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest);
  if (name !== 'prom-client') return loaded;
  if (!stubbed.has(loaded)) stubbed.set(loaded, { ...loaded, collectDefaultMetrics: () => undefined });
  return stubbed.get(loaded);
};
`;

const execute = promisify(execFile);

async function npm(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('npm', args, {
    cwd: folder,
    timeout: NPM_MS_MAX,
    shell: process.platform === 'win32',
  });
  return stdout;
}

/** @param client what stands for prom-client, in every package of the tree */
async function createProject(folder: string, client: string): Promise<void> {
  const manifest = {
    private: true,
    dependencies: { ...PACKAGES, 'prom-client': client },
    overrides: { 'prom-client': '$prom-client', '@prometheus-io/client': '$prom-client' },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await npm(folder, 'install', ...NPM_FLAGS);
  await writeFile(join(folder, 'stub.cjs'), STUB);
  for (const [name, text] of Object.entries(PROGRAMS))
    await writeFile(join(folder, name), text.replaceAll('DEFAULT_METRICS', String(hasDefaultMetrics)));
}

const folders = { old: '', own: '' };

/** Why there is nothing to run; undefined when there is. */
async function install(): Promise<string | undefined> {
  for (const which of ['old', 'own'] as const)
    folders[which] = await mkdtemp(join(tmpdir(), `threadtally-adoption-${which}-`));
  await npm(ROOT, 'pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folders.own);
  const [tarball] = (await readdir(folders.own)).filter(name => name.endsWith('.tgz'));
  try {
    await createProject(folders.old, '15.1.3');
  } catch (error) {
    return `npm install does not reach a registry: ${(error as Error).message.split('\n')[0]}`;
  }
  // Whatever is wrong from here on is wrong with this package.
  await createProject(folders.own, `file:${tarball}`);
  return undefined;
}

async function run(folder: string, program: string): Promise<string> {
  const flags = hasDefaultMetrics ? [] : ['--require', './stub.cjs'];
  const { stdout } = await execute(process.execPath, [...flags, program], { cwd: folder, timeout: 60_000 });
  return stdout;
}

/** What does not depend on how long something took, in one order; quantiles are estimates. */
function comparable(text: string): string[] {
  const isOfProcess = (line: string): boolean => /^(# \w+ )?(nodejs|process)_/.test(line);
  const lines = text
    .split('\n')
    .filter(line => line !== '' && line !== '# EOF' && !isOfProcess(line) && !/^\w+_created\b/.test(line));
  return lines.map(withoutDuration).sort();
}

function withoutDuration(line: string): string {
  if (line.startsWith('#')) return line;
  const [, name, labels = '', value] = /^([\w:]+)(?:\{(.*?)\})? (.*)$/.exec(line)!;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => {
    const isNumber = (label === 'le' || label === 'quantile') && text !== '+Inf';
    return `${label}=${isNumber ? Number(text) : text}`;
  });
  const isDuration = /_sum$|seconds$/.test(name!) || (name!.endsWith('_bucket') && name !== 'linear_bucket');
  const isQuantile = pairs.some(pair => pair.startsWith('quantile='));
  const shown = isQuantile ? Number(value).toPrecision(2) : value;
  return `${name}{${pairs.sort().join()}} ${isDuration ? '' : shown}`;
}

const missing = await install();

describe('a package that uses prom-client', { skip: missing ?? false, concurrency: 2 }, () => {
  after(async () => {
    for (const folder of Object.values(folders)) await rm(folder, { recursive: true });
  });

  for (const program of Object.keys(PROGRAMS)) {
    it(`shows the same on this package: ${program}`, async () => {
      const [old, own] = await Promise.all([run(folders.old, program), run(folders.own, program)]);
      const shown = comparable(own);
      assert.ok(shown.filter(line => !line.startsWith('#')).length > 0, own);
      assert.deepEqual(shown, comparable(old));
    });
  }
});
