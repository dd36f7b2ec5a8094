/** Goals: what was promised before anything was measured, and whether it was kept. */
import { formatNumber, markdownTable } from './markdown-table.js';
import type { AreaResult } from './result-file.js';
import { readingOf } from './result-file.js';
import type { AreaName } from './preset.js';
import type { ReceiverKind } from '../otel/case-list.js';
import { BATCH_EVENTS, RATIO } from '../otel/case-list.js';

interface Goal {
  readonly text: string;
  readonly unit: string;
  readonly limit: number;
  readonly isAtLeast?: boolean;
  /** Said when it is missed. */
  readonly ifMissed?: string;
  /** Undefined when the results lack it. */
  measured(results: readonly AreaResult[]): number | undefined;
}

const STRIPED = 'striped';
const SHARED_CORE =
  'the rows of two threads on words of their own say what this machine takes for no sharing at all';
const PLAIN_LOOP = 'checks that an unrolled loop makes once for several calls are made for each';

export const GOALS: readonly Goal[] = [
  atMost('counter, kept handle, inc()', 'ns', 1, 'micro', `counter-inc/${STRIPED}`, 'nsMedian'),
  {
    ...atMost('the same, in a plain loop', 'ns', 1, 'micro', `counter-inc/${STRIPED}`, 'nsPlainLoop'),
    ifMissed: PLAIN_LOOP,
  },
  atMost('gauge, kept handle, set()', 'ns', 1, 'micro', `gauge-set/${STRIPED}`, 'nsMedian'),
  {
    ...atMost('the same, in a plain loop', 'ns', 1, 'micro', `gauge-set/${STRIPED}`, 'nsPlainLoop'),
    ifMissed: PLAIN_LOOP,
  },
  atMost('histogram, 11 bounds, one value', 'ns', 5, 'micro', `histogram-observe/${STRIPED}`, 'nsMedian'),
  atMost('histogram, 11 bounds, 16,384 values', 'ns', 5, 'micro', `histogram-cycle/${STRIPED}`, 'nsMedian'),
  atMost('native histogram, one value', 'ns', 6, 'micro', `native-observe/${STRIPED}`, 'nsMedian'),
  atMost('native histogram, 16,384 values', 'ns', 6, 'micro', `native-cycle/${STRIPED}`, 'nsMedian'),
  atMost(
    'classic and native histogram, 16,384 values',
    'ns',
    10,
    'micro',
    `dual-cycle/${STRIPED}`,
    'nsMedian',
  ),
  atMost('summary, one value', 'ns', 6, 'micro', `summary-observe/${STRIPED}`, 'nsMedian'),
  atMost('summary, 16,384 values', 'ns', 6, 'micro', `summary-cycle/${STRIPED}`, 'nsMedian'),
  atMost('counter by label object, inc()', 'ns', 35, 'micro', `counter-by-object/${STRIPED}`, 'nsMedian'),
  {
    text: 'allocated by these, with a label object that is kept',
    unit: 'bytes',
    limit: 0,
    measured: results => {
      const operations = [
        'counter-inc',
        'gauge-set',
        'histogram-observe',
        'histogram-cycle',
        'native-cycle',
        'dual-cycle',
        'summary-cycle',
        'summary-window-cycle',
        'counter-by-kept-object',
      ];
      const bytes = operations.map(name => readingOf(results, 'micro', `${name}/${STRIPED}`, 'bytesPerCall'));
      return bytes.includes(undefined) ? undefined : Math.max(...(bytes as number[]));
    },
  },
  {
    ...atMost(
      'allocated with an object literal',
      'bytes',
      0,
      'micro',
      `counter-by-object/${STRIPED}`,
      'bytesPerCall',
    ),
    ifMissed: 'the literal itself, which the caller makes',
  },
  atMost(
    'OpenTelemetry API: counter.add(1, { two attributes })',
    'ns',
    60,
    'micro',
    'counter-inc-object/opentelemetry-slots',
    'nsMedian',
  ),
  atMost('the same, bound: add(1)', 'ns', 3, 'micro', 'bound-add/opentelemetry-slots', 'nsMedian'),
  atMost('allocated by it', 'bytes', 0, 'micro', 'bound-add/opentelemetry-slots', 'bytesPerCall'),
  timesFaster('counter, kept handle, inc(): than a kept child of prom-client', 100, 'counter-inc'),
  timesFaster('histogram, one value: than a kept child of prom-client', 40, 'histogram-observe'),
  timesFaster('histogram, 16,384 values: than a kept child of prom-client', 40, 'histogram-cycle'),
  {
    ...atMost('two threads on one counter, against one', 'x', 1.3, 'contention', 'counter/striped', 'ratio'),
    ifMissed: SHARED_CORE,
  },
  {
    ...atMost(
      'two threads on one histogram, against one',
      'x',
      1.3,
      'contention',
      'histogram/striped',
      'ratio',
    ),
    ifMissed: SHARED_CORE,
  },
  atMost(
    'render 10,000 counters over 2 stripes',
    'ms',
    0.5,
    'scrape',
    'counters-10k/threadtally',
    'msMedian',
  ),
  atMost('the same as text 1.0.0', 'ms', 0.5, 'scrape', 'counters-10k/threadtally-text-1', 'msMedian'),
  atMost('the same as OpenMetrics', 'ms', 0.5, 'scrape', 'counters-10k/threadtally-openmetrics', 'msMedian'),
  atMost('the same as protobuf', 'ms', 0.5, 'scrape', 'counters-10k/threadtally-protobuf', 'msMedian'),
  atMost('render 1,000 histograms of 14 lines', 'ms', 0.6, 'scrape', 'histograms-1k/threadtally', 'msMedian'),
  ...(['prom-client', 'prometheus-io'] as const).flatMap(peer => [
    timesFasterRender(`10,000 counters: than ${peer}`, 25, 'counters-10k', peer),
    timesFasterRender(`1,000 histograms: than ${peer}`, 25, 'histograms-1k', peer),
  ]),
  atMost(
    'render 1,000,000 counters, longest block of the event loop',
    'ms',
    10,
    'scrape',
    'counters-1m-blocks/threadtally',
    'msBlock',
  ),
  atMost('the same, all blocks together', 'ms', 80, 'scrape', 'counters-1m-blocks/threadtally', 'msMedian'),
  {
    ...atMost(
      'longest block of the first render of these',
      'ms',
      10,
      'scrape',
      'counters-1m-blocks/threadtally',
      'msBlockFirst',
    ),
    ifMissed:
      'the threads of V8 that compile and collect meanwhile take the cores; what is left without that is in the next row',
  },
  atMost(
    'the same, less the time it waited for a core',
    'ms',
    10,
    'scrape',
    'counters-1m-blocks/threadtally',
    'msBlockFirstOnCore',
  ),
  {
    text: 'time for each series, 10,000 to 1,000,000: the most against the least',
    unit: 'x',
    limit: 1.5,
    measured: results => {
      const times = ['10k', '100k', '1m'].map(size =>
        readingOf(results, 'scrape', `counters-${size}-blocks/threadtally`, 'nsPerSeries'),
      );
      if (times.includes(undefined)) return undefined;
      return Math.max(...(times as number[])) / Math.min(...(times as number[]));
    },
  },
  {
    ...atMost('HTTP scrape while 2 workers record, p95', 'ms', 5, 'scrape', 'http-10k/threadtally', 'msP95'),
    ifMissed:
      'where no core is left over by the recording threads, the server waits for one; see the rows below',
  },
  atMost(
    'the same while 2 workers of lower priority record, p95',
    'ms',
    5,
    'scrape',
    'http-10k-nice/threadtally',
    'msP95',
  ),
  atMost('the same while 1 worker records, p95', 'ms', 5, 'scrape', 'http-10k-one/threadtally', 'msP95'),
  atMost(
    'scrape of 3 workers, one crashed, one blocked',
    'ms',
    150,
    'blocked',
    'blocked/threadtally',
    'msFirst',
  ),
  costOfTracing('tracing of a tenth of the batches: of the CPU time of the whole job', 1, 'healthy'),
  costOfTracing('the same with a receiver that is down', 2, 'down'),
  costOfTracing('the same with a receiver that answers after 30 s', 2, 'slow'),
  costOfTracing('the same with a receiver that answers 503', 2, 'unavailable'),
  timesTheThroughput(
    '10,000 counters over HTTP, 32 connections: throughput against prom-client',
    20,
    'plain-quiet',
  ),
  timesTheThroughput('the same, gzip, values that change', 20, 'gzip-changing'),
  atMost(
    '/health while 32 connections scrape, p95',
    'ms',
    1,
    'http',
    'plain-quiet/threadtally-uws',
    'healthMsP95',
  ),
  {
    ...atMost(
      'the same, gzip, values that change',
      'ms',
      1,
      'http',
      'gzip-changing/threadtally-uws',
      'healthMsP95',
    ),
    ifMissed: 'compression takes the core that is left over by server and load generator',
  },
  atMost('idle registry', 'MB', 10, 'memory', 'idle/threadtally', 'mbCreated'),
  atMost(
    '10,000 counters recorded: all that is resident, from before the package was loaded',
    'MB',
    15,
    'memory',
    'counters-10k/threadtally',
    'mbRecorded',
  ),
  {
    ...atMost(
      'the same after their first scrape',
      'MB',
      15,
      'memory',
      'counters-10k/threadtally',
      'mbScraped',
    ),
    ifMissed:
      "pages of node's own binary, and a young generation that V8 lets grow: most of it is there without a library, too, see " +
      'the memory table',
  },
];

/** Heading and table of the goals that these results tell something about; nothing when there are none. */
export function goalsSection(results: readonly AreaResult[]): string[] {
  const table = goalsTable(results);
  return table === '' ? [] : ['## Goals', table];
}

/** The table alone; empty when there are no results to believe. */
export function goalsTable(results: readonly AreaResult[]): string {
  const believed = results.filter(result => result.preset !== 'quick');
  const rows = GOALS.flatMap(goal => {
    const measured = goal.measured(believed);
    return measured === undefined ? [] : [rowOf(goal, measured)];
  });
  return rows.length === 0 ? '' : markdownTable(['goal', 'limit', 'measured', ''], rows, 4);
}

function rowOf(goal: Goal, measured: number): string[] {
  const { text, unit, limit, isAtLeast, ifMissed } = goal;
  const isMet = isAtLeast ? measured >= limit : measured <= limit;
  const missed = ifMissed === undefined ? '**missed**' : `**missed**: ${ifMissed}`;
  return [
    text,
    `${isAtLeast ? '>=' : '<='} ${formatNumber(limit, 1)} ${unit}`,
    `${formatNumber(measured, 2)} ${unit}`,
    isMet ? 'met' : missed,
  ];
}

function atMost(
  ...[text, unit, limit, area, id, reading]: [string, string, number, AreaName, string, string]
): Goal {
  return { text, unit, limit, measured: results => readingOf(results, area, id, reading) };
}

/** All threads of the job are busy, on all cores: what takes so much of their time takes as much of the throughput. */
function costOfTracing(text: string, limit: number, receiver: ReceiverKind): Goal {
  return {
    text,
    unit: '%',
    limit,
    measured: results => {
      const batchUs = readingOf(results, 'otel', `batches/${receiver}`, 'cpuUsPerTracedBatch');
      const eventUs = readingOf(results, 'otel', 'job/none', 'cpuUsPerEvent');
      if (batchUs === undefined || eventUs === undefined) return undefined;
      return (100 * RATIO * batchUs) / (BATCH_EVENTS * eventUs);
    },
  };
}

function timesTheThroughput(text: string, limit: number, kind: string): Goal {
  return {
    text,
    unit: 'x',
    limit,
    isAtLeast: true,
    measured: results => {
      const own = readingOf(results, 'http', `${kind}/threadtally-uws`, 'requestsPerSecond');
      const peer = readingOf(results, 'http', `${kind}/prom-client`, 'requestsPerSecond');
      return own === undefined || peer === undefined ? undefined : own / peer;
    },
  };
}

function timesFasterRender(text: string, limit: number, operation: string, peer: string): Goal {
  return {
    text,
    unit: 'x',
    limit,
    isAtLeast: true,
    measured: results => {
      const own = readingOf(results, 'scrape', `${operation}/threadtally`, 'msMedian');
      const other = readingOf(results, 'scrape', `${operation}/${peer}`, 'msMedian');
      return own === undefined || other === undefined ? undefined : other / own;
    },
  };
}

function timesFaster(text: string, limit: number, operation: string): Goal {
  return {
    text,
    unit: 'x',
    limit,
    isAtLeast: true,
    measured: results => {
      const own = readingOf(results, 'micro', `${operation}/${STRIPED}`, 'nsMedian');
      const peer = readingOf(results, 'micro', `${operation}/prom-client`, 'nsMedian');
      return own === undefined || peer === undefined ? undefined : peer / own;
    },
  };
}
