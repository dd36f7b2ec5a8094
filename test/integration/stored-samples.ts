/** What a backend has, compared with what was recorded: every sample of both, whatever the spelling of numbers. */
import type { RecordedSample } from './recorded-samples.js';
import type { QueryResult } from './scraping-prometheus.js';

export interface StoredSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Labels that a backend adds to tell its targets apart. */
const TARGET_LABELS: ReadonlySet<string> = new Set(['job', 'instance']);
/** Their values are numbers, which one format writes as `1` and another as `1.0`. */
const NUMBER_LABELS: ReadonlySet<string> = new Set(['le', 'quantile']);
/** What a backend says of the scrape itself. */
const OF_THE_SCRAPE = /^(up|scrape_.*)$/;

/** As the text formats and the APIs write numbers. */
export function numberOf(text: string): number {
  if (/^[+-]?Inf(inity)?$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

/** Equal for two spellings of one series, and for no others. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([label]) => label !== '__name__' && !TARGET_LABELS.has(label))
    .map(([label, value]) => [label, NUMBER_LABELS.has(label) ? String(numberOf(value)) : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name} ${JSON.stringify(pairs)}`;
}

/** The samples of an answer, without native histograms and without what the backend says of its scrapes. */
export function storedSamples(results: readonly QueryResult[]): StoredSample[] {
  return results.flatMap(({ metric, value }) => {
    const name = metric['__name__'] ?? '';
    if (OF_THE_SCRAPE.test(name) || value === undefined) return [];
    return [{ name, labels: metric, value: numberOf(value[1]) }];
  });
}

/** A line for each sample that is missing, that is one too many, or whose value is another. */
export function differences(expected: readonly RecordedSample[], found: readonly StoredSample[]): string[] {
  const lines: string[] = [];
  const left = new Map<string, number>();
  for (const { name, labels, value } of found) {
    const key = seriesKey(name, labels);
    if (left.has(key)) lines.push(`twice: ${key}`);
    left.set(key, value);
  }
  for (const { name, labels, value, relativeError = 0 } of expected) {
    const key = seriesKey(name, labels);
    const stored = left.get(key);
    if (stored === undefined) lines.push(`missing: ${key} ${value}`);
    else if (!isClose(stored, value, relativeError)) lines.push(`${key}: ${stored} instead of ${value}`);
    left.delete(key);
  }
  return [...lines, ...[...left].map(([key, value]) => `unexpected: ${key} ${value}`)];
}

function isClose(stored: number, value: number, relativeError: number): boolean {
  if (Number.isNaN(value)) return Number.isNaN(stored);
  return stored === value || Math.abs(stored - value) <= relativeError * Math.abs(value);
}
