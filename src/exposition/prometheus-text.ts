/**
 * Prometheus text format 0.0.4: snapshot to bytes.
 *
 * Format: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
 *
 * What stands before a value is encoded once - for a histogram in two parts, one of the family and one of the series -
 * and copied from then on: a scrape of an unchanged registry encodes only numbers.
 */
import type { RenderedBody } from '../registry/registry.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import type { FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import { FreeBuffers } from './free-buffers.js';
import { SeriesFragments } from './series-fragments.js';
import { TextBuffer, fragmentOf, numberText } from './text-buffer.js';
import type { Fragment } from './text-buffer.js';

const LF = 0x0a;
const LINE_BYTES_ESTIMATE = 80;

/** Types with several lines for each series, which share its labels. */
const MANY_LINES: ReadonlySet<FamilyType> = new Set(['histogram', 'summary', 'stateset']);

/** The parts of a family's lines that do not depend on the series. */
interface FamilyHeads {
  readonly comments: Fragment;
  /** `name{` */
  readonly open: Fragment;
  /**
   * Of a histogram: `name_bucket{le="0.1"`, one for each bucket; of a summary: `name{quantile="0.5"`, one for each
   * quantile; then `name_sum{`, `name_sum ` and the same of count. Of a state set: `name{name="state"`, one for each state.
   */
  readonly parts: readonly Fragment[];
  readonly sumOpen: Fragment;
  readonly sumBare: Fragment;
  readonly countOpen: Fragment;
  readonly countBare: Fragment;
}

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class PrometheusTextRenderer {
  private readonly heads = new WeakMap<FamilyDescriptor, FamilyHeads>();
  private readonly encoded = new SeriesFragments();
  private namesOfSeries: readonly string[] = [];
  private isFirstLabel = true;
  /** One function for all series: what visits a label value is called for each of them. */
  private readonly addLabel = (bytes: Uint8Array, start: number, end: number, index: number): void => {
    if (start === end) return;
    const { encoded } = this;
    if (!this.isFirstLabel) encoded.add(',');
    this.isFirstLabel = false;
    encoded.add(this.namesOfSeries[index]!);
    encoded.add('="');
    encoded.addEscaped(bytes, start, end);
    encoded.add('"');
  };
  private readonly buffers = new FreeBuffers(capacity => new TextBuffer(capacity));

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    const out = this.buffers.take(() => estimatedBytes(snapshot));
    if (this.encoded.isEmpty) this.encoded.reserve(estimatedBytes(snapshot));
    this.encoded.begin(snapshot);
    for (const family of snapshot.families) this.renderFamily(family, out);
    return this.buffers.bodyOf(out);
  }

  private renderFamily(family: FamilySnapshot, out: TextBuffer): void {
    const heads = this.headsOf(family.descriptor);
    out.reserve(heads.comments.length);
    out.fragment(heads.comments);
    const { encoded } = this;
    const isOneLine = hasOneLine(family);
    for (let i = 0; i < family.series.length; i++) {
      const series = family.series[i]!;
      if (!encoded.locate(series)) this.encode(family, series);
      if (isOneLine) out.line(encoded.view, encoded.seriesAt, encoded.seriesBytes, family.values[i]!);
      else this.renderLines(heads, family, i, out);
    }
  }

  /** The lines of the series that was located last. */
  private renderLines(heads: FamilyHeads, family: FamilySnapshot, index: number, out: TextBuffer): void {
    const { type } = family.descriptor;
    if (type === 'histogram') this.renderHistogram(heads, family, index * family.stride, out);
    else if (type === 'summary') this.renderSummary(heads, family, index * family.stride, out);
    else if (type === 'stateset') this.renderStates(heads, family.values[index]!, out);
    else this.threadLine(heads, family.threads![index]!, family.values[index]!, out);
  }

  private threadLine(heads: FamilyHeads, thread: string, value: number, out: TextBuffer): void {
    const { view, seriesAt, seriesBytes } = this.encoded;
    out.reserve(heads.open.length + seriesBytes);
    out.fragment(heads.open);
    out.copy(view, seriesAt, seriesBytes);
    out.text(`${seriesBytes === 0 ? '' : ','}thread="${thread}"} `);
    out.number(value);
    out.byte(LF);
  }

  private renderHistogram(heads: FamilyHeads, { values }: FamilySnapshot, at: number, out: TextBuffer): void {
    const { view, seriesAt, seriesBytes } = this.encoded;
    const bucketCount = heads.parts.length;
    let cumulative = 0;
    for (let i = 0; i < bucketCount; i++) {
      cumulative += values[at + i]!;
      out.labelledLine(heads.parts[i]!, view, seriesAt, seriesBytes, cumulative);
    }
    this.total(heads.sumOpen, heads.sumBare, values[at + bucketCount]!, out);
    this.total(heads.countOpen, heads.countBare, cumulative, out);
  }

  private renderSummary(heads: FamilyHeads, { values }: FamilySnapshot, at: number, out: TextBuffer): void {
    const { view, seriesAt, seriesBytes } = this.encoded;
    const quantileCount = heads.parts.length;
    for (let i = 0; i < quantileCount; i++)
      out.labelledLine(heads.parts[i]!, view, seriesAt, seriesBytes, values[at + i]!);
    this.total(heads.sumOpen, heads.sumBare, values[at + quantileCount]!, out);
    this.total(heads.countOpen, heads.countBare, values[at + quantileCount + 1]!, out);
  }

  private renderStates(heads: FamilyHeads, active: number, out: TextBuffer): void {
    const { view, seriesAt, seriesBytes } = this.encoded;
    for (let i = 0; i < heads.parts.length; i++)
      out.labelledLine(heads.parts[i]!, view, seriesAt, seriesBytes, i === active ? 1 : 0);
  }

  private total(open: Fragment, bare: Fragment, value: number, out: TextBuffer): void {
    const { view, seriesAt, seriesBytes } = this.encoded;
    if (seriesBytes === 0) out.line(bare.view, 0, bare.length, value);
    else out.labelledLine(open, view, seriesAt, seriesBytes, value);
  }

  private headsOf(descriptor: FamilyDescriptor): FamilyHeads {
    let heads = this.heads.get(descriptor);
    if (heads === undefined) {
      heads = encodeHeads(descriptor);
      this.heads.set(descriptor, heads);
    }
    return heads;
  }

  /**
   * Encodes what all lines of a series share: the labels of a histogram, a summary, a state set or a gauge shown by thread,
   * whose lines go on differently, and everything before the value of all others.
   */
  private encode(family: FamilySnapshot, series: SeriesEntry): void {
    const { encoded } = this;
    const isOneLine = hasOneLine(family);
    const { length: at } = encoded;
    if (isOneLine) encoded.add(textNameOf(family.descriptor));
    const labelsAt = encoded.length;
    if (isOneLine) encoded.add('{');
    const hasLabels = this.addLabels(family.descriptor, series);
    if (isOneLine) {
      if (hasLabels) encoded.add('}');
      else encoded.length = labelsAt;
      encoded.add(' ');
    }
    encoded.keep(series, at);
  }

  /** Adds `a="x",b="y"`; empty values are left out, which is the same series to Prometheus. False when nothing is left. */
  private addLabels({ labelNames }: FamilyDescriptor, series: SeriesEntry): boolean {
    if (series.isOverflow) {
      this.encoded.add(`${OVERFLOW_LABEL}="true"`);
      return true;
    }
    this.namesOfSeries = labelNames;
    this.isFirstLabel = true;
    series.visitLabelValues(this.addLabel);
    return !this.isFirstLabel;
  }
}

function encodeHeads(descriptor: FamilyDescriptor): FamilyHeads {
  const { help, type } = descriptor;
  const name = textNameOf(descriptor);
  // What the format has no type for is a gauge in it, as OpenMetrics wants it translated.
  const textType = type === 'info' || type === 'stateset' ? 'gauge' : type;
  return {
    comments: fragmentOf(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${textType}\n`),
    open: fragmentOf(`${name}{`),
    parts: partHeads(descriptor),
    sumOpen: fragmentOf(`${name}_sum{`),
    sumBare: fragmentOf(`${name}_sum `),
    countOpen: fragmentOf(`${name}_count{`),
    countBare: fragmentOf(`${name}_count `),
  };
}

/** True when a series has one line, with nothing in it that is not the series' own. */
function hasOneLine({ descriptor, threads }: FamilySnapshot): boolean {
  return !MANY_LINES.has(descriptor.type) && threads === undefined;
}

/** The name of a family in this format, which has no suffixes of samples but those of histograms and summaries. */
function textNameOf({ name, type }: FamilyDescriptor): string {
  return type === 'info' ? name + INFO_SUFFIX : name;
}

function partHeads({ name, type, bounds, quantiles, states }: FamilyDescriptor): Fragment[] {
  if (type === 'histogram')
    return [...bounds, Infinity].map(le => fragmentOf(`${name}_bucket{le="${numberText(le)}"`));
  if (type === 'stateset')
    return states.map(state => fragmentOf(`${name}{${name}="${escapeLabelValue(state)}"`));
  return quantiles.map(quantile => fragmentOf(`${name}{quantile="${numberText(quantile)}"`));
}

/** Backslash and line feed; a quote may stand as it is in HELP of this format. */
function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function escapeLabelValue(text: string): string {
  return escapeHelp(text).replace(/"/g, '\\"');
}

/** Enough for the first rendering not to grow its buffer many times. */
function estimatedBytes({ families }: Snapshot): number {
  let lines = 0;
  for (const { series, descriptor } of families) lines += 2 + series.length * linesOf(descriptor);
  return lines * LINE_BYTES_ESTIMATE;
}

function linesOf({ type, bounds, quantiles, states }: FamilyDescriptor): number {
  if (type === 'stateset') return states.length;
  if (type === 'histogram') return bounds.length + 3;
  return type === 'summary' ? quantiles.length + 2 : 1;
}
