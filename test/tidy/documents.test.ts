/** The documents: where their links lead, and what they say of the folders and names of src. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot, readProjectFile, sourcesIn } from './sources.js';

const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name.replaceAll('\\', '/')}`),
];

/** The addresses of the links of a document that are no URLs. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!).filter(link => !/^\w+:/.test(link));
}

/** The anchors that headings get, in the way that GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(match =>
    match[1]!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** What is wrong with the links of a document, as `path: link`. */
function problemsOf(path: string, text: string): string[] {
  return linksOf(text).filter(link => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file);
    if (!existsSync(join(projectRoot, target))) return true;
    const found = file === '' ? text : anchor === undefined ? '' : readProjectFile(target);
    return anchor !== undefined && !anchorsOf(found).includes(anchor);
  });
}

const isPlace = (path: string): boolean => existsSync(join(projectRoot, path));

describe('links of documents', () => {
  for (const path of DOCUMENTS)
    it(`lead somewhere in ${path}`, () => assert.deepEqual(problemsOf(path, readProjectFile(path)), []));

  it('are checked: a file and a heading that there are not are found', () => {
    const text =
      '# Here\n[a](no.md) [b](#there) [c](#here) [d](docs/glossary.md#memory) [e](docs/glossary.md#x)\n';
    assert.deepEqual(problemsOf('README.md', text), ['no.md', '#there', 'docs/glossary.md#x']);
  });

  it('of the README to guides lead to files of the package', () => {
    const { files } = JSON.parse(readProjectFile('package.json')) as { files: string[] };
    const guides = linksOf(readProjectFile('README.md')).filter(link => link.startsWith('docs/'));
    assert.ok(guides.length > 15, `${guides.length} links`);
    assert.ok(files.includes('docs'));
  });
});

describe('paths in the text of documents', () => {
  for (const path of DOCUMENTS) {
    it(`are those of files in ${path}`, () => {
      const paths = [...readProjectFile(path).matchAll(/`((?:test|src|docs|bench|examples)\/[^`\s]*)`/g)];
      assert.deepEqual(
        paths.map(match => match[1]!).filter(name => !isPlace(name)),
        [],
      );
    });
  }

  it('are checked: a file and a folder that there are not are found', () => {
    assert.ok(isPlace('src/memory') && isPlace('src/memory/layout.ts') && isPlace('test/property/'));
    assert.ok(!isPlace('src/memory/no.ts') && !isPlace('src/no'));
  });
});

describe('README.md', () => {
  it('leads to every document', () => {
    const linked = linksOf(readProjectFile('README.md')).map(link => link.split('#')[0]);
    assert.deepEqual(
      DOCUMENTS.filter(path => path !== 'README.md' && !linked.includes(path)),
      [],
    );
  });
});

describe('docs/architecture.md', () => {
  it('lists every folder and entry point of src, and no other', () => {
    const text = readProjectFile('docs/architecture.md');
    const [, tree = ''] = /^src\/\n([^]*?)^workers\//m.exec(text) ?? [];
    const listed = [...tree.matchAll(/^ {2}(\S+)/gm)].map(match => match[1]!);
    const there = readdirSync(join(projectRoot, 'src'), { withFileTypes: true });
    assert.deepEqual(listed.sort(), there.map(entry => entry.name + (entry.isDirectory() ? '/' : '')).sort());
  });
});

describe('docs/glossary.md', () => {
  it('names nothing of the code that there is not', () => {
    const code = sourcesIn('src').map(({ text }) => text);
    const cells = [...readProjectFile('docs/glossary.md').matchAll(/\|([^|]*)\|$/gm)].map(match => match[1]!);
    const names = cells.flatMap(cell =>
      [...cell.matchAll(/`([\w.]+)(?:\(\.*\))?`/g)].map(match => match[1]!),
    );
    const words = names.flatMap(name => name.split('.'));
    assert.ok(words.length > 50, `${words.length} names`);
    const isThere = (word: string): boolean => code.some(text => new RegExp(`\\b${word}\\b`).test(text));
    assert.deepEqual(
      words.filter(word => !isThere(word)),
      [],
    );
  });
});
