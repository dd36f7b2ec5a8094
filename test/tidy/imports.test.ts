import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { importsOf, readProjectFile, sourcesIn, withoutComments } from './sources.js';
import type { SourceFile } from './sources.js';

/** What each folder of src may import, besides itself and Node.js. Imports go down only. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  memory: ['errors'],
  primitives: ['memory', 'errors'],
  registry: ['primitives', 'memory', 'errors'],
  runtime: ['registry', 'primitives', 'errors'],
  exposition: ['registry', 'primitives', 'errors'],
  cluster: ['exposition', 'registry', 'primitives', 'memory', 'errors'],
  push: ['registry', 'errors'],
  catalog: ['registry', 'primitives', 'errors', 'index'],
  server: ['exposition', 'registry', 'primitives', 'errors', 'index'],
  testing: ['errors'],
  otel: ['exposition', 'registry', 'primitives', 'errors', 'index'],
  index: ['cluster', 'push', 'exposition', 'runtime', 'registry', 'primitives', 'memory', 'errors'],
  defaults: ['index'],
};

/** The packages that a folder may import. All of them are optional: the core has no dependency. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  server: /^uWebSockets\.js$/,
  otel: /^@opentelemetry\//,
};

/** `memory` for src/memory/arena.ts, `index` for src/index.ts. */
function layerOf(path: string): string {
  return path.replace(/\.[jt]s$/, '').split('/')[1]!;
}

/** What is wrong with the imports of one file of src. */
function problemsOf({ path, text }: SourceFile): string[] {
  const layer = layerOf(path);
  const allowed = ARROWS[layer];
  if (allowed === undefined) return [`${path}: src/${layer} has no rule; add it to the arrows`];
  return importsOf(text).flatMap(specifier => {
    if (specifier.startsWith('node:')) return [];
    if (!specifier.startsWith('.')) {
      return PACKAGES[layer]?.test(specifier) === true ? [] : [`${path} imports the package ${specifier}`];
    }
    const target = posix.join(posix.dirname(path), specifier);
    if (!target.startsWith('src/')) return [`${path} imports ${specifier}, outside src`];
    const targetLayer = layerOf(target);
    return targetLayer === layer || allowed.includes(targetLayer)
      ? []
      : [`${path} imports ${specifier}, against the arrows`];
  });
}

const sources = sourcesIn('src');

describe('the arrows between the folders of src', () => {
  it('point down only', () => assert.deepEqual(sources.flatMap(problemsOf), []));

  it('are checked in every file', () => {
    assert.ok(sources.length > 40, `${sources.length} files`);
    const imports = sources.flatMap(source => importsOf(source.text));
    assert.ok(imports.length > 200, `${imports.length} imports`);
  });

  const MUTANTS: readonly [string, string, RegExp][] = [
    ['src/memory/a.ts', "import type { X } from '../primitives/b.js';", /against the arrows/],
    ['src/primitives/a.ts', "export { x } from '../registry/b.js';", /against the arrows/],
    ['src/registry/a.ts', "import '../exposition/b.js';", /against the arrows/],
    ['src/exposition/a.ts', "const x = await import('../memory/b.js');", /against the arrows/],
    ['src/cluster/a.ts', "import { x } from '../server/b.js';", /against the arrows/],
    ['src/push/a.ts', "import { x } from '../memory/b.js';", /against the arrows/],
    ['src/server/a.ts', "import {\n  x,\n} from '../memory/b.js';", /against the arrows/],
    ['src/registry/a.ts', "import uws from 'uWebSockets.js';", /imports the package uWebSockets\.js/],
    ['src/server/a.ts', "import { trace } from '@opentelemetry/api';", /imports the package @opentelemetry/],
    ['src/registry/a.ts', "import x from '../../test/x.js';", /outside src/],
    ['src/testing/a.ts', "import type { Registry } from '../registry/registry.js';", /against the arrows/],
    ['src/new/a.ts', '', /src\/new has no rule/],
  ];
  for (const [path, text, expected] of MUTANTS) {
    it(`are not crossed unnoticed: ${path} with ${JSON.stringify(text)}`, () => {
      assert.match(problemsOf({ path, text }).join('\n'), expected);
    });
  }
});

describe('shared memory', () => {
  /** What only src/memory may name. */
  const OWN = /\b(Atomics|SharedArrayBuffer|[A-Z][A-Z0-9_]*_OFFSET|EPOCH_INDEX)\b/;

  it('is touched by src/memory alone', () => {
    const others = sources.filter(source => layerOf(source.path) !== 'memory');
    const named = others.flatMap(({ path, text }) => {
      const name = OWN.exec(withoutComments(text))?.[1];
      return name === undefined ? [] : [`${path} names ${name}`];
    });
    assert.deepEqual(named, []);
    assert.ok(
      sources.some(source => OWN.test(withoutComments(source.text))),
      'the search finds what it looks for',
    );
  });
});

describe('optional packages', () => {
  it('are named by their own folder alone, however they are loaded', () => {
    for (const [folder, name] of [
      ['server', 'uWebSockets.js'],
      ['otel', '@opentelemetry/'],
    ] as const) {
      const named = sources
        .filter(({ text }) => new RegExp(`['"\`]${name}`).test(withoutComments(text)))
        .filter(({ path }) => layerOf(path) !== folder);
      assert.deepEqual(
        named.map(({ path }) => path),
        [],
        name,
      );
    }
  });

  it('are no dependencies: the package has none', () => {
    const manifest = JSON.parse(readProjectFile('package.json')) as Record<string, Record<string, unknown>>;
    assert.equal(manifest['dependencies'], undefined);
    assert.equal(manifest['optionalDependencies'], undefined);
    for (const peer of Object.keys(manifest['peerDependencies'] ?? {})) {
      assert.deepEqual(manifest['peerDependenciesMeta']?.[peer], { optional: true }, peer);
    }
  });
});
