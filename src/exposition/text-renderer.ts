/**
 * Text renderer: values to bytes of a text format, in the dialect of that format.
 *
 * What stands before a value is encoded once - for a histogram in two parts, one of the family and one of the series -
 * and copied from then on: a scrape of an unchanged registry encodes only numbers.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { renderWhole } from '../registry/renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from '../registry/renderers.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { ExpectedRows } from './expected-rows.js';
import { FreeBuffers } from './free-buffers.js';
import { LastLines } from './last-lines.js';
import type { Fragment } from './text-buffer.js';
import { TextBuffer, fragmentOf } from './text-buffer.js';
import type { TextDialect } from './text-dialect.js';
import type { SeriesLines } from './text-lines.js';
import type { SeriesForm } from './text-series.js';
import { TextSeries } from './text-series.js';

/** Of a line beside its name and its labels: a number, an upper bound, what stands between. */
const LINE_BYTES = 24;
/** Of a label beside its name and its value. */
const LABEL_BYTES = 4;
const COMMENT_LINES = 2;
/** LF behind a value. */
const LINE_END_BYTES = 1;

/** What does not depend on the series. */
interface FamilyParts {
  readonly comments: Fragment;
  readonly form: SeriesForm;
  readonly lines: SeriesLines | undefined;
  readonly last: LastLines;
}

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class TextRenderer implements Renderer {
  readonly isBackward = false;
  private readonly parts = new WeakMap<FamilyDescriptor, FamilyParts>();
  private readonly series = new TextSeries();
  private readonly buffers = new FreeBuffers(capacity => new TextBuffer(capacity), true);

  private readonly linesBytesOf = (family: FamilyExtent): number =>
    linesBytes(family, this.dialect.hasCreated);
  private readonly seriesBytesOf = (family: FamilyExtent): number =>
    seriesBytes(family, this.dialect.hasCreated);

  constructor(private readonly dialect: TextDialect) {}

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    return renderWhole(this, snapshot);
  }

  begin(families: readonly FamilyExtent[]): OpenRendering {
    this.series.begin(families, this.seriesBytesOf);
    return new OpenText(this, this.buffers.take(families, this.linesBytesOf), families);
  }

  /**
   * Adds rows to an open rendering; what stands before the samples of their family, too, when they are the first.
   *
   * @param rows about how many the family has in all
   */
  write(part: FamilySnapshot, out: TextBuffer, isFirst: boolean, rows: number): void {
    const parts = this.partsOf(part);
    const { comments, last } = parts;
    // Exemplars change by themselves, and the series of a thread has no sequence of its own.
    const isKeepable = part.exemplars === undefined && part.threads === undefined;
    if (isKeepable) last.expect(rows, part.stride);
    if (isFirst) last.begin(out, comments, isKeepable);
    this.series.useStore(part.store);
    if (isKeepable && last.isOf(out)) this.writeOther(part, parts, out);
    else for (let row = 0; row < part.rows.length; row++) this.writeRow(part, row, parts, out);
    last.pause(out);
  }

  /** Writes what is not what it was; the rest is taken over. */
  private writeOther(part: FamilySnapshot, parts: FamilyParts, out: TextBuffer): void {
    const { last } = parts;
    const { length } = part.rows;
    for (let row = 0; row < length; row++) {
      const from = row;
      row = last.takeSame(part, from, out);
      this.series.countShown(row - from);
      if (row === length) return;
      if (last.takeOther(part, row, out)) this.series.countShown(1);
      else {
        this.writeRow(part, row, parts, out);
        last.note(part, row, out, LINE_END_BYTES + this.series.createdBytes);
      }
    }
  }

  private writeRow(part: FamilySnapshot, row: number, { form, lines }: FamilyParts, out: TextBuffer): void {
    const { series } = this;
    const { slots, sequences } = part.rows;
    if (!series.locate(slots[row]!, sequences[row]!)) series.encode(part, row, form);
    if (lines === undefined) series.writeLine(out, part.values, row);
    else lines.write(out, part, row);
  }

  finish(out: TextBuffer, families: readonly FamilyExtent[]): RenderedBody {
    // What is left are families that are gone.
    out.forget();
    out.text(this.dialect.end);
    return this.buffers.bodyOf(out, families);
  }

  abandon(out: TextBuffer): void {
    this.buffers.giveBack(out);
  }

  private partsOf(family: FamilySnapshot): FamilyParts {
    const { descriptor } = family;
    let parts = this.parts.get(descriptor);
    if (parts === undefined) {
      const { dialect } = this;
      const form = dialect.formOf(family);
      parts = {
        comments: fragmentOf(dialect.commentsOf(descriptor)),
        form,
        lines: dialect.linesOf(family, this.series),
        // What has a sample name is one line with one value, and a created line that stays as it is.
        last: new LastLines(form.sample !== undefined),
      };
      this.parts.set(descriptor, parts);
    }
    return parts;
  }
}

class OpenText extends ExpectedRows implements OpenRendering {
  private family: FamilyDescriptor | undefined;
  /** About how many rows the family has. */
  private rows = 0;

  constructor(
    private readonly renderer: TextRenderer,
    private readonly out: TextBuffer,
    families: readonly FamilyExtent[],
  ) {
    super(families);
  }

  add(part: FamilySnapshot): void {
    const isFirst = part.descriptor !== this.family;
    this.family = part.descriptor;
    if (isFirst) this.rows = this.rowsOf(part.descriptor, this.renderer.isBackward);
    this.renderer.write(part, this.out, isFirst, this.rows);
  }

  finish(): RenderedBody {
    return this.renderer.finish(this.out, this.families);
  }

  abandon(): void {
    this.renderer.abandon(this.out);
  }
}

/** More than most families take: memory that is not written to is none, and that which is too small is copied. */
function linesBytes(family: FamilyExtent, hasCreated: boolean): number {
  const lines = COMMENT_LINES + family.series.length * linesPerSeries(family.descriptor, hasCreated);
  return lines * (headBytes(family) + LINE_BYTES);
}

/** What is encoded of a series: what stands before its value, and its created line. */
function seriesBytes(family: FamilyExtent, hasCreated: boolean): number {
  const isCreatedShown = hasCreated && hasCreatedLine(family.descriptor);
  return headBytes(family) + (isCreatedShown ? headBytes(family) + LINE_BYTES : 0);
}

/** Name and labels of a line. */
function headBytes({ descriptor, keyBytes }: FamilyExtent): number {
  const { name, labelNames } = descriptor;
  return labelNames.reduce((bytes, label) => bytes + label.length + LABEL_BYTES, name.length + keyBytes);
}

function linesPerSeries(descriptor: FamilyDescriptor, hasCreated: boolean): number {
  const { type, bounds, quantiles, states } = descriptor;
  if (type === 'stateset') return states.length;
  if (!hasCreatedLine(descriptor)) return 1;
  const created = hasCreated ? 1 : 0;
  if (type === 'counter') return 1 + created;
  return created + (type === 'histogram' ? bounds.length + 3 : quantiles.length + 2);
}

/** In a format that has such lines. */
function hasCreatedLine({ type }: FamilyDescriptor): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}
