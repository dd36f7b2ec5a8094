/** Exported exemplar: labels of an exemplar as OpenTelemetry has them - the ids of a trace, and other attributes. */
import type { ExemplarReading } from '../registry/exemplars.js';

export interface ExportedExemplar {
  /** Lower-case hexadecimal digits; undefined when there is none. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly attributes: readonly (readonly [key: string, value: string])[];
  readonly value: number;
  readonly timeMs: number;
}

const TRACE_ID = /^(?!0+$)[\da-f]{32}$/i;
const SPAN_ID = /^(?!0+$)[\da-f]{16}$/i;

/** What is called an id and is none stays an attribute: a receiver may refuse the whole request for it. */
export function exportedExemplar({ labels, value, timestampSeconds }: ExemplarReading): ExportedExemplar {
  const ids: { traceId?: string; spanId?: string } = {};
  const attributes: [string, string][] = [];
  for (const [key, text] of Object.entries(labels)) {
    if (key === 'trace_id' && TRACE_ID.test(text)) ids.traceId = text.toLowerCase();
    else if (key === 'span_id' && SPAN_ID.test(text)) ids.spanId = text.toLowerCase();
    else attributes.push([key, text]);
  }
  const timeMs = Math.round(timestampSeconds * 1_000);
  return { traceId: ids.traceId, spanId: ids.spanId, attributes, value, timeMs };
}
