/** The reference lists what the entry points export, and what the sources say of options, errors and warnings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFrom } from '../../src/registry/registry-options.js';
import { readProjectFile, sourcesIn, withoutComments } from './sources.js';

const REFERENCE = readProjectFile('docs/reference.md');
const ENTRY_POINTS: readonly (readonly [heading: string, file: string])[] = [
  ['threadtally', 'src/index.ts'],
  ['threadtally/server', 'src/server/index.ts'],
  ['threadtally/testing', 'src/testing/index.ts'],
  ['threadtally/catalog', 'src/catalog/index.ts'],
  ['threadtally/otel', 'src/otel/index.ts'],
];

function sectionOf(heading: string, text = REFERENCE): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  assert.ok(start >= 0, `no section ${heading}`);
  const end = text.indexOf('\n## ', start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The names that a module exports, types included. */
function exportsOf(text: string): string[] {
  const code = withoutComments(text);
  const lists = [...code.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}/g)].flatMap(([, list]) =>
    list!.split(','),
  );
  const named = lists
    .map(entry => entry.trim().replace(/^type\s+/, ''))
    .filter(entry => entry !== '')
    .map(entry => /(\S+)$/.exec(entry)![1]!);
  const declared = [
    ...code.matchAll(
      /\bexport\s+(?:declare\s+|abstract\s+|async\s+)*(?:class|function|const|let|type|interface|enum)\s+(\w+)/g,
    ),
  ].map(match => match[1]!);
  return [...named, ...declared].sort();
}

function missingIn(section: string, names: readonly string[]): string[] {
  const rows = new Set([...section.matchAll(/^\| `(\w+)` +\|/gm)].map(match => match[1]!));
  return names.filter(name => !rows.has(name));
}

function foundIn(pattern: RegExp): string[] {
  return [...new Set(sourcesIn('src').flatMap(({ text }) => text.match(pattern) ?? []))].sort();
}

describe('docs/reference.md', () => {
  it('has an entry point for each one of package.json', () => {
    const { name, exports } = JSON.parse(readProjectFile('package.json')) as {
      name: string;
      exports: Record<string, string | { types: string }>;
    };
    const listed = Object.entries(exports).flatMap(([path, target]) =>
      typeof target === 'string'
        ? []
        : [`${name}${path.slice(1)} ${target.types.replace('./dist/', '').replace(/\.d\.ts$/, '.ts')}`],
    );
    assert.deepEqual(listed.sort(), ENTRY_POINTS.map(entry => entry.join(' ')).sort());
  });

  for (const [heading, file] of ENTRY_POINTS) {
    it(`lists every export of ${heading}, and in the right section`, () => {
      const names = exportsOf(readProjectFile(file));
      assert.ok(names.length > 0);
      assert.deepEqual(missingIn(sectionOf(heading), names), []);
    });
  }

  it('is found to lack an export that it does not list', () => {
    const source = "export { Counter as Tally } from './a.js'; export type { Labels, Other } from './b.js';";
    assert.deepEqual(missingIn(sectionOf('threadtally'), exportsOf(source)), ['Other', 'Tally']);
  });

  it('lists every option of a registry with its default and its range', () => {
    const defaults = settingsFrom({});
    const table = REFERENCE.slice(REFERENCE.indexOf('### Options of a registry'));
    const rows = [
      ...table.slice(0, table.indexOf('\n## ')).matchAll(/^\| `(\w+)` +\| ([^|]*) \| ([^|]*) \|/gm),
    ];
    assert.deepEqual(rows.map(row => row[1]).sort(), Object.keys(defaults).sort());
    for (const [, name, shown, range] of rows) {
      const value = defaults[name as keyof typeof defaults];
      if (/^[\d,.]+\s*$/.test(shown!)) assert.equal(Number(shown!.replaceAll(',', '')), value, name);
      const limits = /^([\d,.]+?)\.\.([\d,.]+)\s*$/.exec(range!);
      if (limits === null) continue;
      const [min, max] = limits.slice(1).map(text => text.replaceAll(',', ''));
      for (const beyond of [Number(min) - 0.001, Number(max) + 1]) {
        assert.throws(
          () => settingsFrom({ [name!]: beyond }),
          (error: Error) => error.message.includes(`in ${min}..${max}`),
          `${name} ${beyond}`,
        );
      }
    }
  });

  it('names every code of an error and of a warning, and every family of the package itself', () => {
    const codes = foundIn(/'(?:ERR|THREADTALLY)_[A-Z_]+'/g).map(code => code.slice(1, -1));
    const families = foundIn(/'threadtally_\w+_total'/g).map(family => family.slice(1, -1));
    assert.ok(codes.length > 10 && families.length > 3);
    for (const name of [...codes, ...families]) assert.ok(REFERENCE.includes(`\`${name}\``), name);
  });
});
