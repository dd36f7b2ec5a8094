/** Assertions for programs that use metrics: what a registry shows is what a test expects. */
import { AssertionError } from 'node:assert';
import { differencesOf, linesOf, withNumber } from './exposition-diff.js';
import type { ComparisonOptions } from './exposition-diff.js';
import { ExpositionSyntaxError, parseExposition, sampleKey } from './exposition-parser.js';
import type { ExpositionFamily } from './exposition-parser.js';

/** A registry: whatever renders the text format 0.0.4. */
export interface MetricsSource {
  metrics(): Promise<string>;
  /**
   * What a registry of this package has: it is asked for the text format 1.0.0, in which names of any characters stand as
   * they are. Without it, metrics() is called.
   */
  render?(options: { readonly accept: string }): Promise<SourceRendering>;
}

interface SourceRendering {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly release: () => void;
}

const ACCEPT = 'text/plain;version=1.0.0;escaping=allow-utf-8';
const TEXT_TYPE = 'text/plain; version=1.0.0;';

export interface ExpositionOptions extends ComparisonOptions {
  /** Families that are compared, by the name in their TYPE line; all others may be there or not. Default: all. */
  readonly names?: readonly string[];
}

/** Enough to see what is wrong; a whole exposition may have thousands. */
const DIFFERENCES_MAX = 100;

/**
 * Passes when an exposition means the same as the expected text: the same families, types, helps and samples. The order of
 * families, samples and labels does not matter, nor do comments, blanks and the spelling of numbers; NaN equals NaN.
 *
 * @param actual a text of the format 0.0.4 or 1.0.0, or a registry, which is scraped: its collect callbacks run
 * @param expected text of the format 0.0.4 or 1.0.0; lines may be indented
 * @throws AssertionError whose message shows what differs, or the line of a text that is none of the format; rejects with
 *   what the registry throws
 */
export async function assertExposition(
  actual: string | MetricsSource,
  expected: string,
  options: ExpositionOptions = {},
): Promise<void> {
  const wanted = parsed(expected.endsWith('\n') ? expected : `${expected}\n`, 'expected');
  const found = parsed(await textOf(actual), 'actual');
  checkNames(options.names, [...wanted, ...found]);
  const isCompared = ({ name }: ExpositionFamily): boolean => options.names?.includes(name) ?? true;
  const [left, right] = [found.filter(isCompared), wanted.filter(isCompared)];
  const differences = differencesOf(left, right, options);
  if (differences.length === 0) return;
  throw new AssertionError({
    message: `the exposition is not the expected one (- expected, + actual):\n${shortened(differences).join('\n')}`,
    actual: left.flatMap(family => linesOf(family, options)).join('\n'),
    expected: right.flatMap(family => linesOf(family, options)).join('\n'),
    operator: 'assertExposition',
    stackStartFn: assertExposition,
  });
}

/**
 * The value of one sample of an exposition.
 *
 * @param source as assertExposition takes it
 * @param name with its suffix, as `duration_seconds_count`, as it was defined and not as an escaping has it
 * @param labels all of them, those of a bucket with `le`; its number, as that of `quantile`, in any spelling
 * @returns undefined when there is no such sample
 * @throws ExpositionSyntaxError when the text is none of the format
 */
export async function sampleValue(
  source: string | MetricsSource,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  for (const family of parseExposition(await textOf(source))) {
    const wanted = sampleKey(name, withNumber(labels, family, name));
    const found = family.samples.find(
      sample => sampleKey(sample.name, withNumber(sample.labels, family, sample.name)) === wanted,
    );
    if (found !== undefined) return found.value;
  }
  return undefined;
}

async function textOf(source: string | MetricsSource): Promise<string> {
  if (typeof source === 'string') return source;
  const rendering = await source.render?.({ accept: ACCEPT });
  if (rendering?.contentType.startsWith(TEXT_TYPE) !== true) return source.metrics();
  const text = Buffer.from(rendering.body).toString();
  rendering.release();
  return text;
}

function parsed(text: string, which: string): ExpositionFamily[] {
  try {
    return parseExposition(text);
  } catch (error) {
    if (!(error instanceof ExpositionSyntaxError)) throw error;
    throw new AssertionError({ message: `the ${which} text is no exposition: ${error.message}` });
  }
}

/** A name that nothing has would compare nothing, for ever. */
function checkNames(names: readonly string[] | undefined, families: readonly ExpositionFamily[]): void {
  const unknown = names?.filter(name => !families.some(family => family.name === name)) ?? [];
  if (unknown.length === 0) return;
  throw new AssertionError({
    message: `names: neither the actual nor the expected exposition has a family ${unknown.join(', ')}`,
  });
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= DIFFERENCES_MAX) return lines;
  return [...lines.slice(0, DIFFERENCES_MAX), `... and ${lines.length - DIFFERENCES_MAX} more lines`];
}
