/**
 * Rules: what an exposition must satisfy, by name, and what was found against them.
 *
 * Written from the specifications of the formats. Nothing here or beside it comes from the renderers or from the parser
 * that the package offers to tests: a mistake would otherwise pass on both sides.
 */

export type ConformanceFormat = 'text-0.0.4' | 'text-1.0.0' | 'openmetrics-1.0.0' | 'protobuf';

/** How `le` and `quantile` are spelled: `1.0` as OpenMetrics wants it, or `1` as JavaScript clients have always written it. */
export type BoundForm = 'canonical' | 'prom-client';

/** Every rule has a name, by which a report says what is broken, and a planted exposition that breaks it. */
export const RULES = {
  'utf-8': 'the bytes are well-formed UTF-8',
  'byte-order-mark': 'no byte order mark stands at the start',
  'last-line-feed': 'the last line ends with LF',
  'carriage-return': 'lines end with LF alone',
  'blank-line': 'OpenMetrics has no blank lines',
  comment: 'OpenMetrics has no comments but TYPE, UNIT, HELP and EOF',
  eof: 'OpenMetrics ends with # EOF, and nothing stands behind it',
  'metadata-syntax': 'HELP, TYPE and UNIT name a family and say one thing of it',
  'metadata-twice': 'a family has one HELP, one TYPE and at most one UNIT',
  'metadata-missing': 'a family has a TYPE and a HELP',
  'metadata-late': 'HELP, TYPE and UNIT stand before the samples of their family',
  'metadata-order': 'HELP, TYPE in the Prometheus text; TYPE, UNIT, HELP in OpenMetrics',
  type: 'the type is one of the format',
  'help-escape': 'HELP has the escapes of its format only',
  'label-escape': 'label values have the escapes \\\\, \\" and \\n only',
  name: 'names of families and labels are legal',
  'quoted-name': 'names are quoted only where the format was negotiated with them',
  'sample-syntax': 'a sample is name{label="value",...} value, with single blanks',
  'number-form': 'a number is NaN, +Inf, -Inf or the shortest decimal that reads back equal',
  'timestamp-form': 'a time is a whole number of ms, or in OpenMetrics a number of seconds',
  'label-twice': 'a label is once in a series',
  'label-order': 'labels stand in the same order in all series of a family',
  'label-reserved': 'le and quantile stand only where the format puts them, and no label starts with __',
  'sample-twice': 'name and labels of a sample are unique',
  'family-split': 'the lines of a family stand together',
  'family-twice': 'the name of a family is unique',
  'series-split': 'the samples of a series stand together',
  'sample-of-family': 'a sample has a suffix that its family can have',
  'name-clash': 'no family has the name of a sample of another one, in any format',
  unit: 'the name of a family ends in its unit; an info or a state set has none',
  'counter-value': 'a counter is not negative and not NaN',
  'bound-missing': 'a bucket has a label le that is a number, a quantile a label quantile',
  'bound-form': 'le and quantile are spelled in one form',
  'bound-order': 'le and quantile ascend',
  'bucket-infinity': 'the last bucket is +Inf',
  'bucket-count': 'counts are whole numbers that are not negative',
  'bucket-cumulative': 'a bucket counts what those below it count',
  'count-of-buckets': 'the count is that of +Inf',
  'histogram-totals': 'sum and count are there, or are not, as the format wants',
  'quantile-range': 'quantiles are 0 to 1',
  'summary-value': 'quantiles and sums of OpenMetrics are not negative',
  'summary-totals': 'a summary has a sum and a count',
  'info-value': 'an info is 1',
  'stateset-value': 'states are 0 or 1, and one of them is 1',
  created: 'the time of creation is a time, and there once',
  'exemplar-place': 'exemplars stand at counters and buckets, in formats that have them',
  'exemplar-length': 'the labels of an exemplar have at most 128 characters',
  'exemplar-bucket': 'an exemplar is a value of its bucket',
  wire: 'the bytes are delimited messages of well-formed fields',
  field: 'fields have their types, are there once, and those that must be there are',
  'metric-kind': 'a metric has the value of its type, and no other',
  'family-empty': 'a message for a family has a metric',
  'native-schema': 'the schema is -4 to 8, and the threshold of zero a number from 0',
  'native-spans':
    'spans ascend, do not overlap, lie within the doubles, and mark the histogram as a native one',
  'native-deltas': 'deltas are as many as the spans are long, and no bucket is below 0',
  'native-zero': 'no native bucket lies within the zero bucket',
  'native-count': 'the count is that of the native buckets, too',
} as const;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  /** `line 12`, or the path of a field. */
  readonly place: string;
  readonly text: string;
}

const VIOLATIONS_MAX = 50;
const TEXT_MAX = 300;

/** What was found in one exposition. A broken one breaks rules at every line: the first ones say it. */
export class Findings {
  readonly violations: Violation[] = [];

  add(rule: Rule, place: string, text: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push({ rule, place, text });
  }
}

/** One line each. */
export function reportOf(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, place, text }) => {
      const shown = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text;
      return `${rule} at ${place}: ${JSON.stringify(shown)} (${RULES[rule]})`;
    })
    .join('\n');
}
