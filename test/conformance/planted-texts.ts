/** Planted texts: expositions that break one rule each, and good ones beside them. */
import type { CheckOptions } from './check-exposition.js';
import type { Rule } from './rules.js';

interface PlantedText {
  readonly rule: Rule;
  readonly options: CheckOptions;
  readonly text: string | Buffer;
}

const PROMETHEUS: CheckOptions = { format: 'text-0.0.4' };
const UTF8_NAMES: CheckOptions = { format: 'text-1.0.0' };
const OPENMETRICS: CheckOptions = { format: 'openmetrics-1.0.0' };

const GAUGE = '# HELP g G.\n# TYPE g gauge\n';
const COUNTER = '# HELP c C.\n# TYPE c counter\n';
const HISTOGRAM = '# HELP h H.\n# TYPE h histogram\n';
const SUMMARY = '# HELP s S.\n# TYPE s summary\n';
const OPEN_COUNTER = '# TYPE c counter\n# HELP c C.\n';
const OPEN_HISTOGRAM = '# TYPE h histogram\n# HELP h H.\n';
const OPEN_SUMMARY = '# TYPE s summary\n# HELP s S.\n';
const OPEN_INFO = '# TYPE i info\n# HELP i I.\n';
const OPEN_STATES = '# TYPE p stateset\n# HELP p P.\n';
const BUCKETS = 'h_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n';

/** Texts of the format 0.0.4. */
const PROMETHEUS_TEXTS: readonly (readonly [Rule, string])[] = [
  ['byte-order-mark', `\ufeff${GAUGE}g 1\n`],
  ['last-line-feed', `${GAUGE}g 1`],
  ['carriage-return', '# HELP g G.\n# TYPE g gauge\r\n'],
  ['metadata-syntax', '# HELP\n'],
  ['metadata-syntax', '#  TYPE g gauge\n'],
  ['metadata-twice', `# HELP g G.\n${GAUGE}g 1\n`],
  ['metadata-twice', `${GAUGE}# TYPE g gauge\ng 1\n`],
  ['metadata-missing', '# HELP g G.\ng 1\n'],
  ['metadata-missing', '# TYPE g gauge\ng 1\n'],
  ['metadata-late', '# HELP g G.\ng 1\n# TYPE g gauge\n'],
  ['metadata-order', '# TYPE g gauge\n# HELP g G.\ng 1\n'],
  ['type', '# HELP g G.\n# TYPE g stateset\n'],
  ['type', '# HELP g G.\n# TYPE g\n'],
  ['help-escape', '# HELP g a \\" b\n# TYPE g gauge\n'],
  ['help-escape', '# HELP g a\\\n# TYPE g gauge\n'],
  ['label-escape', `${GAUGE}g{a="\\t"} 1\n`],
  ['name', '# HELP 1g G.\n# TYPE 1g gauge\n'],
  ['quoted-name', '# HELP "g.x" G.\n# TYPE "g.x" gauge\n'],
  ['quoted-name', `${GAUGE}g{"a.b"="1"} 1\n`],
  ['sample-syntax', `${GAUGE}g{a="1",} 1\n`],
  ['sample-syntax', `${GAUGE}g{a="1"}  1\n`],
  ['sample-syntax', `${GAUGE}g{a="1} 1\n`],
  ['sample-syntax', `${GAUGE}g\n`],
  ['sample-syntax', `${GAUGE}g{a:b="1"} 1\n`],
  ['sample-syntax', `${GAUGE}g 1 2 3\n`],
  ['number-form', `${GAUGE}g Inf\n`],
  ['number-form', `${GAUGE}g 0.10000000000000001\n`],
  ['number-form', `${GAUGE}g x\n`],
  ['timestamp-form', `${GAUGE}g 1 1.5\n`],
  ['label-twice', `${GAUGE}g{a="1",a="2"} 1\n`],
  ['label-order', `${GAUGE}g{a="1",b="1"} 1\ng{b="2",a="2"} 1\n`],
  ['label-reserved', `${GAUGE}g{__name__="1"} 1\n`],
  ['label-reserved', `${SUMMARY}s_sum{quantile="x"} 1\ns_count{quantile="x"} 1\n`],
  ['sample-twice', `${GAUGE}g{a="1",b=""} 1\ng{a="1"} 1\n`],
  ['family-split', `${GAUGE}g 1\n${COUNTER}c 1\ng{a="1"} 1\n`],
  ['family-split', `${HISTOGRAM}${BUCKETS}${COUNTER}c 1\nh_sum 1\nh_count 2\n`],
  ['family-twice', `${GAUGE}${COUNTER}c 1\n# HELP g G.\n`],
  ['series-split', `${SUMMARY}s_sum{a="1"} 1\ns_sum{a="2"} 1\ns_count{a="1"} 1\ns_count{a="2"} 1\n`],
  ['sample-of-family', `${HISTOGRAM}${BUCKETS}h_sum 1\nh_count 2\nh 1\n`],
  ['name-clash', `${HISTOGRAM}${BUCKETS}h_sum 1\nh_count 2\n${GAUGE.replaceAll(' g ', ' h_created ')}`],
  ['name-clash', `${COUNTER}${COUNTER.replaceAll(' c ', ' c_total ')}`],
  ['name-clash', `${COUNTER.replaceAll(' c ', ' g_total ')}${GAUGE}`],
  ['name-clash', `${COUNTER}${GAUGE.replaceAll(' g ', ' c_created ')}`],
  ['counter-value', `${COUNTER}c -1\n`],
  ['counter-value', `${COUNTER}c NaN\n`],
  ['bound-missing', `${SUMMARY}s 1\ns_sum 1\ns_count 1\n`],
  ['bound-form', `${HISTOGRAM}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`],
  ['bound-form', `${SUMMARY}s{quantile="0.50"} 1\ns_sum 1\ns_count 1\n`],
  [
    'bound-order',
    `${HISTOGRAM}h_bucket{le="1.0"} 1\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`,
  ],
  ['bound-order', `${SUMMARY}s{quantile="0.9"} 1\ns{quantile="0.5"} 1\ns_sum 1\ns_count 1\n`],
  ['bucket-infinity', `${HISTOGRAM}h_bucket{le="1.0"} 1\nh_sum 1\nh_count 1\n`],
  ['bucket-count', `${HISTOGRAM}h_bucket{le="1.0"} 0.5\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`],
  ['bucket-count', `${SUMMARY}s_sum 1\ns_count -1\n`],
  ['bucket-cumulative', `${HISTOGRAM}h_bucket{le="1.0"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`],
  ['count-of-buckets', `${HISTOGRAM}${BUCKETS}h_sum 1\nh_count 3\n`],
  ['histogram-totals', `${HISTOGRAM}${BUCKETS}h_count 2\n`],
  ['quantile-range', `${SUMMARY}s{quantile="1.5"} 1\ns_sum 1\ns_count 1\n`],
  ['summary-totals', `${SUMMARY}s{quantile="0.5"} 1\ns_count 1\n`],
  ['exemplar-place', `${COUNTER}c 1 # {a="1"} 1\n`],
];

const OPENMETRICS_TEXTS: readonly (readonly [Rule, string])[] = [
  ['blank-line', `${OPEN_COUNTER}\nc_total 1\n# EOF\n`],
  ['comment', `# a comment\n${OPEN_COUNTER}c_total 1\n# EOF\n`],
  ['eof', `${OPEN_COUNTER}c_total 1\n`],
  ['eof', `# EOF\n${OPEN_COUNTER}c_total 1\n`],
  ['eof', `${OPEN_COUNTER}c_total 1\n# EOF\n# EOF\n`],
  ['metadata-order', `# HELP c C.\n# TYPE c counter\nc_total 1\n# EOF\n`],
  ['metadata-syntax', `# TYPE c_x counter\n# UNIT c_x \n# HELP c_x C.\n# EOF\n`],
  ['help-escape', `# TYPE c counter\n# HELP c say "hi"\nc_total 1\n# EOF\n`],
  ['type', `# TYPE c untyped\n# HELP c C.\n# EOF\n`],
  ['sample-of-family', `${OPEN_COUNTER}c 1\nc_total 1\n# EOF\n`],
  ['sample-of-family', `${OPEN_COUNTER}c_created 1\n# EOF\n`],
  ['sample-of-family', `${OPEN_INFO}i 1\n# EOF\n`],
  ['unit', `# TYPE c counter\n# UNIT c seconds\n# HELP c C.\nc_total 1\n# EOF\n`],
  ['unit', `# TYPE i_x info\n# UNIT i_x x\n# HELP i_x C.\n# EOF\n`],
  ['timestamp-form', `${OPEN_COUNTER}c_total 1 x\n# EOF\n`],
  ['counter-value', `${OPEN_COUNTER}c_total -1\n# EOF\n`],
  ['histogram-totals', `${OPEN_HISTOGRAM}${BUCKETS}h_sum -1\nh_count 2\n# EOF\n`],
  ['histogram-totals', `${OPEN_HISTOGRAM}${BUCKETS}h_sum NaN\nh_count 2\n# EOF\n`],
  ['histogram-totals', `${OPEN_HISTOGRAM}${BUCKETS}h_count 2\n# EOF\n`],
  ['histogram-totals', `${OPEN_HISTOGRAM}${BUCKETS.replace('1.0', '-1.0')}h_sum 1\nh_count 2\n# EOF\n`],
  ['count-of-buckets', `${OPEN_HISTOGRAM}${BUCKETS}h_sum 1\nh_count 1\n# EOF\n`],
  ['bound-form', `${OPEN_HISTOGRAM}${BUCKETS.replace('1.0', '1e+0')}# EOF\n`],
  ['bound-missing', `${OPEN_HISTOGRAM}h_bucket 1\nh_bucket{le="+Inf"} 2\n# EOF\n`],
  ['summary-value', `${OPEN_SUMMARY}s{quantile="0.5"} -1\ns_sum 1\ns_count 1\n# EOF\n`],
  ['summary-value', `${OPEN_SUMMARY}s_sum NaN\ns_count 1\n# EOF\n`],
  ['summary-totals', `${OPEN_SUMMARY}s_sum 1\n# EOF\n`],
  ['info-value', `${OPEN_INFO}i_info 2\n# EOF\n`],
  ['stateset-value', `${OPEN_STATES}p{p="a"} 1\np{p="b"} 1\n# EOF\n`],
  ['stateset-value', `${OPEN_STATES}p{p="a"} 0\np{p="b"} 0\n# EOF\n`],
  ['stateset-value', `${OPEN_STATES}p{p="a"} 1\np{p="b"} 0.5\n# EOF\n`],
  ['stateset-value', `${OPEN_STATES}p{x="a"} 1\n# EOF\n`],
  ['created', `${OPEN_COUNTER}c_total 1\nc_created -1\n# EOF\n`],
  ['created', `${OPEN_COUNTER}c_total 1\nc_created NaN\n# EOF\n`],
  ['exemplar-place', `# TYPE g gauge\n# HELP g G.\ng 1 # {a="1"} 1\n# EOF\n`],
  ['exemplar-place', `${OPEN_HISTOGRAM}${BUCKETS}h_sum 1\nh_count 2 # {} 1\n# EOF\n`],
  ['exemplar-length', `${OPEN_COUNTER}c_total 1 # {a="${'é'.repeat(128)}"} 1\n# EOF\n`],
  ['exemplar-bucket', `${OPEN_HISTOGRAM}${BUCKETS.replace('+Inf"} 2', '+Inf"} 2 # {} 1')}# EOF\n`],
  ['label-twice', `${OPEN_COUNTER}c_total 1 # {a="1",a="1"} 1\n# EOF\n`],
];

const isoLatin = Buffer.concat([Buffer.from(`${GAUGE}g{a="`), Buffer.of(0xe9), Buffer.from('"} 1\n')]);

export const PLANTED_TEXTS: readonly PlantedText[] = [
  { rule: 'utf-8', options: PROMETHEUS, text: isoLatin },
  ...PROMETHEUS_TEXTS.map(([rule, text]) => ({ rule, options: PROMETHEUS, text })),
  ...OPENMETRICS_TEXTS.map(([rule, text]) => ({ rule, options: OPENMETRICS, text })),
  { rule: 'name', options: UTF8_NAMES, text: `${GAUGE}g{""="1"} 1\n` },
  { rule: 'sample-twice', options: UTF8_NAMES, text: `${GAUGE}g 1\n{"g"} 1\n` },
];

interface GoodText {
  readonly name: string;
  readonly options: CheckOptions;
  readonly text: string;
}

export const GOOD_TEXTS: readonly GoodText[] = [
  { name: 'nothing', options: PROMETHEUS, text: '' },
  { name: 'nothing', options: OPENMETRICS, text: '# EOF\n' },
  { name: 'a family without samples', options: PROMETHEUS, text: GAUGE },
  {
    name: 'every type',
    options: PROMETHEUS,
    text:
      `# HELP g say "hi" to \\\\ and \\n\n# TYPE g gauge\ng{a="\\"\\\\\\n, }",b="é 😀\0\r"} -1.5e-300\ng NaN 1700000000000\n` +
      `${COUNTER}c 1e+300\n${HISTOGRAM}${BUCKETS}h_sum NaN\nh_count 2\n` +
      'h_bucket{le="+Inf",a="x"} 0\nh_sum{a="x"} -0\nh_count{a="x"} 0\n' +
      `${SUMMARY}s{quantile="0.0"} NaN\ns{quantile="1.0"} -1\ns_sum -1\ns_count 1\n`,
  },
  {
    name: 'the bounds of prom-client, when it is told',
    options: { ...PROMETHEUS, boundForm: 'prom-client' },
    text: `${HISTOGRAM}${BUCKETS.replace('1.0', '1')}h_sum 1\nh_count 2\n`,
  },
  {
    name: 'a family of another name with the same beginning',
    options: PROMETHEUS,
    text: `${GAUGE}g 1\n${COUNTER.replaceAll(' c ', ' g_x ')}g_x 1\n${GAUGE.replaceAll(' g ', ' g_count ')}g_count 1\n`,
  },
  {
    name: 'every type',
    options: OPENMETRICS,
    text:
      '# TYPE c_seconds counter\n# UNIT c_seconds seconds\n# HELP c_seconds say \\"hi\\"\n' +
      'c_seconds_total{a="x"} 1 # {trace_id="é",b=""} 0.5 1700000000.5\nc_seconds_created{a="x"} 1700000000\n' +
      `${OPEN_HISTOGRAM}h_bucket{le="1.0"} 1 # {} 1\nh_bucket{le="+Inf"} 2 # {a="1"} 1.5\nh_sum 1\nh_count 2\nh_created 1\n` +
      'h_bucket{le="-1.0",a="x"} 1\nh_bucket{le="+Inf",a="x"} 1\n' +
      `${OPEN_SUMMARY}s{quantile="0.5"} NaN\ns_count 0\n${OPEN_INFO}i_info{version="1"} 1\n` +
      `${OPEN_STATES}p{p="a"} 1\np{p="b"} 0\np{p="a",x="1"} 0\np{p="b",x="1"} 1\n# EOF\n`,
  },
  { name: 'an end without LF', options: OPENMETRICS, text: `${OPEN_COUNTER}c_total 1\n# EOF` },
  {
    name: 'quoted names',
    options: UTF8_NAMES,
    text:
      '# HELP "g.x" G.\n# TYPE "g.x" gauge\n{"g.x"} 1\n{"g.x","l.x"="v",b="1"} 2\n' +
      '# HELP "h h" H.\n# TYPE "h h" histogram\n{"h h_bucket",le="+Inf"} 1\n{"h h_sum"} 1\n{"h h_count"} 1\n',
  },
];
