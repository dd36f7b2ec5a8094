/** Series: the samples of a family by their series, and the rules of labels, which are the same in all text formats. */
import type { Findings } from './rules.js';
import type { Label, SampleLine } from './sample-line.js';
import type { TextFamily } from './text-families.js';

/** The samples of one label set, in order. */
export interface Series {
  readonly place: string;
  /** Without the one that tells the samples apart. */
  readonly labels: readonly Label[];
  readonly samples: readonly SampleLine[];
}

export interface LabelRules {
  readonly isQuotingAllowed: boolean;
  /** True for the labels of an exemplar, and where names were escaped, which makes underscores: `__name__` still is none. */
  readonly isReservedAllowed: boolean;
}

/** What Prometheus keeps the name of a sample in. */
const NAME_LABEL = '__name__';
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Name and labels in any order, without empty values, which are the same as missing ones. */
export function identityOf(name: string, labels: readonly Label[]): string {
  const pairs = labels.filter(({ value }) => value !== '').map(label => [label.name, label.value] as const);
  if (pairs.length > 1) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, ...pairs]);
}

/** The label that tells the samples of one series apart. */
export function partLabelOf({ name, type }: TextFamily, sampleName: string): string | undefined {
  const suffix = sampleName.slice(name.length);
  if (type === 'histogram' || type === 'gaugehistogram') return suffix === '_bucket' ? 'le' : undefined;
  if (type === 'summary') return suffix === '' ? 'quantile' : undefined;
  return type === 'stateset' ? name : undefined;
}

/** The series of a family. A finding where the samples of one do not stand together. */
export function seriesOf(family: TextFamily, findings: Findings): Series[] {
  const all = new Map<string, { place: string; labels: readonly Label[]; samples: SampleLine[] }>();
  let previous: string | undefined;
  for (const sample of family.samples) {
    const part = partLabelOf(family, sample.name);
    const labels = part === undefined ? sample.labels : sample.labels.filter(({ name }) => name !== part);
    const key = identityOf('', labels);
    const series = all.get(key);
    if (series === undefined) all.set(key, { place: sample.place, labels, samples: [sample] });
    else {
      series.samples.push(sample);
      // The same sample again is another finding.
      if (key !== previous && family.type !== 'gauge')
        findings.add('series-split', sample.place, sample.line);
    }
    previous = key;
  }
  return [...all.values()];
}

/** The labels of one family or of one message: each once, legal, and always in the same order. */
export class LabelOrder {
  private readonly seen = new Set<string>();
  /** `[before, after]` of any two names that stood in one series. */
  private readonly pairs = new Set<string>();

  constructor(
    private readonly rules: LabelRules,
    private readonly findings: Findings,
  ) {}

  check(labels: readonly Label[], place: string): void {
    const names = labels.map(({ name }) => name);
    const key = JSON.stringify(names);
    if (this.seen.has(key)) return;
    const { findings } = this;
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) < index) findings.add('label-twice', place, name);
      if (!this.rules.isQuotingAllowed && !LEGACY_LABEL.test(name)) findings.add('name', place, name);
      const isReserved = name.startsWith('__') && !this.rules.isReservedAllowed;
      if (isReserved || name === NAME_LABEL) findings.add('label-reserved', place, name);
      for (const before of names.slice(0, index)) {
        if (this.pairs.has(JSON.stringify([name, before])))
          findings.add('label-order', place, `${before} before ${name}, which stood behind it`);
        this.pairs.add(JSON.stringify([before, name]));
      }
    }
    this.seen.add(key);
  }
}
