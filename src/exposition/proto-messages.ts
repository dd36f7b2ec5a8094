/** Proto messages: those small ones of io.prometheus.client that stand in several others. */
import type { FamilySnapshot } from '../registry/snapshot.js';
import { EXEMPLAR, LABEL_PAIR, TIMESTAMP } from './metric-fields.js';
import type { ProtoBuffer, Tag } from './proto-buffer.js';

const MS_PER_SECOND = 1_000;
const NANOS_PER_MS = 1_000_000;

/** An exemplar, as exemplarsOf reads it. */
export interface ShownExemplar {
  /** Index of a classic bucket, `+Inf` last, 0 for a counter; or `native`, which is no single bucket. */
  readonly bucket: number | 'native';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampSeconds: number;
}

/**
 * The exemplars of the series with this index: those of classic buckets in the order of their buckets, then the native
 * ones.
 */
export type SeriesExemplars = (series: number) => readonly ShownExemplar[];

/** Asked once for each family of a rendering; undefined for a family that has no exemplars. */
export type ExemplarsOf = (family: FamilySnapshot) => SeriesExemplars | undefined;

/** A label of a metric or of an exemplar. */
export function writeLabel(out: ProtoBuffer, tag: Tag, name: string, value: string): void {
  const end = out.length;
  out.textField(LABEL_PAIR.value, value);
  out.textField(LABEL_PAIR.name, name);
  out.message(tag, end);
}

/** A point of time, to the millisecond. What a clock says that stands before 1970 is 1970. */
export function writeTimestamp(out: ProtoBuffer, tag: Tag, seconds: number): void {
  const end = out.length;
  const ms = Math.max(0, Math.round(seconds * MS_PER_SECOND));
  const nanos = (ms % MS_PER_SECOND) * NANOS_PER_MS;
  if (nanos > 0) out.uintField(TIMESTAMP.nanos, nanos);
  out.uintField(TIMESTAMP.seconds, Math.floor(ms / MS_PER_SECOND));
  out.message(tag, end);
}

export function writeExemplar(out: ProtoBuffer, tag: Tag, exemplar: ShownExemplar): void {
  const end = out.length;
  writeTimestamp(out, EXEMPLAR.timestamp, exemplar.timestampSeconds);
  out.doubleField(EXEMPLAR.value, exemplar.value);
  const labels = Object.entries(exemplar.labels);
  for (let i = labels.length - 1; i >= 0; i--) writeLabel(out, EXEMPLAR.label, ...labels[i]!);
  out.message(tag, end);
}
