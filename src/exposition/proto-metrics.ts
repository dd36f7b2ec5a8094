/**
 * Proto metrics: the Metric messages of one series that is more than a lone value; of histograms see proto-histogram.ts.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: fields with high numbers first.
 */
import { exemplarsOf } from '../registry/exemplars.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { COUNTER, GAUGE, METRIC, METRIC_FAMILY, QUANTILE, SUMMARY } from './metric-fields.js';
import type { ProtoBuffer, ProtoFragment } from './proto-buffer.js';
import { fragmentOf } from './proto-buffer.js';
import { writeExemplar, writeLabel } from './proto-messages.js';
import type { ProtoSeries } from './proto-series.js';

/** Writes the series of one family. Makes nothing for a series. */
export interface SeriesWriter {
  /** Writes the metrics of the series with this index, which the series of the renderer have located. */
  write(out: ProtoBuffer, family: FamilySnapshot, index: number): void;
}

/** Of counters with exemplars; without them a counter is a lone value. */
export class CounterWriter implements SeriesWriter {
  constructor(private readonly encoded: ProtoSeries) {}

  write(out: ProtoBuffer, family: FamilySnapshot, index: number): void {
    const end = out.length;
    this.encoded.copyCreated(out);
    const exemplar = exemplarsOf(family, index)[0];
    if (exemplar !== undefined) writeExemplar(out, COUNTER.exemplar, exemplar);
    out.doubleFieldOf(COUNTER.value, family.values, index);
    out.message(METRIC.counter, end);
    this.encoded.copyLabels(out);
    out.message(METRIC_FAMILY.metric, end);
  }
}

export class SummaryWriter implements SeriesWriter {
  private readonly quantiles: Float64Array;

  constructor(
    private readonly encoded: ProtoSeries,
    quantiles: readonly number[],
  ) {
    this.quantiles = Float64Array.from(quantiles);
  }

  write(out: ProtoBuffer, { values, stride }: FamilySnapshot, index: number): void {
    const { encoded, quantiles } = this;
    const at = index * stride;
    const end = out.length;
    encoded.copyCreated(out);
    for (let i = quantiles.length - 1; i >= 0; i--) {
      const quantileEnd = out.length;
      out.doubleFieldOf(QUANTILE.value, values, at + i);
      out.doubleFieldOf(QUANTILE.quantile, quantiles, i);
      out.message(SUMMARY.quantile, quantileEnd);
    }
    out.doubleFieldOf(SUMMARY.sampleSum, values, at + quantiles.length);
    out.uintField(SUMMARY.sampleCount, values[at + quantiles.length + 1]!);
    out.message(METRIC.summary, end);
    encoded.copyLabels(out);
    out.message(METRIC_FAMILY.metric, end);
  }
}

/** Of gauges that are shown by thread. */
export class ThreadGaugeWriter implements SeriesWriter {
  constructor(private readonly encoded: ProtoSeries) {}

  write(out: ProtoBuffer, { values, threads }: FamilySnapshot, index: number): void {
    const end = out.length;
    out.doubleFieldOf(GAUGE.value, values, index);
    out.message(METRIC.gauge, end);
    writeLabel(out, METRIC.label, 'thread', threads![index]!);
    this.encoded.copyLabels(out);
    out.message(METRIC_FAMILY.metric, end);
  }
}

/** Of state sets: a gauge for each state, which a label of the name of the family tells apart. */
export class StateSetWriter implements SeriesWriter {
  private readonly labels: readonly ProtoFragment[];

  constructor(
    private readonly encoded: ProtoSeries,
    name: string,
    states: readonly string[],
  ) {
    this.labels = states.map(state => fragmentOf(out => writeLabel(out, METRIC.label, name, state)));
  }

  write(out: ProtoBuffer, { values }: FamilySnapshot, index: number): void {
    const active = values[index]!;
    for (let i = this.labels.length - 1; i >= 0; i--) {
      const end = out.length;
      out.doubleField(GAUGE.value, i === active ? 1 : 0);
      out.message(METRIC.gauge, end);
      out.fragment(this.labels[i]!);
      this.encoded.copyLabels(out);
      out.message(METRIC_FAMILY.metric, end);
    }
  }
}
