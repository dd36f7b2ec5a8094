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

/** Calls of the OpenTelemetry API, in the same words for both of its providers. */
const API_PROVIDERS = [
  ['threadtally', 'opentelemetry-slots'],
  ['OpenTelemetry SDK', 'opentelemetry'],
] as const;

const API_OPERATIONS = [
  ['counter.add(1, { two attributes })', 'counter-inc-object'],
  ['histogram.record(value, attributes), 11 bounds', 'histogram-observe'],
  ['bindInstrument(counter, attributes).add(1)', 'bound-add'],
  ['bindInstrument(histogram, attributes).record(value)', 'bound-record'],
] as const;

const BLOCKED_LIBRARIES = [
  ['threadtally', 'threadtally'],
  ['@prometheus-io/client 0.16, WorkerRegistry', 'prometheus-io'],
] as const;

const BLOCKED_READINGS = [
  ['first scrape', 'msFirst', 'ms'],
  ['events in it', 'percentFirst', '%'],
  ['next scrape', 'msNext', 'ms'],
  ['events in it', 'percentNext', '%'],
  ['when it blocks no more', 'msAfter', 'ms'],
  ['events then', 'percentAfter', '%'],
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
    operationsTable(results, OPERATIONS, LIBRARIES),
    'The OpenTelemetry API, recording through `startMeterProvider()` of threadtally and through its own SDK:',
    operationsTable(results, API_OPERATIONS, API_PROVIDERS),
    'Three workers have recorded; then one has crashed, and one blocks its event loop, while the main thread scrapes:',
    blockedTable(results),
    'What was promised, and whether it was kept:',
    goalsTable(results),
  ].join('\n\n');
}

type Named = readonly (readonly [text: string, id: string])[];

function operationsTable(results: readonly AreaResult[], operations: Named, libraries: Named): string {
  const rows = operations.map(([text, id]) => [
    text,
    ...libraries.map(([, library]) => cellOf(results, `${id}/${library}`)),
  ]);
  return markdownTable(['', ...libraries.map(([name]) => name)], rows, 1);
}

function blockedTable(results: readonly AreaResult[]): string {
  const rows = BLOCKED_LIBRARIES.map(([name, library]) => [
    name,
    ...BLOCKED_READINGS.map(([, reading, unit]) => {
      const value = readingOf(results, 'blocked', `blocked/${library}`, reading);
      return value === undefined ? '-' : `${formatNumber(value, 0)} ${unit}`;
    }),
  ]);
  return markdownTable(['', ...BLOCKED_READINGS.map(([heading]) => heading)], rows, 1);
}

function cellOf(results: readonly AreaResult[], id: string): string {
  const ns = readingOf(results, 'micro', id, 'nsMedian');
  const bytes = readingOf(results, 'micro', id, 'bytesPerCall');
  if (ns === undefined) return '-';
  const digits = ns < 10 ? 1 : 0;
  return `${formatNumber(ns, digits)} ns, ${formatNumber(bytes ?? 0, 0)} B`;
}
