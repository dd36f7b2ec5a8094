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
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import { Fragments, TextBuffer, fragmentOf, numberText } from './text-buffer.js';
import type { Fragment } from './text-buffer.js';

const LF = 0x0a;
/** One that is being sent, and one to render into meanwhile. */
const FREE_BUFFERS_MAX = 2;
const LINE_BYTES_ESTIMATE = 80;
const COMPACT_MIN_BYTES = 65_536;

/** The parts of a family's lines that do not depend on the series. */
interface FamilyHeads {
  readonly comments: Fragment;
  /** `name{` */
  readonly open: Fragment;
  /**
   * Of a histogram: `name_bucket{le="0.1"`, one for each bucket; of a summary: `name{quantile="0.5"`, one for each
   * quantile; then `name_sum{`, `name_sum ` and the same of count.
   */
  readonly parts: readonly Fragment[];
  readonly sumOpen: Fragment;
  readonly sumBare: Fragment;
  readonly countOpen: Fragment;
  readonly countBare: Fragment;
}

/** Of all renderers of this thread: a series notes in which generation it was encoded, and there may be several of them. */
let generationCount = 0;

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class PrometheusTextRenderer {
  private readonly heads = new WeakMap<FamilyDescriptor, FamilyHeads>();
  private readonly encoded = new Fragments();
  private generation = ++generationCount;
  /** Bytes of `encoded` that the last rendering used. */
  private encodedBytesInUse = 0;
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
  /** Buffers that were released: fresh memory costs a page fault for each 4 KiB that is written. */
  private readonly free: TextBuffer[] = [];

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    const out = this.free.pop() ?? new TextBuffer(estimatedBytes(snapshot));
    if (this.encoded.length === 0) this.encoded.reserve(estimatedBytes(snapshot));
    out.clear();
    this.compact();
    this.encodedBytesInUse = 0;
    for (const family of snapshot.families) this.renderFamily(family, out);
    let isReleased = false;
    const release = (): void => {
      if (!isReleased && this.free.length < FREE_BUFFERS_MAX) this.free.push(out);
      isReleased = true;
    };
    return { body: out.finish(), release };
  }

  private renderFamily(family: FamilySnapshot, out: TextBuffer): void {
    const heads = this.headsOf(family.descriptor);
    out.reserve(heads.comments.length);
    out.fragment(heads.comments);
    const { type } = family.descriptor;
    for (let i = 0; i < family.series.length; i++) {
      const series = family.series[i]!;
      this.encode(family, series);
      this.encodedBytesInUse += series.encodedBytes;
      if (type === 'histogram') this.renderHistogram(heads, series, family, i * family.stride, out);
      else if (type === 'summary') this.renderSummary(heads, series, family, i * family.stride, out);
      else if (family.threads !== undefined)
        this.threadLine(heads, series, family.threads[i]!, family.values[i]!, out);
      else out.line(this.encoded.view, series.encodedAt, series.encodedBytes, family.values[i]!);
    }
  }

  private threadLine(
    heads: FamilyHeads,
    series: SeriesEntry,
    thread: string,
    value: number,
    out: TextBuffer,
  ): void {
    out.reserve(heads.open.length + series.encodedBytes);
    out.fragment(heads.open);
    out.copy(this.encoded.view, series.encodedAt, series.encodedBytes);
    out.text(`${series.encodedBytes === 0 ? '' : ','}thread="${thread}"} `);
    out.number(value);
    out.byte(LF);
  }

  private renderHistogram(
    heads: FamilyHeads,
    series: SeriesEntry,
    family: FamilySnapshot,
    at: number,
    out: TextBuffer,
  ): void {
    const { encodedAt, encodedBytes } = series;
    const { values } = family;
    const bucketCount = heads.parts.length;
    let cumulative = 0;
    for (let i = 0; i < bucketCount; i++) {
      cumulative += values[at + i]!;
      out.labelledLine(heads.parts[i]!, this.encoded.view, encodedAt, encodedBytes, cumulative);
    }
    this.total(heads.sumOpen, heads.sumBare, series, values[at + bucketCount]!, out);
    this.total(heads.countOpen, heads.countBare, series, cumulative, out);
  }

  private renderSummary(
    heads: FamilyHeads,
    series: SeriesEntry,
    { values }: FamilySnapshot,
    at: number,
    out: TextBuffer,
  ): void {
    const quantileCount = heads.parts.length;
    for (let i = 0; i < quantileCount; i++) {
      out.labelledLine(
        heads.parts[i]!,
        this.encoded.view,
        series.encodedAt,
        series.encodedBytes,
        values[at + i]!,
      );
    }
    this.total(heads.sumOpen, heads.sumBare, series, values[at + quantileCount]!, out);
    this.total(heads.countOpen, heads.countBare, series, values[at + quantileCount + 1]!, out);
  }

  private total(open: Fragment, bare: Fragment, series: SeriesEntry, value: number, out: TextBuffer): void {
    if (series.encodedBytes === 0) out.line(bare.view, 0, bare.length, value);
    else out.labelledLine(open, this.encoded.view, series.encodedAt, series.encodedBytes, value);
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
   * Encodes what all lines of a series share: the labels of a histogram, a summary or a gauge shown by thread, whose lines
   * go on differently, and everything before the value of all others.
   */
  private encode(family: FamilySnapshot, series: SeriesEntry): void {
    if (series.encodedGeneration === this.generation) return;
    const { encoded } = this;
    const { name, type } = family.descriptor;
    const isLabelsOnly = type === 'histogram' || type === 'summary' || family.threads !== undefined;
    series.encodedAt = encoded.length;
    if (!isLabelsOnly) encoded.add(name);
    const labelsAt = encoded.length;
    if (!isLabelsOnly) encoded.add('{');
    const hasLabels = this.addLabels(family.descriptor, series);
    if (!isLabelsOnly) {
      if (hasLabels) encoded.add('}');
      else encoded.length = labelsAt;
      encoded.add(' ');
    }
    series.encodedBytes = encoded.length - series.encodedAt;
    series.encodedGeneration = this.generation;
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

  /** Starts over when more than half of what is encoded belongs to series that are gone. */
  private compact(): void {
    if (this.encoded.length < COMPACT_MIN_BYTES || this.encoded.length < 2 * this.encodedBytesInUse) return;
    this.encoded.clear();
    this.generation = ++generationCount;
  }
}

function encodeHeads(descriptor: FamilyDescriptor): FamilyHeads {
  const { name, help, type } = descriptor;
  return {
    comments: fragmentOf(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`),
    open: fragmentOf(`${name}{`),
    parts: partHeads(descriptor),
    sumOpen: fragmentOf(`${name}_sum{`),
    sumBare: fragmentOf(`${name}_sum `),
    countOpen: fragmentOf(`${name}_count{`),
    countBare: fragmentOf(`${name}_count `),
  };
}

function partHeads({ name, type, bounds, quantiles }: FamilyDescriptor): Fragment[] {
  if (type === 'histogram')
    return [...bounds, Infinity].map(le => fragmentOf(`${name}_bucket{le="${numberText(le)}"`));
  return quantiles.map(quantile => fragmentOf(`${name}{quantile="${numberText(quantile)}"`));
}

/** Backslash and line feed; a quote may stand as it is in HELP of this format. */
function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** Enough for the first rendering not to grow its buffer many times. */
function estimatedBytes({ families }: Snapshot): number {
  let lines = 0;
  for (const { series, descriptor } of families) lines += 2 + series.length * linesOf(descriptor);
  return lines * LINE_BYTES_ESTIMATE;
}

function linesOf({ type, bounds, quantiles }: FamilyDescriptor): number {
  if (type === 'histogram') return bounds.length + 3;
  return type === 'summary' ? quantiles.length + 2 : 1;
}
