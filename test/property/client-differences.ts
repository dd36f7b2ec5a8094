/**
 * Client differences: what this package shows otherwise than prom-client, one by one. Everything else is the same.
 *
 * Each has its own test in test/unit/registry/prom-client-differences.test.ts and its row in the migration guide.
 */
import type { ClientReading } from './client-program.js';

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: string;
}

interface Shown {
  readonly comments: string[];
  readonly samples: Sample[];
}

type Difference = (shown: Shown) => Shown;

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Families follow each other without an empty line; an empty registry shows nothing. */
function withoutEmptyLines(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}

/** Families, series and labels stand in another order; OpenMetrics has TYPE before HELP. */
const inOneOrder: Difference = ({ comments, samples }) => ({
  comments: comments.sort(),
  samples: samples
    .map(sample => ({ ...sample, labels: new Map(inOrder(sample.labels)) }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
});

/** OpenMetrics says when a series was created. */
const withoutCreated: Difference = ({ comments, samples }) => ({
  comments,
  samples: samples.filter(({ name }) => !name.endsWith('_created')),
});

/** NaN is spelt as the format has it. */
const withNaN: Difference = ({ comments, samples }) => ({
  comments,
  samples: samples.map(sample => (sample.value === 'Nan' ? { ...sample, value: 'NaN' } : sample)),
});

/** Bounds and quantiles may be canonical: `1.0`. */
const withNumbers: Difference = ({ comments, samples }) => ({
  comments,
  samples: samples.map(sample => ({
    ...sample,
    labels: new Map(
      [...sample.labels].map(([name, value]) =>
        (name === 'le' || name === 'quantile') && value !== '+Inf'
          ? [name, String(Number(value))]
          : [name, value],
      ),
    ),
  })),
});

/** A quantile is off by one percent at most, and there is none of nothing: prom-client shows 0. */
const withRoughQuantiles: Difference = ({ comments, samples }) => ({
  comments,
  samples: samples.map(sample => {
    if (!sample.labels.has('quantile')) return sample;
    const value = Number(sample.value);
    return { ...sample, value: Number.isNaN(value) || value === 0 ? 'none' : `about ${Math.round(value)}` };
  }),
});

/** A summary that was reset keeps its labelled series in prom-client; a histogram without labels loses its only one. */
const withoutWhatResetLeaves: Difference = ({ comments, samples }) => {
  const isEmpty = (sample: Sample): boolean => {
    if (sample.name.startsWith('summary_labelled')) return countOf(sample, samples) === '0';
    return sample.name.startsWith('histogram_bare') && countOf(sample, samples) === '0';
  };
  return { comments, samples: samples.filter(sample => !isEmpty(sample)) };
};

/** Applied in this order. */
export const DIFFERENCES = {
  withoutCreated,
  withNaN,
  withNumbers,
  withoutWhatResetLeaves,
  withRoughQuantiles,
  inOneOrder,
};
export type DifferenceName = keyof typeof DIFFERENCES;

/** A text as it would be without the differences; without all but one, where a test shows that each is needed. */
export function comparableText(text: string, except?: DifferenceName): string[] {
  const lines = withoutEmptyLines(text);
  const parsed: Shown = {
    comments: lines.filter(line => line.startsWith('#')),
    samples: lines.filter(line => !line.startsWith('#')).map(sampleOf),
  };
  const applied = Object.entries(DIFFERENCES).flatMap(([name, difference]) =>
    name === except ? [] : [difference],
  );
  const { comments, samples } = applied.reduce((shown, difference) => difference(shown), parsed);
  return [...comments, ...samples.map(sample => `${keyOf(sample)} ${sample.value}`)];
}

/** A reading as the text that it stands for. Values of labels are text here, what is no label is not shown. */
export function comparableReadings(readings: readonly ClientReading[]): string[] {
  const lines = readings.flatMap(({ name, help, type, values }) => [
    `# HELP ${name} ${escaped(help)}`,
    `# TYPE ${name} ${String(type)}`,
    ...values.map(({ value, labels, metricName }) => {
      const pairs = Object.entries(labels).map(
        ([label, text]) => `${label}="${escaped(String(text)).replace(/"/g, '\\"')}"`,
      );
      return `${metricName ?? name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
    }),
  ]);
  return comparableText(lines.join('\n'));
}

function sampleOf(line: string): Sample {
  const [, name, labels, value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...(labels ?? '').matchAll(LABEL)].map(([, label, text]) => [label!, text!] as const);
  return { name, labels: new Map(pairs), value };
}

function keyOf({ name, labels }: Sample): string {
  return `${name}{${[...labels].map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}

/** The count of the series that a sample belongs to. */
function countOf({ name, labels }: Sample, samples: readonly Sample[]): string | undefined {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const own = inOrder(labels).filter(([label]) => label !== 'le' && label !== 'quantile');
  const wanted = JSON.stringify(own);
  return samples.find(
    other => other.name === `${base}_count` && JSON.stringify(inOrder(other.labels)) === wanted,
  )?.value;
}

function inOrder(labels: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
