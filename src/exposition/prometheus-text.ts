/**
 * Prometheus text format 0.0.4: snapshot to bytes.
 *
 * Format: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
 *
 * A line is head | labels | value. Heads belong to the family, labels to the series; both are encoded once and copied
 * from then on, so a scrape of an unchanged registry encodes only numbers.
 */
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { OVERFLOW_LABEL } from '../registry/cardinality.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import { Fragments, TextBuffer, fragmentOf, numberText } from './text-buffer.js';
import type { Fragment } from './text-buffer.js';

const LF = 0x0a;
const FIRST_CAPACITY = 16_384;
const COMPACT_MIN_BYTES = 65_536;

/** The parts of a family's lines that do not depend on the series. */
interface FamilyHeads {
  readonly comments: Fragment;
  /** `name{` and `name`, for a series with and without labels. */
  readonly open: Fragment;
  readonly bare: Fragment;
  /** Of a histogram: `name_bucket{le="0.1"`, one for each bucket. */
  readonly buckets: readonly Fragment[];
  readonly sumOpen: Fragment;
  readonly sumBare: Fragment;
  readonly countOpen: Fragment;
  readonly countBare: Fragment;
}

const CLOSE = fragmentOf('} ');
const COMMA = fragmentOf(',');
const SPACE = fragmentOf(' ');

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class PrometheusTextRenderer {
  private readonly heads = new WeakMap<FamilyDescriptor, FamilyHeads>();
  private readonly labels = new Fragments();
  private labelsGeneration = 0;
  /** Bytes of the labels of the series in the last rendering. */
  private labelBytesInUse = 0;
  private lastLength = FIRST_CAPACITY;

  /** The whole exposition, in an array that is the caller's. */
  render(snapshot: Snapshot): Uint8Array {
    const out = new TextBuffer(Math.ceil(this.lastLength * 1.05));
    this.compactLabels();
    this.labelBytesInUse = 0;
    for (const family of snapshot.families) this.renderFamily(family, out);
    this.lastLength = out.length;
    return out.finish();
  }

  private renderFamily(family: FamilySnapshot, out: TextBuffer): void {
    const heads = this.headsOf(family.descriptor);
    out.reserve(heads.comments.length);
    out.fragment(heads.comments);
    const isHistogram = family.descriptor.type === 'histogram';
    for (let i = 0; i < family.series.length; i++) {
      const series = family.series[i]!;
      this.encodeLabels(family.descriptor, series);
      this.labelBytesInUse += series.labelsBytes;
      if (isHistogram) this.renderHistogram(heads, series, family, i * family.stride, out);
      else if (family.threads === undefined) this.line(heads.open, heads.bare, series, family.values[i]!, out);
      else this.threadLine(heads.open, series, family.threads[i]!, family.values[i]!, out);
    }
  }

  private line(open: Fragment, bare: Fragment, series: SeriesEntry, value: number, out: TextBuffer): void {
    const { labelsBytes } = series;
    out.reserve(open.length + labelsBytes + 3);
    if (labelsBytes === 0) {
      out.fragment(bare);
      out.fragment(SPACE);
    } else {
      out.fragment(open);
      out.copy(this.labels.view, series.labelsAt, labelsBytes);
      out.fragment(CLOSE);
    }
    out.number(value);
    out.byte(LF);
  }

  private threadLine(open: Fragment, series: SeriesEntry, thread: string, value: number, out: TextBuffer): void {
    out.reserve(open.length + series.labelsBytes + thread.length + 16);
    out.fragment(open);
    out.copy(this.labels.view, series.labelsAt, series.labelsBytes);
    out.text(`${series.labelsBytes === 0 ? '' : ','}thread="${thread}"`);
    out.fragment(CLOSE);
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
    const { labelsAt, labelsBytes } = series;
    const { values } = family;
    const bucketCount = heads.buckets.length;
    let cumulative = 0;
    for (let i = 0; i < bucketCount; i++) {
      const head = heads.buckets[i]!;
      cumulative += values[at + i]!;
      out.reserve(head.length + labelsBytes + 4);
      out.fragment(head);
      if (labelsBytes > 0) {
        out.fragment(COMMA);
        out.copy(this.labels.view, labelsAt, labelsBytes);
      }
      out.fragment(CLOSE);
      out.number(cumulative);
      out.byte(LF);
    }
    this.line(heads.sumOpen, heads.sumBare, series, values[at + bucketCount]!, out);
    this.line(heads.countOpen, heads.countBare, series, cumulative, out);
  }

  private headsOf(descriptor: FamilyDescriptor): FamilyHeads {
    let heads = this.heads.get(descriptor);
    if (heads === undefined) {
      heads = encodeHeads(descriptor);
      this.heads.set(descriptor, heads);
    }
    return heads;
  }

  private encodeLabels(descriptor: FamilyDescriptor, series: SeriesEntry): void {
    if (series.labelsGeneration === this.labelsGeneration) return;
    const text = series.isOverflow ? `${OVERFLOW_LABEL}="true"` : labelText(descriptor.labelNames, series.labelValues);
    series.labelsAt = this.labels.add(text);
    series.labelsBytes = this.labels.length - series.labelsAt;
    series.labelsGeneration = this.labelsGeneration;
  }

  /** Starts over when more than half of the encoded labels belong to series that are gone. */
  private compactLabels(): void {
    if (this.labels.length < COMPACT_MIN_BYTES || this.labels.length < 2 * this.labelBytesInUse) return;
    this.labels.clear();
    this.labelsGeneration++;
  }
}

/** `a="x",b="y"`; empty values are left out, which is the same series to Prometheus. */
function labelText(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (let i = 0; i < names.length; i++) {
    const value = values[i];
    if (value === undefined || value === '') continue;
    text += `${text === '' ? '' : ','}${names[i]}="${escapeLabelValue(value)}"`;
  }
  return text;
}

function encodeHeads({ name, help, type, bounds }: FamilyDescriptor): FamilyHeads {
  return {
    comments: fragmentOf(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`),
    open: fragmentOf(`${name}{`),
    bare: fragmentOf(name),
    buckets: type === 'histogram' ? [...bounds, Infinity].map(le => fragmentOf(`${name}_bucket{le="${numberText(le)}"`)) : [],
    sumOpen: fragmentOf(`${name}_sum{`),
    sumBare: fragmentOf(`${name}_sum`),
    countOpen: fragmentOf(`${name}_count{`),
    countBare: fragmentOf(`${name}_count`),
  };
}

/** Backslash and line feed; a quote may stand as it is in HELP of this format. */
function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function escapeLabelValue(text: string): string {
  return /[\\"\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"') : text;
}
