/** Metrics encoder: how data points become the bodies of requests, in one of the encodings of OTLP. */
import type { FamilyExtent, RenderedBody } from '../registry/renderers.js';
import type { ExportedView } from '../registry/registry-export.js';
import type { DataPoint, ExportedMetric } from './point.js';

export interface MetricsEncoder {
  readonly contentType: string;
  /** True when what is given first comes last in the body. */
  readonly isBackward: boolean;
  /** Called when the clock was set back: what is kept of series may start after the points that come. */
  forget(): void;
  /** Called before the bodies of one push, whose points are of these series, and of guests. */
  begin(view: ExportedView, families: readonly FamilyExtent[]): void;
  newBody(): OpenBody;
}

/** The body of one request, a metric at a time. */
export interface OpenBody {
  /** Bytes so far, about. */
  readonly length: number;
  beginMetric(metric: ExportedMetric): void;
  add(point: DataPoint): void;
  /** A metric without points leaves nothing behind. */
  endMetric(): void;
  finish(): RenderedBody;
  /** Ends it without a body, and gives its memory back. */
  abandon(): void;
}
