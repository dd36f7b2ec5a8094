/**
 * OpenMetrics lines: the samples of counters, histograms and summaries, with exemplars and the time of creation.
 *
 * What grows must not be NaN or negative in this format, and a quantile not negative. The sum of values of both signs can
 * be, so it is left out while it is: of a histogram with its count, which stands there only with the sum - `le="+Inf"` says
 * the same. Of a histogram with negative bounds both are always left out.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { exemplarsOf } from '../registry/exemplars.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { TextBuffer } from './text-buffer.js';
import { numberText } from './text-numbers.js';
import { escapeQuoted } from './text-dialect.js';
import type { SeriesLines } from './text-lines.js';
import { HistogramLines, SummaryLines } from './text-lines.js';
import type { TextSeries } from './text-series.js';

export class CounterLines implements SeriesLines {
  constructor(private readonly series: TextSeries) {}

  write(out: TextBuffer, family: FamilySnapshot, index: number): void {
    this.series.writeLine(out, family.values, index);
    if (family.exemplars !== undefined) {
      const exemplar = exemplarsOf(family, index)[0];
      if (exemplar !== undefined) out.endLine(exemplarText(exemplar));
    }
    this.series.writeCreated(out);
  }
}

export class UnsignedHistogramLines extends HistogramLines {
  private readonly hasTotals: boolean;

  constructor(series: TextSeries, { name, bounds }: FamilyDescriptor, boundText: (bound: number) => string) {
    super(series, name, [...bounds, Infinity].map(boundText));
    this.hasTotals = !bounds.some(bound => bound < 0);
  }

  override write(out: TextBuffer, family: FamilySnapshot, index: number): void {
    const { values, stride } = family;
    const at = index * stride;
    const count =
      family.exemplars === undefined
        ? this.writeBuckets(out, values, at)
        : this.writeExemplars(out, family, index);
    const sum = values[at + this.bucketCount]!;
    if (this.hasTotals && sum >= 0) {
      this.sum.writeOf(out, values, at + this.bucketCount);
      this.count.write(out, count);
    }
    this.series.writeCreated(out);
  }

  /** As writeBuckets(), each with the exemplar of its own values: not of those below, which it counts as well. */
  private writeExemplars(out: TextBuffer, family: FamilySnapshot, index: number): number {
    const { bucketCount } = this;
    const { values, stride } = family;
    // In the order of their buckets; those of native ones, which are no lines, come last.
    const exemplars = exemplarsOf(family, index);
    let next = 0;
    let cumulative = 0;
    for (let i = 0; i < bucketCount; i++) {
      cumulative += values[index * stride + i]!;
      this.writeBucket(out, i, cumulative);
      if (exemplars[next]?.bucket === i) out.endLine(exemplarText(exemplars[next++]!));
    }
    return cumulative;
  }
}

export class UnsignedSummaryLines extends SummaryLines {
  override write(out: TextBuffer, { values, stride }: FamilySnapshot, index: number): void {
    const at = index * stride;
    const { quantileCount } = this;
    for (let i = 0; i < quantileCount; i++) {
      const value = values[at + i]!;
      // NaN is shown: there is nothing to take the quantile from.
      if (!(value < 0)) this.writeQuantile(out, i, values, at + i);
    }
    const sum = values[at + quantileCount]!;
    if (sum >= 0) this.sum.writeOf(out, values, at + quantileCount);
    this.count.write(out, values[at + quantileCount + 1]!);
    this.series.writeCreated(out);
  }
}

function exemplarText({ labels, value, timestampSeconds }: ExemplarReading): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeQuoted(text)}"`);
  return ` # {${pairs.join(',')}} ${numberText(value)} ${numberText(timestampSeconds)}`;
}
