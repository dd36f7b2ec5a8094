/** Option table: the table of a document that lists the options of a configuration, and what the code says of them. */
import assert from 'node:assert/strict';
import { readProjectFile } from './sources.js';

export interface OptionRow {
  readonly path: string;
  readonly shown: string;
  readonly range: string;
  readonly variables: string;
}

/** The rows of the table in the section of this heading. */
export function optionRows(text: string, heading: string): OptionRow[] {
  const start = text.indexOf(`\n## ${heading}\n`);
  assert.ok(start >= 0, `no section ${heading}`);
  const end = text.indexOf('\n## ', start + 1);
  const rows = text
    .slice(start, end < 0 ? undefined : end)
    .matchAll(/^\| `([a-z][\w.]+)` +\| ([^|]*) \| ([^|]*) \| ([^|]*) \|/gim);
  return [...rows].map(([, path, shown, range, variables]) => ({
    path: path!,
    shown: shown!.trim(),
    range: range!.trim(),
    variables: variables!,
  }));
}

/** The options of the interface `type`, as a source file has them; those of `sections` by the interface of each. */
export function declaredOptions(
  file: string,
  type: string,
  sections: Readonly<Record<string, readonly [file: string, type: string]>>,
): string[] {
  const namesIn = (of: string, name: string): string[] => {
    const body = new RegExp(`interface ${name} \\{([^]*?)\\n\\}`).exec(readProjectFile(of))![1]!;
    return [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(match => match[1]!);
  };
  return namesIn(file, type).flatMap(name =>
    name in sections ? namesIn(...sections[name]!).map(inner => `${name}.${inner}`) : [name],
  );
}

const numberOf = (text: string): number => Number(text.replaceAll(',', ''));

/** Defaults that are numbers are those of the settings. */
export function checkDefaults(rows: readonly OptionRow[], defaults: object): void {
  const numbers = rows.filter(({ shown }) => /^[\d,]+$/.test(shown));
  assert.ok(numbers.length > 5);
  for (const { path, shown } of numbers) assert.equal(valueAt(defaults, path), numberOf(shown), path);
}

/** Ranges of numbers are those outside of which a value is refused. */
export function checkRanges(rows: readonly OptionRow[], settingsOf: (config: object) => unknown): void {
  const ranges = rows.filter(({ range }) => range.includes('..'));
  assert.ok(ranges.length > 5);
  for (const { path, range } of ranges) {
    const [min, max] = range.split('..').map(numberOf) as [number, number];
    const wanted = `${path} is [^;]*; it must be an integer in ${min}\\.\\.${max}$`;
    for (const value of [min - 1, max + 1])
      assert.throws(() => settingsOf(configOf(path, value)), new RegExp(wanted), `${path} ${value}`);
  }
}

/** `{ batch: { delayMs: 5 } }` for `batch.delayMs`. */
function configOf(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}

function valueAt(settings: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], settings);
}
