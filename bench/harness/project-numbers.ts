/** Project numbers: the part of the project's README that says what was measured. */
import { goalsTable } from './goals.js';
import { formatNumber, markdownTable } from './markdown-table.js';
import type { AreaResult } from './result-file.js';
import { readingOf } from './result-file.js';

export const NUMBERS_BEGIN = '<!-- numbers: written by `npm run bench`, checked by test/tidy -->';
export const NUMBERS_END = '<!-- /numbers -->';

const LIBRARIES = [
  ['threadtally', 'striped'],
  ['threadtally, atomic cells', 'atomic'],
  ['prom-client 15', 'prom-client'],
  ['@prometheus-io/client 0.16', 'prometheus-io'],
  ['OpenTelemetry SDK', 'opentelemetry'],
] as const;

const OPERATIONS = [
  ['counter, kept handle: inc()', 'counter-inc'],
  ['gauge, kept handle: set()', 'gauge-set'],
  ['histogram of 11 bounds, kept handle: observe()', 'histogram-observe'],
  ['native histogram, kept handle: observe()', 'native-cycle'],
  ['summary, kept handle: observe()', 'summary-cycle'],
  ['counter by label object (2 labels): inc()', 'counter-inc-object'],
] as const;

/** The README with its numbers made anew; unchanged when there are no results. */
export function withProjectNumbers(readme: string, results: readonly AreaResult[]): string {
  const begin = readme.indexOf(NUMBERS_BEGIN);
  const end = readme.indexOf(NUMBERS_END);
  if (begin < 0 || end < 0) throw new Error('the README has no place for the numbers');
  const numbers = projectNumbers(results);
  if (numbers === undefined) return readme;
  return `${readme.slice(0, begin)}${NUMBERS_BEGIN}\n\n${numbers}\n\n${readme.slice(end)}`;
}

function projectNumbers(results: readonly AreaResult[]): string | undefined {
  const micro = results.find(result => result.area === 'micro');
  if (micro === undefined) return undefined;
  const { machine, date } = micro;
  const measured =
    `Medians, measured ${date.slice(0, 10)} on ${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}; ` +
    'nanoseconds for one call in one thread, and bytes that it allocates.';
  return [
    measured,
    operationsTable(results),
    'What was promised, and whether it was kept:',
    goalsTable(results),
  ].join('\n\n');
}

function operationsTable(results: readonly AreaResult[]): string {
  const rows = OPERATIONS.map(([text, id]) => [
    text,
    ...LIBRARIES.map(([, library]) => cellOf(results, `${id}/${library}`)),
  ]);
  return markdownTable(['', ...LIBRARIES.map(([name]) => name)], rows, 1);
}

function cellOf(results: readonly AreaResult[], id: string): string {
  const ns = readingOf(results, 'micro', id, 'nsMedian');
  const bytes = readingOf(results, 'micro', id, 'bytesPerCall');
  if (ns === undefined) return '-';
  const digits = ns < 10 ? 1 : 0;
  return `${formatNumber(ns, digits)} ns, ${formatNumber(bytes ?? 0, 0)} B`;
}
