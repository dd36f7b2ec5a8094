/** Sources: the TypeScript files of this project, as text. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The project's folder: compiled tests stand in dist/test/tidy. */
export const projectRoot = join(import.meta.dirname, '..', '..', '..');

export interface SourceFile {
  /** From the project's folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

export function readProjectFile(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** Every `.ts` file below the given folders, those that exist. */
export function sourcesIn(...folders: string[]): SourceFile[] {
  return folders
    .map(folder => join(projectRoot, folder))
    .filter(folder => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap(folder => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => relative(projectRoot, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map(path => ({ path, text: readProjectFile(path) }));
}

/** The code without its comments; line breaks stay, so that lines keep their numbers. */
export function withoutComments(text: string): string {
  // A string or template first: what looks like a comment inside it is none.
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|\/\*[^]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, match => (match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match));
}

/** The specifiers that a file imports, statically, dynamically or by require. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const patterns = [
    /\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\b(?:import|require|resolve)\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns.flatMap(pattern => [...code.matchAll(pattern)].map(match => match[1]!));
}
