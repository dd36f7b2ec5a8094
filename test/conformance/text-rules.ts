/** Text rules: what the samples of a series must be, by the type of their family. */
import { isBoundText, shortestNumber } from './number-forms.js';
import type { BoundForm, Findings } from './rules.js';
import type { Exemplar, SampleLine } from './sample-line.js';
import type { Series } from './series.js';
import { LabelOrder, identityOf, seriesOf } from './series.js';
import type { TextFamily } from './text-families.js';

export interface TextRules {
  readonly isOpenMetrics: boolean;
  readonly isQuotingAllowed: boolean;
  readonly isReservedAllowed: boolean;
  readonly boundForm: BoundForm;
  readonly isCut: boolean;
}

const EXEMPLAR_CHARACTERS_MAX = 128;
const OWN_LABELS: Readonly<Record<string, string>> = {
  histogram: 'le',
  gaugehistogram: 'le',
  summary: 'quantile',
};

export function checkFamilies(families: readonly TextFamily[], rules: TextRules, findings: Findings): void {
  const identities = new Set<string>();
  for (const family of families) {
    const checker = new FamilyChecker(family, rules, findings);
    for (const sample of family.samples) {
      const identity = identityOf(sample.name, sample.labels);
      if (identities.has(identity)) findings.add('sample-twice', sample.place, sample.line);
      identities.add(identity);
      checker.checkSample(sample);
    }
    checker.checkUnit();
    const all = seriesOf(family, findings);
    const whole = rules.isCut && family === families.at(-1) ? all.slice(0, -1) : all;
    for (const series of whole) checker.checkSeries(series);
  }
}

class FamilyChecker {
  private readonly order: LabelOrder;

  constructor(
    private readonly family: TextFamily,
    private readonly rules: TextRules,
    private readonly findings: Findings,
  ) {
    // What is no name was found when the line was read.
    this.order = new LabelOrder({ ...rules, isQuotingAllowed: true }, findings);
  }

  checkUnit(): void {
    const { name, place, type, unit = '' } = this.family;
    if (unit === '') return;
    if (!name.endsWith(`_${unit}`)) this.findings.add('unit', place, `${name} does not end in ${unit}`);
    if (type === 'info' || type === 'stateset')
      this.findings.add('unit', place, `${unit} of the ${type} ${name}`);
  }

  checkSample(sample: SampleLine): void {
    const { family, findings, order } = this;
    const { labels, name, place } = sample;
    const suffix = name.slice(family.name.length);
    order.check(labels, place);
    const own = OWN_LABELS[family.type ?? ''];
    const isPart = own === 'le' ? suffix === '_bucket' : suffix === '';
    if (own !== undefined && !isPart && labels.some(label => label.name === own))
      findings.add('label-reserved', place, `${own} at ${name}`);
    if (suffix === '_created' && this.rules.isOpenMetrics && !(sample.value >= 0 && sample.value < Infinity))
      findings.add('created', place, sample.line);
    if (sample.exemplar !== undefined) this.checkExemplar(sample.exemplar, suffix, sample);
  }

  checkSeries(series: Series): void {
    switch (this.family.type) {
      case 'counter':
        this.checkCounter(series);
        break;
      case 'histogram':
        this.checkHistogram(series);
        break;
      case 'summary':
        this.checkSummary(series);
        break;
      case 'info':
        for (const sample of series.samples)
          if (sample.value !== 1) this.findings.add('info-value', sample.place, sample.line);
        break;
      case 'stateset':
        this.checkStates(series);
        break;
      default:
        break;
    }
  }

  private checkCounter(series: Series): void {
    const { findings, rules } = this;
    const values = this.withSuffix(series, rules.isOpenMetrics ? '_total' : '');
    for (const { line, place, value } of values)
      if (!(value >= 0)) findings.add('counter-value', place, line);
    if (rules.isOpenMetrics && values.length === 0)
      findings.add('sample-of-family', series.place, `no _total in the counter ${this.family.name}`);
    this.checkCreatedOnce(series);
  }

  private checkHistogram(series: Series): void {
    const { findings, rules } = this;
    const buckets = this.withSuffix(series, '_bucket');
    const bounds = this.boundsOf(buckets, 'le');
    let below = 0;
    for (const [index, { line, place, value, exemplar }] of buckets.entries()) {
      if (!(Number.isInteger(value) && value >= 0)) findings.add('bucket-count', place, line);
      if (value < below) findings.add('bucket-cumulative', place, line);
      below = Math.max(below, value);
      const lower = index === 0 ? -Infinity : bounds[index - 1]!;
      if (exemplar !== undefined && !isWithin(exemplar.value, lower, bounds[index]!))
        findings.add('exemplar-bucket', place, line);
    }
    if (bounds.at(-1) !== Infinity)
      findings.add('bucket-infinity', series.place, `${this.family.name} ends at ${String(bounds.at(-1))}`);
    const counts = this.withSuffix(series, '_count');
    const sums = this.withSuffix(series, '_sum');
    for (const { line, place, value } of counts)
      if (value !== buckets.at(-1)?.value) findings.add('count-of-buckets', place, line);
    if (rules.isOpenMetrics) this.checkOpenTotals(series, bounds, sums, counts);
    else if (sums.length !== 1 || counts.length !== 1)
      findings.add('histogram-totals', series.place, `${sums.length} sums and ${counts.length} counts`);
    this.checkCreatedOnce(series);
  }

  /** The sum goes only up in this format: with negative bounds there is none, and the count stands beside it alone. */
  private checkOpenTotals(
    series: Series,
    bounds: readonly number[],
    sums: readonly SampleLine[],
    counts: readonly SampleLine[],
  ): void {
    const { findings } = this;
    if (sums.length !== counts.length || sums.length > 1)
      findings.add('histogram-totals', series.place, `${sums.length} sums and ${counts.length} counts`);
    for (const { line, place, value } of sums) {
      if (!(value >= 0)) findings.add('histogram-totals', place, line);
      if (bounds.some(bound => bound < 0))
        findings.add('histogram-totals', place, `${line}, with negative bounds`);
    }
  }

  private checkSummary(series: Series): void {
    const { findings, rules } = this;
    const quantiles = this.withSuffix(series, '');
    const numbers = this.boundsOf(quantiles, 'quantile');
    for (const [index, { line, place, value }] of quantiles.entries()) {
      if (numbers[index]! < 0 || numbers[index]! > 1) findings.add('quantile-range', place, line);
      if (rules.isOpenMetrics && value < 0) findings.add('summary-value', place, line);
    }
    const counts = this.withSuffix(series, '_count');
    const sums = this.withSuffix(series, '_sum');
    for (const { line, place, value } of counts)
      if (!(Number.isInteger(value) && value >= 0)) findings.add('bucket-count', place, line);
    for (const { line, place, value } of sums)
      if (rules.isOpenMetrics && !(value >= 0)) findings.add('summary-value', place, line);
    const isWhole = counts.length === 1 && (sums.length === 1 || (rules.isOpenMetrics && sums.length === 0));
    if (!isWhole)
      findings.add('summary-totals', series.place, `${sums.length} sums and ${counts.length} counts`);
    this.checkCreatedOnce(series);
  }

  private checkStates(series: Series): void {
    const { family, findings } = this;
    for (const { labels, line, place, value } of series.samples) {
      if (value !== 0 && value !== 1) findings.add('stateset-value', place, line);
      if (!labels.some(({ name }) => name === family.name))
        findings.add('stateset-value', place, `no state: ${line}`);
    }
    const active = series.samples.filter(({ value }) => value === 1).length;
    if (active !== 1)
      findings.add('stateset-value', series.place, `${active} active states of ${family.name}`);
  }

  private checkCreatedOnce(series: Series): void {
    const created = this.rules.isOpenMetrics ? this.withSuffix(series, '_created') : [];
    if (created.length > 1)
      this.findings.add('created', series.place, `${created.length} times of ${this.family.name}`);
  }

  private checkExemplar({ labels }: Exemplar, suffix: string, { line, place }: SampleLine): void {
    const { findings, rules } = this;
    if (!rules.isOpenMetrics || (suffix !== '_total' && suffix !== '_bucket'))
      findings.add('exemplar-place', place, line);
    const characters = labels.reduce(
      (sum, { name, value }) => sum + Array.from(name).length + Array.from(value).length,
      0,
    );
    if (characters > EXEMPLAR_CHARACTERS_MAX)
      findings.add('exemplar-length', place, `${characters}: ${line}`);
    new LabelOrder({ isQuotingAllowed: true, isReservedAllowed: true }, findings).check(labels, place);
  }

  /** The numbers in a label, which ascend; NaN where there is none. */
  private boundsOf(samples: readonly SampleLine[], label: 'le' | 'quantile'): number[] {
    const { findings, rules } = this;
    let last: number | undefined;
    return samples.map(({ labels, line, place }) => {
      const text = labels.find(({ name }) => name === label)?.value;
      const bound = text === undefined ? NaN : (shortestNumber(text) ?? Number(text));
      if (text === undefined || Number.isNaN(bound)) findings.add('bound-missing', place, line);
      else if (!isBoundText(text, rules.boundForm)) findings.add('bound-form', place, line);
      if (last !== undefined && bound <= last) findings.add('bound-order', place, line);
      last = bound;
      return bound;
    });
  }

  private withSuffix({ samples }: Series, suffix: string): readonly SampleLine[] {
    const name = this.family.name + suffix;
    return samples.filter(sample => sample.name === name);
  }
}

/** Above the bound of the bucket below, up to its own. */
export function isWithin(value: number, lower: number, upper: number): boolean {
  return (value > lower || lower === -Infinity) && value <= upper;
}
