/** Protobuf rules: what the messages of an exposition must be, by the type of their family. */
import { checkNames } from './name-rules.js';
import { checkNative, isNative } from './native-rules.js';
import type { ReadMessage } from './protobuf-reader.js';
import { readMessages } from './protobuf-reader.js';
import type { Findings } from './rules.js';
import type { Label } from './sample-line.js';
import type { LabelRules } from './series.js';
import { LabelOrder, identityOf } from './series.js';
import { isWithin } from './text-rules.js';

/** By their numbers; a metric has its value in the field of this name. */
const TYPES: readonly string[] = ['counter', 'gauge', 'summary', 'untyped', 'histogram'];
const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const EXEMPLAR_CHARACTERS_MAX = 128;
const NANOS_MAX = 999_999_999;

export function checkProtobuf(body: Uint8Array, rules: LabelRules, findings: Findings): void {
  const families = readMessages(body, findings);
  const named = families.map(({ place, fields }) => ({
    name: (fields['name'] ?? '') as string,
    type: TYPES[Number(fields['type'] ?? 0)],
    place,
  }));
  const names = new Set<string>();
  const identities = new Set<string>();
  families.forEach((family, i) => {
    const { name, place, type } = named[i]!;
    if (names.has(name)) findings.add('family-twice', place, name);
    names.add(name);
    if (name === '' || (!rules.isQuotingAllowed && !LEGACY_NAME.test(name)))
      findings.add('name', place, name);
    if (type === undefined) findings.add('type', place, `type ${Number(family.fields['type'])}`);
    new FamilyChecker(family, name, type ?? '', rules, findings).check(identities);
  });
  checkNames(named, findings);
}

class FamilyChecker {
  private readonly order: LabelOrder;

  constructor(
    private readonly family: ReadMessage,
    private readonly name: string,
    private readonly type: string,
    private readonly rules: LabelRules,
    private readonly findings: Findings,
  ) {
    this.order = new LabelOrder(rules, findings);
  }

  check(identities: Set<string>): void {
    const { family, findings, name } = this;
    const { place, fields } = family;
    if (fields['help'] === undefined) findings.add('metadata-missing', place, `no help of ${name}`);
    if (fields['type'] === undefined) findings.add('metadata-missing', place, `no type of ${name}`);
    this.checkUnit(fields['unit'] as string | undefined);
    const metrics = messages(family, 'metric');
    if (metrics.length === 0) findings.add('family-empty', place, name);
    for (const metric of metrics) {
      const labels = this.labelsOf(metric, this.order);
      const identity = identityOf(name, labels);
      if (identities.has(identity)) findings.add('sample-twice', metric.place, identity);
      identities.add(identity);
      // Of a type that is none nothing more can be said.
      if (this.type !== '') this.checkMetric(metric, labels);
    }
  }

  private checkUnit(unit: string | undefined): void {
    const { family, findings, name, type } = this;
    if (unit === undefined) return;
    const base = type === 'counter' ? name.replace(/_total$/, '') : name;
    if (unit === '' || !(name.endsWith(`_${unit}`) || base.endsWith(`_${unit}`)))
      findings.add('unit', family.place, `${name} does not end in ${unit}`);
  }

  private checkMetric(metric: ReadMessage, labels: readonly Label[]): void {
    const { findings, type } = this;
    const { fields, place } = metric;
    const kinds = TYPES.filter(kind => fields[kind] !== undefined);
    if (kinds.length !== 1 || kinds[0] !== type) {
      findings.add('metric-kind', place, `${kinds.join(' and ') || 'nothing'} in a ${type}`);
      return;
    }
    const own = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
    if (labels.some(({ name }) => name === own)) findings.add('label-reserved', place, `${own} in a ${type}`);
    const value = fields[type] as ReadMessage;
    this.checkTime(value, 'created', 'created');
    if (type === 'histogram') this.checkHistogram(value);
    else if (type === 'summary') this.checkSummary(value);
    else this.checkValue(value);
  }

  private checkValue(value: ReadMessage): void {
    const { findings, type } = this;
    const number = this.need(value, 'value') as number | undefined;
    if (type === 'counter' && !(number! >= 0)) findings.add('counter-value', value.place, String(number));
    this.checkExemplar(value.fields['exemplar'] as ReadMessage | undefined, -Infinity, Infinity);
  }

  private checkSummary(summary: ReadMessage): void {
    const { findings } = this;
    for (const field of ['count', 'sum'])
      if (summary.fields[field] === undefined) findings.add('summary-totals', summary.place, `no ${field}`);
    let last = -Infinity;
    for (const quantile of messages(summary, 'quantile')) {
      const number = this.need(quantile, 'quantile') as number;
      if (!(number >= 0 && number <= 1)) findings.add('quantile-range', quantile.place, String(number));
      if (!(number > last)) findings.add('bound-order', quantile.place, String(number));
      last = number;
      this.need(quantile, 'value');
    }
  }

  private checkHistogram(histogram: ReadMessage): void {
    const { findings } = this;
    const { fields, place } = histogram;
    for (const field of ['count', 'sum'])
      if (fields[field] === undefined) findings.add('histogram-totals', place, `no ${field}`);
    for (const field of ['countFloat', 'zeroCountFloat'])
      if (fields[field] !== undefined) findings.add('field', place, `${field} of counts that are whole`);
    const buckets = messages(histogram, 'bucket');
    if (buckets.length > 0 || !isNative(histogram)) this.checkBuckets(histogram, buckets);
    if (isNative(histogram)) checkNative(histogram, findings);
    for (const exemplar of messages(histogram, 'exemplars')) {
      this.checkExemplar(exemplar, -Infinity, Infinity);
      if (exemplar.fields['timestamp'] === undefined)
        findings.add('exemplar-place', exemplar.place, 'a native one without its time');
    }
    if (!isNative(histogram) && messages(histogram, 'exemplars').length > 0)
      findings.add('exemplar-place', place, 'exemplars of native buckets, which are not there');
  }

  private checkBuckets(histogram: ReadMessage, buckets: readonly ReadMessage[]): void {
    const { findings } = this;
    const count = histogram.fields['count'] as bigint | undefined;
    let lower = -Infinity;
    let below = 0n;
    for (const [index, bucket] of buckets.entries()) {
      const upper = this.need(bucket, 'upperBound') as number;
      const cumulative = (this.need(bucket, 'cumulativeCount') ?? 0n) as bigint;
      if (!(upper > lower || (index === 0 && upper === -Infinity)))
        findings.add('bound-order', bucket.place, String(upper));
      if (cumulative < below) findings.add('bucket-cumulative', bucket.place, String(cumulative));
      this.checkExemplar(bucket.fields['exemplar'] as ReadMessage | undefined, lower, upper);
      below = cumulative > below ? cumulative : below;
      lower = upper;
    }
    if (lower !== Infinity) findings.add('bucket-infinity', histogram.place, `the last one is ${lower}`);
    const last = buckets.at(-1)?.fields['cumulativeCount'] as bigint | undefined;
    if (last !== count) findings.add('count-of-buckets', histogram.place, `${last} of ${count}`);
  }

  private checkExemplar(exemplar: ReadMessage | undefined, lower: number, upper: number): void {
    if (exemplar === undefined) return;
    const { findings } = this;
    const { place } = exemplar;
    const value = this.need(exemplar, 'value') as number;
    if (!isWithin(value, lower, upper)) findings.add('exemplar-bucket', place, `${value} above ${lower}`);
    const order = new LabelOrder({ ...this.rules, isReservedAllowed: true }, findings);
    const texts = this.labelsOf(exemplar, order).flatMap(label => [label.name, label.value]);
    const characters = texts.reduce((sum, text) => sum + Array.from(text).length, 0);
    if (characters > EXEMPLAR_CHARACTERS_MAX) findings.add('exemplar-length', place, `${characters}`);
    this.checkTime(exemplar, 'timestamp', 'timestamp-form');
  }

  private checkTime(owner: ReadMessage, field: string, rule: 'created' | 'timestamp-form'): void {
    const time = owner.fields[field] as ReadMessage | undefined;
    if (time === undefined) return;
    const { seconds = 0n, nanos = 0 } = time.fields as { seconds?: bigint; nanos?: number };
    if (seconds < 0n || nanos < 0 || nanos > NANOS_MAX)
      this.findings.add(rule, time.place, `${seconds} s and ${nanos} ns`);
  }

  private labelsOf(message: ReadMessage, order: LabelOrder): Label[] {
    const labels = messages(message, 'label').map(pair => ({
      name: (this.need(pair, 'name') ?? '') as string,
      value: (this.need(pair, 'value') ?? '') as string,
    }));
    order.check(labels, message.place);
    return labels;
  }

  private need(message: ReadMessage, field: string): unknown {
    const value = message.fields[field];
    if (value === undefined) this.findings.add('field', message.place, `no ${field}`);
    return value;
  }
}

function messages({ fields }: ReadMessage, field: string): readonly ReadMessage[] {
  return fields[field] as readonly ReadMessage[];
}
