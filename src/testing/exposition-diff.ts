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

/** Labels by name; bounds and quantiles as numbers, so that `le="1.0"` is `le="1"`; no empty values. */
function canonical(family: ExpositionFamily, sample: ExpositionSample): CanonicalSample {
  const { name, value, timestampMs } = sample;
  const part = partLabelOf(family.type, name.slice(family.name.length));
  const labels =
    part === undefined
      ? sample.labels
      : { ...sample.labels, [part]: textOfNumber(numberOf(sample.labels[part]!)!) };
  const pairs = Object.entries(labels)
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, text]) => `${label}="${escape(text).replaceAll('"', '\\"')}"`);
  const braces = pairs.length === 0 ? '' : `{${pairs.join()}}`;
  const time = timestampMs === undefined ? '' : ` ${timestampMs}`;
  return { key: sampleKey(name, labels), text: `${name}${braces} ${textOfNumber(value)}${time}`, sample };
}

/** Without the blanks around the text, which say nothing. */
function helpLine({ name, help }: ExpositionFamily): string {
  return help === undefined ? '' : `# HELP ${name} ${escape(help.trim())}`;
}

function typeLine({ name, type }: ExpositionFamily): string {
  return `# TYPE ${name} ${type}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
