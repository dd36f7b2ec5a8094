/** Exposition diff: two expositions compared by what they mean, and their differences as lines. */
import type { ExpositionFamily, ExpositionSample } from './exposition-parser.js';
import { partLabelOf, sampleKey } from './exposition-parser.js';
import { numberOf, textOfNumber } from './number-text.js';

export interface ComparisonOptions {
  /** Leaves HELP lines out of the comparison. */
  readonly ignoreHelp?: boolean;
  /** How far a value may be from the expected one; both may be given as they are. Default 0. */
  readonly tolerance?: number;
}

/** Names that stand without quotes. */
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A sample in its canonical spelling. */
interface CanonicalSample {
  readonly key: string;
  readonly text: string;
  readonly sample: ExpositionSample;
}

/**
 * What differs, line by line: `-` for what was expected, `+` for what is there; the TYPE line of a family stands before its
 * samples. Empty when both mean the same.
 */
export function differencesOf(
  actual: readonly ExpositionFamily[],
  expected: readonly ExpositionFamily[],
  options: ComparisonOptions,
): string[] {
  const left = new Map(actual.map(family => [family.name, family]));
  const lines: string[] = [];
  for (const family of expected) {
    const found = left.get(family.name);
    left.delete(family.name);
    if (found === undefined) lines.push(...linesOf(family, options).map(line => `- ${line}`));
    else lines.push(...familyDifferences(found, family, options));
  }
  for (const family of left.values()) lines.push(...linesOf(family, options).map(line => `+ ${line}`));
  return lines;
}

/** A family in its canonical spelling. */
export function linesOf(family: ExpositionFamily, { ignoreHelp = false }: ComparisonOptions): string[] {
  const samples = family.samples.map(sample => canonical(family, sample).text);
  const help = ignoreHelp ? [] : [helpLine(family)];
  return [...help, typeLine(family), ...samples].filter(line => line !== '');
}

function familyDifferences(
  actual: ExpositionFamily,
  expected: ExpositionFamily,
  options: ComparisonOptions,
): string[] {
  const isTypeSame = actual.type === expected.type;
  const lines = [
    ...(options.ignoreHelp === true ? [] : changed(helpLine(actual), helpLine(expected))),
    ...(isTypeSame ? [`  ${typeLine(expected)}`] : changed(typeLine(actual), typeLine(expected))),
    ...sampleDifferences(actual, expected, options.tolerance ?? 0),
  ];
  // The TYPE line alone says only where the others would belong.
  return isTypeSame && lines.length === 1 ? [] : lines;
}

function sampleDifferences(
  actual: ExpositionFamily,
  expected: ExpositionFamily,
  tolerance: number,
): string[] {
  const left = new Map(actual.samples.map(sample => canonical(actual, sample)).map(one => [one.key, one]));
  const lines: string[] = [];
  for (const sample of expected.samples) {
    const wanted = canonical(expected, sample);
    const found = left.get(wanted.key);
    left.delete(wanted.key);
    if (found !== undefined && isSame(found.sample, sample, tolerance)) continue;
    lines.push(`- ${wanted.text}`);
    if (found !== undefined) lines.push(`+ ${found.text}`);
  }
  for (const { text } of left.values()) lines.push(`+ ${text}`);
  return lines;
}

function isSame(actual: ExpositionSample, expected: ExpositionSample, tolerance: number): boolean {
  if (actual.timestampMs !== expected.timestampMs) return false;
  if (Number.isNaN(actual.value) || Number.isNaN(expected.value))
    return Number.isNaN(actual.value) && Number.isNaN(expected.value);
  return actual.value === expected.value || Math.abs(actual.value - expected.value) <= tolerance;
}

function changed(actual: string, expected: string): string[] {
  if (actual === expected) return [];
  return [...(expected === '' ? [] : [`- ${expected}`]), ...(actual === '' ? [] : [`+ ${actual}`])];
}

/** Labels with the bound or the quantile as a number, so that `le="1.0"` is `le="1"`, when they are those of such a sample. */
export function withNumber(
  labels: Readonly<Record<string, string>>,
  family: ExpositionFamily,
  sampleName: string,
): Readonly<Record<string, string>> {
  const part = partLabelOf(family.type, sampleName.slice(family.name.length));
  const number = part === undefined ? undefined : numberOf(labels[part] ?? '');
  return number === undefined ? labels : { ...labels, [part!]: textOfNumber(number) };
}

/** Labels by name, numbers as withNumber() has them, no empty values. */
function canonical(family: ExpositionFamily, sample: ExpositionSample): CanonicalSample {
  const { name, value, timestampMs } = sample;
  const labels = withNumber(sample.labels, family, name);
  const pairs = Object.entries(labels)
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, text]) => `${nameText(label, LABEL_NAME)}=${quoted(text)}`);
  const series = seriesText(name, pairs);
  const time = timestampMs === undefined ? '' : ` ${timestampMs}`;
  return { key: sampleKey(name, labels), text: `${series} ${textOfNumber(value)}${time}`, sample };
}

/** A name in quotes stands inside the braces. */
function seriesText(name: string, pairs: readonly string[]): string {
  if (!METRIC_NAME.test(name)) return `{${[quoted(name), ...pairs].join()}}`;
  return pairs.length === 0 ? name : `${name}{${pairs.join()}}`;
}

function nameText(name: string, bare: RegExp): string {
  return bare.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', '\\"')}"`;
}

/** Without the blanks around the text, which say nothing. */
function helpLine({ name, help }: ExpositionFamily): string {
  return help === undefined ? '' : `# HELP ${nameText(name, METRIC_NAME)} ${escape(help.trim())}`;
}

function typeLine({ name, type }: ExpositionFamily): string {
  return `# TYPE ${nameText(name, METRIC_NAME)} ${type}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
