/** Text lines: the samples of series that have more than one, or another beginning than their name and labels. */
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { Fragment, TextBuffer } from './text-buffer.js';
import { fragmentOf } from './text-buffer.js';
import { escapeQuoted } from './text-dialect.js';
import type { SampleHead } from './text-names.js';
import { labelText, openingOf, sampleHeadOf } from './text-names.js';
import type { TextSeries } from './text-series.js';

const LF = 0x0a;

/** Writes the series of one family. Makes nothing for a series. */
export interface SeriesLines {
  /** Writes the lines of the series with this index, which `series` has located. */
  write(out: TextBuffer, family: FamilySnapshot, index: number): void;
}

/** A line that ends in the labels of the series. */
export class TotalLine {
  private readonly head: SampleHead;

  constructor(
    private readonly series: TextSeries,
    name: string,
  ) {
    this.head = sampleHeadOf(name);
  }

  write(out: TextBuffer, value: number): void {
    const { view, seriesAt, seriesSplit } = this.series;
    const { open, bare } = this.head;
    if (seriesSplit === 0) out.line(bare.view, bare.at, bare.length, value);
    else out.labelledLine(open, view, seriesAt, seriesSplit, value);
  }

  /** As write(), of a number in an array: passed as an argument it might be made an object on the way. */
  writeOf(out: TextBuffer, values: Float64Array, index: number): void {
    const { view, seriesAt, seriesSplit } = this.series;
    const { open, bare } = this.head;
    if (seriesSplit === 0) {
      out.lineOf(bare.view, bare.at, bare.length, values, index);
      return;
    }
    out.labelledHead(open, view, seriesAt, seriesSplit);
    out.numberOf(values, index);
    out.byte(LF);
  }
}

/** Of histograms: the cumulative buckets, their sum and count. */
export class HistogramLines implements SeriesLines {
  protected readonly sum: TotalLine;
  protected readonly count: TotalLine;
  /** `name_bucket{le="0.1"`, one for each bucket. */
  private readonly buckets: readonly Fragment[];

  /** @param upperBounds as texts, `+Inf` last */
  constructor(
    protected readonly series: TextSeries,
    name: string,
    upperBounds: readonly string[],
  ) {
    this.buckets = upperBounds.map(bound => fragmentOf(`${openingOf(`${name}_bucket`)}le="${bound}"`));
    this.sum = new TotalLine(series, `${name}_sum`);
    this.count = new TotalLine(series, `${name}_count`);
  }

  write(out: TextBuffer, { values, stride }: FamilySnapshot, index: number): void {
    const at = index * stride;
    const count = this.writeBuckets(out, values, at);
    this.sum.writeOf(out, values, at + this.bucketCount);
    this.count.write(out, count);
  }

  protected get bucketCount(): number {
    return this.buckets.length;
  }

  /** Returns the count of all. */
  protected writeBuckets(out: TextBuffer, values: Float64Array, at: number): number {
    const { buckets } = this;
    const { view, seriesAt, seriesSplit } = this.series;
    let cumulative = 0;
    for (let i = 0; i < buckets.length; i++) {
      cumulative += values[at + i]!;
      out.labelledLine(buckets[i]!, view, seriesAt, seriesSplit, cumulative);
    }
    return cumulative;
  }

  protected writeBucket(out: TextBuffer, bucket: number, cumulative: number): void {
    const { view, seriesAt, seriesSplit } = this.series;
    out.labelledLine(this.buckets[bucket]!, view, seriesAt, seriesSplit, cumulative);
  }
}

/** Of summaries: the quantiles, sum and count. */
export class SummaryLines implements SeriesLines {
  protected readonly sum: TotalLine;
  protected readonly count: TotalLine;
  /** `name{quantile="0.5"`, one for each quantile. */
  private readonly quantiles: readonly Fragment[];

  constructor(
    protected readonly series: TextSeries,
    name: string,
    quantiles: readonly string[],
  ) {
    this.quantiles = quantiles.map(quantile => fragmentOf(`${openingOf(name)}quantile="${quantile}"`));
    this.sum = new TotalLine(series, `${name}_sum`);
    this.count = new TotalLine(series, `${name}_count`);
  }

  write(out: TextBuffer, { values, stride }: FamilySnapshot, index: number): void {
    const at = index * stride;
    const { quantileCount } = this;
    for (let i = 0; i < quantileCount; i++) this.writeQuantile(out, i, values, at + i);
    this.sum.writeOf(out, values, at + quantileCount);
    this.count.write(out, values[at + quantileCount + 1]!);
  }

  protected get quantileCount(): number {
    return this.quantiles.length;
  }

  protected writeQuantile(out: TextBuffer, quantile: number, values: Float64Array, index: number): void {
    const { view, seriesAt, seriesSplit } = this.series;
    out.labelledHead(this.quantiles[quantile]!, view, seriesAt, seriesSplit);
    out.numberOf(values, index);
    out.byte(LF);
  }
}

/** Of state sets: one sample for each state, which a label of the name of the family tells apart. */
export class StateLines implements SeriesLines {
  private readonly states: readonly Fragment[];

  constructor(
    private readonly series: TextSeries,
    name: string,
    states: readonly string[],
  ) {
    const opening = `${openingOf(name)}${labelText(name)}`;
    this.states = states.map(state => fragmentOf(`${opening}="${escapeQuoted(state)}"`));
  }

  write(out: TextBuffer, { values }: FamilySnapshot, index: number): void {
    const { view, seriesAt, seriesSplit } = this.series;
    const active = values[index]!;
    for (let i = 0; i < this.states.length; i++)
      out.labelledLine(this.states[i]!, view, seriesAt, seriesSplit, i === active ? 1 : 0);
  }
}

/** Of gauges that are shown by thread. */
export class ThreadLines implements SeriesLines {
  private readonly open: Fragment;

  constructor(
    private readonly series: TextSeries,
    name: string,
  ) {
    this.open = fragmentOf(openingOf(name));
  }

  write(out: TextBuffer, { values, threads }: FamilySnapshot, index: number): void {
    const { open } = this;
    const { view, seriesAt, seriesSplit } = this.series;
    out.reserve(open.length + seriesSplit);
    out.fragment(open);
    out.copy(view, seriesAt, seriesSplit);
    out.text(`${seriesSplit === 0 ? '' : ','}thread="${threads![index]!}"} `);
    out.number(values[index]!);
    out.byte(LF);
  }
}
