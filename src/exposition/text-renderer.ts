/**
 * Text renderer: snapshot to bytes of a text format, in the dialect of that format.
 *
 * What stands before a value is encoded once - for a histogram in two parts, one of the family and one of the series -
 * and copied from then on: a scrape of an unchanged registry encodes only numbers.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { RenderedBody, Renderer } from '../registry/renderers.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { FreeBuffers } from './free-buffers.js';
import type { Fragment } from './text-buffer.js';
import { TextBuffer, fragmentOf } from './text-buffer.js';
import type { TextDialect } from './text-dialect.js';
import type { SeriesLines } from './text-lines.js';
import type { SeriesForm } from './text-series.js';
import { TextSeries } from './text-series.js';

const LINE_BYTES_ESTIMATE = 80;

/** What does not depend on the series. */
interface FamilyParts {
  readonly comments: Fragment;
  readonly form: SeriesForm;
  readonly lines: SeriesLines | undefined;
}

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class TextRenderer implements Renderer {
  private readonly parts = new WeakMap<FamilyDescriptor, FamilyParts>();
  private readonly series = new TextSeries();
  private readonly buffers = new FreeBuffers(capacity => new TextBuffer(capacity));

  constructor(private readonly dialect: TextDialect) {}

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    const { series } = this;
    const out = this.buffers.take(() => estimatedBytes(snapshot));
    if (series.isEmpty) series.reserve(estimatedBytes(snapshot));
    series.begin(snapshot);
    for (const family of snapshot.families) this.renderFamily(family, out);
    out.text(this.dialect.end);
    return this.buffers.bodyOf(out);
  }

  private renderFamily(family: FamilySnapshot, out: TextBuffer): void {
    const { comments, form, lines } = this.partsOf(family);
    out.reserve(comments.length);
    out.fragment(comments);
    const { series } = this;
    const { values } = family;
    for (let i = 0; i < family.series.length; i++) {
      series.find(family.series[i]!, form);
      if (lines === undefined) series.writeLine(out, values[i]!);
      else lines.write(out, family, i);
    }
  }

  private partsOf(family: FamilySnapshot): FamilyParts {
    const { descriptor } = family;
    let parts = this.parts.get(descriptor);
    if (parts === undefined) {
      const { dialect } = this;
      parts = {
        comments: fragmentOf(dialect.commentsOf(descriptor)),
        form: dialect.formOf(family),
        lines: dialect.linesOf(family, this.series),
      };
      this.parts.set(descriptor, parts);
    }
    return parts;
  }
}

/** Enough for the first rendering not to grow its buffer many times. */
function estimatedBytes({ families }: Snapshot): number {
  let lines = 0;
  for (const { series, descriptor } of families) lines += 2 + series.length * linesPerSeries(descriptor);
  return lines * LINE_BYTES_ESTIMATE;
}

function linesPerSeries({ type, bounds, quantiles, states }: FamilyDescriptor): number {
  if (type === 'stateset') return states.length;
  if (type === 'histogram') return bounds.length + 3;
  return type === 'summary' ? quantiles.length + 2 : 1;
}
