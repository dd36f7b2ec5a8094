/**
 * OTLP series: what a data point has besides its values - its attributes and its start - encoded once and copied from then on.
 *
 *     lone value     | data point | length | as_double | value | time | start, if it has one | attributes |
 *                                                      ^ split
 *     anything else  | attributes | start |
 *                                 ^ split
 */
import { ProtoBuffer } from '../exposition/proto-buffer.js';
import type { Tag } from '../exposition/proto-buffer.js';
import { SeriesFragments } from '../exposition/series-fragments.js';
import { SINCE_CREATION } from './point.js';
import type { DataPoint } from './point.js';
import type { AttributeList } from './metric-identity.js';
import { attributesOf } from './metric-identity.js';
import { DATA_POINTS, NUMBER_POINT, POINT } from './otlp-fields.js';
import { writeAttributes } from './otlp-messages.js';

const SCRATCH_BYTES = 1_024;
const VALUE_BYTES = 8;
/** From one number of eight bytes to the next: they have a tag of one byte between them. */
const FIELD_BYTES = 1 + VALUE_BYTES;

/** How a series is encoded: in every push the same. */
export interface SeriesShape {
  readonly attributesTag: Tag;
  readonly hasStart: boolean;
  /** True when each series is one point of which only the value and the times change. */
  readonly isLone: boolean;
}

export class OtlpSeries extends SeriesFragments {
  /** A series before it is kept. */
  private readonly message = new ProtoBuffer(SCRATCH_BYTES);

  /** Locates the series of a point, encoded now if it is not yet. */
  find(point: DataPoint, shape: SeriesShape): void {
    const { slots, sequences } = point.family.rows;
    if (!this.locate(slots[point.row]!, sequences[point.row]!)) this.encode(point, shape);
  }

  /** The whole point of a lone value, located before. */
  copyPoint(out: ProtoBuffer, { numbers, at, startMs, timeMs }: DataPoint): void {
    out.copy(this.view, this.seriesAt, this.seriesBytes);
    out.putDoubleOf(this.seriesSplit, numbers, at);
    out.putNanos(this.seriesSplit + FIELD_BYTES, timeMs);
    if (startMs !== SINCE_CREATION) out.putNanos(this.seriesSplit + 2 * FIELD_BYTES, startMs);
  }

  /** The attributes of a series without a lone value, and the start of the point. */
  copyEdges(out: ProtoBuffer, { startMs }: DataPoint): void {
    const { seriesAt, seriesBytes, seriesSplit, view } = this;
    out.copy(view, seriesAt, startMs === SINCE_CREATION ? seriesBytes : seriesSplit);
    if (startMs !== SINCE_CREATION) out.nanosField(POINT.start, startMs);
  }

  private encode({ family, row, timeMs }: DataPoint, shape: SeriesShape): void {
    const { message } = this;
    const { createdSeconds, sequence, slot } = family.entryAt(row);
    // A clock that stood before 1970 at its creation, or has been set back since, must not make the start of no use.
    const startMs = Math.max(0, Math.min(timeMs, Math.round(createdSeconds * 1_000)));
    const attributes = attributesOf(family, row);
    message.clear();
    const split = shape.isLone
      ? this.writePoint(attributes, startMs, shape)
      : this.writeEdges(attributes, startMs, shape);
    this.keep(slot, sequence, message, split);
  }

  /** Returns where the value stands. */
  private writePoint(attributes: AttributeList, startMs: number, shape: SeriesShape): number {
    const { message: out } = this;
    writeAttributes(out, shape.attributesTag, attributes);
    if (shape.hasStart) out.nanosField(POINT.start, startMs);
    out.nanosField(POINT.time, 0);
    const behind = out.length;
    out.doubleField(NUMBER_POINT.asDouble, 0);
    out.message(DATA_POINTS, 0);
    return out.length - behind - VALUE_BYTES;
  }

  /** Returns where the start stands. */
  private writeEdges(attributes: AttributeList, startMs: number, shape: SeriesShape): number {
    const { message: out } = this;
    if (shape.hasStart) out.nanosField(POINT.start, startMs);
    const startBytes = out.length;
    writeAttributes(out, shape.attributesTag, attributes);
    return out.length - startBytes;
  }
}
