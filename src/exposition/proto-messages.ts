/** Proto messages: those small ones of io.prometheus.client that stand in several others. */
import type { ExemplarReading } from '../registry/exemplars.js';
import { EXEMPLAR, LABEL_PAIR, TIMESTAMP } from './metric-fields.js';
import type { ProtoBuffer, Tag } from './proto-buffer.js';

const MS_PER_SECOND = 1_000;
const NANOS_PER_MS = 1_000_000;

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

export function writeExemplar(out: ProtoBuffer, tag: Tag, exemplar: ExemplarReading): void {
  const end = out.length;
  writeTimestamp(out, EXEMPLAR.timestamp, exemplar.timestampSeconds);
  out.doubleField(EXEMPLAR.value, exemplar.value);
  const labels = Object.entries(exemplar.labels);
  for (let i = labels.length - 1; i >= 0; i--) writeLabel(out, EXEMPLAR.label, ...labels[i]!);
  out.message(tag, end);
}
