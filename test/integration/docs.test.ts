/**
 * The examples and the tables of the documents.
 *
 * Every ts and js block of README.md and docs is compiled by strict rules and run as a program of its own, in a project
 * that has this package in its node_modules. It ends by itself, or prints an address of metrics: then it is scraped and
 * sent SIGTERM. A text block right after it is what it prints. Marks behind the language of a block:
 *
 *     file=NAME   saved under this name for the other blocks of the document, and not run by itself
 *     not-run     needs a package that is no dependency of this one; neither compiled nor run
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { defineStreamProcessorMetrics } from '../../src/catalog/index.js';
import * as threadtally from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { HELP } from '../../workers/options.js';

interface Example {
  /** Document and line, for the report. */
  readonly title: string;
  /** Path in the project, without the document's part of it. */
  readonly file: string;
  readonly code: string;
  readonly isRun: boolean;
  readonly printed: string | undefined;
}

const ROOT = join(import.meta.dirname, '../../..');
const DOCUMENTS = ['README.md', ...markdownFilesIn('docs')];
const BLOCK = /^```(ts|js)([^\n]*)\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;
const METRICS_URL = /http:\/\/\S+\/metrics/;
const ENDED_BY_TEST = 'SIGTERM';
/** Ends a program that does neither; no example takes a part of it. */
const RUN_MS_MAX = 60_000;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    rootDir: '.',
    outDir: 'out',
  },
};

function markdownFilesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

function examplesOf(document: string): Example[] {
  const text = textOf(document);
  const folder = document.replaceAll(/\W/g, '-');
  return [...text.matchAll(BLOCK)]
    .filter(([, , marks]) => !marks.includes('not-run'))
    .map(({ index, 1: language, 2: marks, 3: code, 4: printed }) => {
      const line = text.slice(0, index).split('\n').length;
      const name = /file=(\S+)/.exec(marks)?.[1];
      return {
        title: `${document}:${line}`,
        file: `${folder}/${name ?? `line-${line}.${language}`}`,
        code: withFreePorts(code),
        isRun: name === undefined,
        printed,
      };
    });
}

/** The ports that documents show may be in use on the machine of the test. */
function withFreePorts(code: string): string {
  return code
    .replaceAll('serveMetrics(register)', 'serveMetrics(register, { port: 0 })')
    .replaceAll(/\b(9464|8080)\b/g, '0');
}

async function createProject(folder: string, examples: readonly Example[]): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@types'), { recursive: true });
  await symlink(ROOT, join(modules, 'threadtally'), 'junction');
  const nodeTypes = dirname(createRequire(import.meta.url).resolve('@types/node/package.json'));
  await symlink(nodeTypes, join(modules, '@types/node'), 'junction');
  // What a program that is instrumented imports.
  await mkdir(join(modules, '@opentelemetry'));
  await symlink(
    join(ROOT, 'node_modules/@opentelemetry/api'),
    join(modules, '@opentelemetry/api'),
    'junction',
  );
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { file, code } of examples) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), code);
  }
}

async function compile(folder: string): Promise<void> {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const args = [compiler, '--project', folder, '--pretty', 'false'];
  await promisify(execFile)(process.execPath, args).catch(({ stdout }: { stdout: string }) => {
    throw new Error(`the examples of the documents do not compile:\n${stdout}`);
  });
}

/** Runs a program to its end, or to its first scrape. Returns what it printed. */
async function run(program: string): Promise<string> {
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
    // The test runner asks for colours where it has a terminal, and printed objects would have them.
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  let printed = '';
  let complaints = '';
  let scrape: Promise<string> | undefined;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
    const url = printed.endsWith('\n') ? METRICS_URL.exec(printed)?.[0] : undefined;
    if (url !== undefined) scrape ??= scrapeOnce(url).finally(() => child.kill(ENDED_BY_TEST));
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (scrape !== undefined) assert.match(await scrape, /^# TYPE \w+ /m);
  const ended = scrape !== undefined && signal === ENDED_BY_TEST;
  assert.ok(status === 0 || ended, `status ${status}, signal ${signal}\n${complaints}`);
  return printed;
}

async function scrapeOnce(url: string): Promise<string> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return response.text();
}

describe('examples of the documents', { concurrency: 2 }, () => {
  const examples = DOCUMENTS.flatMap(examplesOf);
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threadtally-docs-'));
    await createProject(folder, examples);
    await compile(folder);
  });

  after(() => rm(folder, { recursive: true }));

  for (const { title, file, isRun, printed } of examples) {
    if (!isRun) continue;
    it(`${title} runs`, async () => {
      const output = await run(join(folder, 'out', file.replace(/\.ts$/, '.js')));
      if (printed !== undefined) assert.equal(output, printed);
    });
  }
});

describe('docs/main-job.md', () => {
  const text = textOf('docs/main-job.md');

  it('lists the metric families of the catalogue in their order, with type and labels', () => {
    const families = Object.values(defineStreamProcessorMetrics(new Registry())).map(family => [
      family.name,
      family.constructor.name.toLowerCase(),
      family.labelNames.join(', '),
    ]);
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (counter|gauge|histogram) +\| ([^|]*) \|/gm)];
    assert.deepEqual(
      rows.map(([, name, type, labels]) => [name, type, labels.replaceAll('`', '').trim()]),
      families,
    );
  });

  it('lists the options that --help lists', () => {
    const optionsIn = (source: string): string[] => [...new Set(source.match(/--[a-z][a-z-]+/g))].sort();
    assert.deepEqual(optionsIn(text), optionsIn(HELP));
  });

  it('maps old names to families that exist', () => {
    const names = new Set(
      Object.values(defineStreamProcessorMetrics(new Registry())).map(({ name }) => name),
    );
    const mapping = text.slice(text.indexOf('## Names of the systems this replaces'));
    const targets = [...mapping.matchAll(/^\| `[^|]+` +\| `(\w+)/gm)].map(([, target]) => target);
    assert.ok(targets.length > 0);
    for (const target of targets) assert.ok(names.has(target), target);
  });
});

describe('docs/migrating-from-prom-client.md', () => {
  const text = textOf('docs/migrating-from-prom-client.md');
  const old = createRequire(import.meta.url)('prom-client') as Record<string, unknown> & {
    Registry: { prototype: object };
  };
  const namesIn = (objects: object, others: object): string[] =>
    Object.getOwnPropertyNames(objects).filter(name => !(name in others));

  /** The first column of the table in a section. */
  function rowsOf(section: string): string[] {
    const start = text.indexOf(`## ${section}\n`);
    if (start < 0) return [];
    const end = text.indexOf('\n## ', start + 1);
    const rows = text.slice(start, end < 0 ? undefined : end).match(/^\|.*$/gm) ?? [];
    return rows.slice(2).map(row => row.split('|')[1]!.trim());
  }

  it('is right that every export of prom-client is there', () => {
    assert.deepEqual(namesIn(old, threadtally), []);
  });

  it('is right that registries have every method of those of prom-client', () => {
    assert.deepEqual(namesIn(old.Registry.prototype, Registry.prototype), []);
    assert.deepEqual(namesIn(old.Registry, Registry), []);
  });

  it('has a row for each difference that a test shows, and a test for each row', () => {
    const tests = textOf('test/unit/registry/prom-client-differences.test.ts');
    const titles = [...tests.matchAll(/^ {2}it\('(.*)', /gm)].map(([, title]) => title);
    assert.ok(titles.length > 0);
    assert.deepEqual(rowsOf('Differences'), titles);
  });
});

describe('docs/guides/cardinality.md', () => {
  it('has in its table of bytes what the example beside it prints', () => {
    const text = textOf('docs/guides/cardinality.md');
    const section = text.slice(text.indexOf('### Bytes of a series'));
    const rows = [...section.matchAll(/\| `([\w-]+)` +\| +([\d,]+) \|$/gm)].map(
      ([, example, bytes]) => `${example} ${bytes.replaceAll(',', '')}`,
    );
    const printed = [...section.matchAll(BLOCK)][0]![4].trim().split('\n');
    assert.deepEqual(rows.sort(), printed.sort());
  });
});
