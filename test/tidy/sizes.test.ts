import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourcesIn, withoutComments } from './sources.js';
import type { SourceFile } from './sources.js';

const FILE_LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;
const FOLDERS = ['src', 'workers', 'bench', 'test', 'examples'];
/** Named after the metric type of OpenMetrics. */
const INFO_TYPE = /^(src|test\/unit)\/primitives\/info\.(test\.)?ts$/;
const BANNED_NAMES = /(^|-)(utils?|helpers?|common|manager|data|info)(-|\.)/;
/** Spelled so that this file does not contain it. */
const UNFINISHED = new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'})\\b`);
const FOCUSED = /\b(it|test|describe|suite)\.(only|skip|todo)\(/;

/** Opens a block, but no function: these start with a word of their own, or have no parameters. */
const NO_FUNCTION =
  /^(export )?(default )?(abstract )?(class|interface|enum|namespace|type|if|for|while|switch|do|try|else|catch|finally|return \{|\{|case)\b|^\}|^> (extends|implements) /;
/** A list of tests is as long as it needs to be. */
const TEST_LIST = /^(function )?describe\w*\(/;

interface LongFunction {
  readonly line: number;
  readonly lines: number;
}

/** The functions of more than `linesMax` lines. Relies on the formatter: a function ends with a brace at its own indent. */
function longFunctionsIn(text: string, linesMax: number): LongFunction[] {
  const lines = withoutComments(text).split('\n');
  return lines.flatMap((line, index) => {
    const code = line.trim();
    if (!code.endsWith('{') || !/[)>]/.test(code) || NO_FUNCTION.test(code) || TEST_LIST.test(code))
      return [];
    const indent = line.length - line.trimStart().length;
    const isEnd = (other: string): boolean => other.startsWith(`${' '.repeat(indent)}}`);
    const length = lines.slice(index + 1).findIndex(isEnd) + 2;
    return length > linesMax ? [{ line: index + 1, lines: length }] : [];
  });
}

const sources: readonly SourceFile[] = sourcesIn(...FOLDERS);

describe('the sources', () => {
  it(`have at most ${FILE_LINES_MAX} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    assert.deepEqual(long, []);
  });

  it(`have functions of at most ${FUNCTION_LINES_MAX} lines`, () => {
    const long = sources.flatMap(({ path, text }) =>
      longFunctionsIn(text, FUNCTION_LINES_MAX).map(
        ({ line, lines }) => `${path}:${line} has ${lines} lines`,
      ),
    );
    assert.deepEqual(long, []);
  });

  it('have names that say what is in them', () => {
    const unnamed = sources
      .filter(({ path }) => !INFO_TYPE.test(path))
      .filter(({ path }) => path.split('/').some(part => BANNED_NAMES.test(`${part}.`)));
    assert.deepEqual(
      unnamed.map(({ path }) => path),
      [],
    );
  });

  it('are finished', () => {
    assert.deepEqual(
      sources.filter(({ text }) => UNFINISHED.test(text)).map(({ path }) => path),
      [],
    );
  });

  it('run all of their tests', () => {
    const focused = sources.filter(({ text }) => FOCUSED.test(withoutComments(text)));
    assert.deepEqual(
      focused.map(({ path }) => path),
      [],
    );
  });
});

describe('the scan for long functions', () => {
  it('finds functions, methods and arrows, and measures them from brace to brace', () => {
    const body = '  x;\n'.repeat(10);
    const STARTS = [
      'export function f(a: number): void {',
      'async function f<T>(): Promise<T> {',
      'const f = (a: number): void => {',
      'test(() => {',
      "it('does this', async test => {",
      '): void {',
    ];
    for (const start of STARTS) {
      assert.deepEqual(longFunctionsIn(`${start}\n${body}}\n`, 11), [{ line: 1, lines: 12 }], start);
      assert.deepEqual(longFunctionsIn(`${start}\n${body}}\n`, 12), [], start);
    }
    const method = `class A {\n  f(): void {\n${'    x;\n'.repeat(10)}  }\n}\n`;
    assert.deepEqual(longFunctionsIn(method, 11), [{ line: 2, lines: 12 }]);
  });

  it('does not take classes, lists of tests and conditions for functions', () => {
    for (const start of [
      'class A extends B<C> {',
      'if (a > b) {',
      "describe('a thing', () => {",
      'export interface A<T> {',
    ]) {
      assert.deepEqual(longFunctionsIn(`${start}\n${'  x;\n'.repeat(10)}}\n`, 5), [], start);
    }
  });
});
